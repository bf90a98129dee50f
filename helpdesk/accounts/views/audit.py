"""The audit log: who did what, when and from where; read only."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import AUDIT_VIEW
from helpdesk.accounts.settings_forms import person_label
from helpdesk.accounts.views.pages import administration, show
from helpdesk.core.audit import AuditQuery, audit_page
from helpdesk.core.describing import event_titles, subject_names, title_of
from helpdesk.core.saving import NamedChoiceField

AREAS = [("administration", _("Administration and sign-ins")), ("tickets", _("Tickets")), ("all", _("Everything"))]


def _name_choices() -> list[tuple[str, Any]]:
    return [
        ("", _("Any act")),
        *sorted(((name, title_of(name)) for name in event_titles.names()), key=lambda it: it[1]),
    ]


class AuditForm(forms.Form):
    """The filters, all optional."""

    area = forms.ChoiceField(label=_("Area"), choices=AREAS, required=False)
    actor = NamedChoiceField(
        label=_("Person"),
        queryset=Staff.objects.order_by("name", "pk"),
        required=False,
        empty_label=_("Anybody"),
        say=person_label,
    )
    name = forms.ChoiceField(label=_("Act"), choices=_name_choices, required=False)
    since = forms.DateField(
        label=pgettext_lazy("first day", "From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=pgettext_lazy("last day", "To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    subject = forms.CharField(
        label=_("About"), max_length=60, required=False, widget=forms.TextInput(attrs={"placeholder": "HD-123"})
    )

    def clean_subject(self) -> tuple[str, int] | None:
        """`HD-123`, or a kind and id as the rows of the log link them (`staff:3`)."""
        text = self.cleaned_data["subject"].strip()
        if not text:
            return None
        kind, _colon, number = text.rpartition(":")
        kind = kind or "ticket"
        number = number.upper().removeprefix("HD-")
        if kind not in {*subject_names.names(), "ticket"} or not (number.isascii() and number.isdigit()):
            raise forms.ValidationError(_("Write a ticket's number, such as HD-123."))
        if int(number) >= 2**63:
            raise forms.ValidationError(_("Write a ticket's number, such as HD-123."))
        return kind, int(number)

    def query(self) -> AuditQuery:
        """What to look for; what could not be read is left out."""
        data = self.cleaned_data
        subject = data.get("subject")
        ticket_id = subject[1] if subject and subject[0] == "ticket" else None
        return AuditQuery(
            area="all" if subject else data.get("area") or "administration",
            actor_id=data["actor"].pk if data.get("actor") else None,
            name=data.get("name") or "",
            since=_day(data.get("since")),
            until=_day(data.get("until"), days=1),
            ticket_id=ticket_id,
            subject=subject if ticket_id is None else None,
        )


def _day(day: Any, *, days: int = 0) -> datetime | None:
    """Midnight in the reader's zone."""
    if day is None or not 1970 <= day.year < 9000:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time()))


@require_safe
@administration(AUDIT_VIEW)
def audit_log(request: HttpRequest) -> HttpResponse:
    """The newest acts that match; an unreadable filter is said at its field."""
    form = AuditForm(request.GET or {"area": "administration"})
    form.is_valid()
    lines, following = audit_page(form.query(), request.GET.get("cursor"))
    kept = {key: str(value) for key, value in request.GET.items() if key != "cursor" and value}
    further = f"?{urlencode({**kept, 'cursor': following})}" if following else ""
    context = {"form": form, "lines": lines, "next_url": further, "is_first": not request.GET.get("cursor")}
    return show(request, "settings/audit.html", context, status=422 if form.errors else 200)
