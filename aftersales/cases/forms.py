"""What people type when a case comes in, and when its deadlines change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.cases.models import Authority, CaseFile, Term
from aftersales.cases.services.opening import CaseDraft
from aftersales.cases.services.terms import MOST_DAYS, values_of
from aftersales.claims.access import parse_number
from aftersales.claims.services.arguments import MOST_WORDS
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_WORK, PERMISSIONS
from helpdesk.core.company import company_zone
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import SeenForm, fingerprint
from tickets.services.files import NewFile


class Moment(forms.DateTimeField):
    """A date and time of the company's zone."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        with timezone.override(company_zone()):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(company_zone()):
            return super().prepare_value(value)


def _people() -> list[tuple[str, str]]:
    roles = [role for role, held in PERMISSIONS.items() if CLAIM_WORK in held]
    rows = Staff.objects.filter(is_active=True, role__in=roles).order_by("name", "pk")
    return [(str(one.pk), one.name or one.username) for one in rows]


class CaseForm(forms.Form):
    """The intake of a case. Deadlines that are left empty follow from the authority's term."""

    authority = forms.ChoiceField(
        label=pgettext_lazy("case", "Where it comes from"), choices=[("", "–"), *Authority.choices]
    )
    body = forms.CharField(
        label=pgettext_lazy("case", "Name of the body or platform"),
        required=False,
        max_length=80,
        help_text=_("For example the market regulator of a district, or the shop platform."),
    )
    number = forms.CharField(label=pgettext_lazy("case", "Their number"), max_length=80)
    link = forms.URLField(
        label=pgettext_lazy("case", "Address of their page"), required=False, max_length=500, assume_scheme="https"
    )
    received_at = Moment(label=pgettext_lazy("case", "Came in"), required=False, help_text=_("Empty: now."))
    accept_due_at = Moment(
        label=pgettext_lazy("case", "To be accepted by"), required=False, help_text=_("Empty: by the authority's term.")
    )
    answer_due_at = Moment(
        label=pgettext_lazy("case", "To be answered by"), required=False, help_text=_("Empty: by the authority's term.")
    )
    demand = forms.CharField(
        label=pgettext_lazy("case", "What is complained about and demanded"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    amount = forms.DecimalField(
        label=pgettext_lazy("case", "Amount demanded"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    about = forms.CharField(
        label=pgettext_lazy("case", "Our claim that it is about"),
        required=False,
        max_length=24,
        help_text=_("For example AS-123. Its customer, goods and messages then belong to the evidence."),
    )
    name = forms.CharField(label=pgettext_lazy("case", "Name of the consumer"), required=False, max_length=160)
    phone = forms.CharField(label=pgettext_lazy("case", "Their phone number"), required=False, max_length=40)
    email = forms.CharField(label=pgettext_lazy("case", "Their e-mail address"), required=False, max_length=254)
    handler = forms.ChoiceField(label=_("Led by"))
    letter = forms.FileField(
        label=pgettext_lazy("case", "The letter"), required=False, help_text=_("A scan or export of what they sent.")
    )

    def __init__(self, data: Any = None, files: Any = None, *, staff: Staff) -> None:
        super().__init__(data, files, initial={"handler": str(staff.pk)})
        field = self.fields["handler"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *_people()]

    def clean_about(self) -> int | None:
        text = self.cleaned_data["about"]
        if not text:
            return None
        try:
            return parse_number(text)
        except NotFound:
            raise forms.ValidationError(_("There is no such claim.")) from None

    def draft(self) -> CaseDraft:
        """What the verb takes; only of a valid form."""
        given = self.cleaned_data
        file = given["letter"]
        names = ("authority", "number", "demand", "body", "link", "name", "phone", "email", "amount")
        moments = ("received_at", "accept_due_at", "answer_due_at")
        return CaseDraft(
            **{name: given[name] for name in (*names, *moments)},
            about_id=given["about"],
            handler_id=int(given["handler"]),
            files=[NewFile(file.name or "", file.content_type or "", file.read())] if file else [],
        )


class DeadlinesForm(forms.Form):
    """Other deadlines than the term's, with the reason."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    accept_due_at = Moment(label=pgettext_lazy("case", "To be accepted by"))
    answer_due_at = Moment(label=pgettext_lazy("case", "To be answered by"))
    why = forms.CharField(
        label=pgettext_lazy("case", "Why"),
        max_length=300,
        help_text=_("For example: they granted ten days more by letter."),
    )

    def __init__(self, data: Any = None, *, case: CaseFile) -> None:
        initial = {
            "row_version": case.claim.row_version,
            "accept_due_at": case.accept_due_at,
            "answer_due_at": case.answer_due_at,
        }
        super().__init__(data, initial=initial)


class TermsForm(SeenForm):
    """Days for each authority."""

    def __init__(self, data: Any = None, *, terms: dict[str, Term]) -> None:
        values = values_of(terms)
        super().__init__(data, initial={**values, "seen": fingerprint(values)})
        for authority in Authority.values:
            self.fields[f"{authority}_accept_days"] = forms.IntegerField(
                label=_("Days to accept"), min_value=1, max_value=MOST_DAYS
            )
            self.fields[f"{authority}_answer_days"] = forms.IntegerField(
                label=_("Days to answer"), min_value=1, max_value=MOST_DAYS
            )
            self.fields[f"{authority}_is_working_days"] = forms.BooleanField(label=_("Working days"), required=False)

    def given(self) -> dict[str, dict[str, Any]]:
        """Authority → its values; only of a valid form."""
        names = ("accept_days", "answer_days", "is_working_days")
        return {
            authority: {name: self.cleaned_data[f"{authority}_{name}"] for name in names}
            for authority in Authority.values
        }

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The fields by authority, for a table."""
        return [
            {
                "label": label,
                "accept": self[f"{authority}_accept_days"],
                "answer": self[f"{authority}_answer_days"],
                "working": self[f"{authority}_is_working_days"],
            }
            for authority, label in Authority.choices
        ]
