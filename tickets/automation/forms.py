"""What people fill in about sub-tickets, consultations, notices and webhooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.choosing import team_choices
from helpdesk.accounts.models import Digest, Staff, Team
from helpdesk.accounts.noticing import ByMail, groups_in_order
from helpdesk.core.saving import NamedChoiceField
from tickets.automation.models import SubTicketTemplate, WhenSolving
from tickets.automation.webhooks.events import EVENTS, EVERYTHING
from tickets.models import Kind, Priority


class SubTicketForm(forms.Form):
    """A task for another team."""

    team = NamedChoiceField(queryset=Team.objects.filter(is_active=True), label=_("Team"), empty_label=None)
    subject = forms.CharField(label=_("What is to be done"), max_length=250)
    text = forms.CharField(
        label=_("More about it"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    priority = forms.ChoiceField(label=_("Priority"), required=False, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].choices = [("", _("like the ticket")), *Priority.choices]  # type: ignore[attr-defined]


class ConsultationForm(forms.Form):
    """A question to experts."""

    question = forms.CharField(
        label=_("What do you want to know?"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    staff = forms.MultipleChoiceField(label=_("Colleagues"), required=False, choices=[])
    teams = forms.MultipleChoiceField(label=_("Everybody of a team"), required=False, choices=[])

    def __init__(self, *args: Any, but: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Staff.objects.filter(is_active=True).exclude(pk=but or 0).order_by("name", "pk")
        self.fields["staff"].choices = [(str(pk), name) for pk, name in people.values_list("pk", "name")]  # type: ignore[attr-defined]
        self.fields["staff"].widget.attrs["size"] = 6
        self.fields["teams"].choices = [(str(pk), label) for pk, label in team_choices()]  # type: ignore[attr-defined]
        self.fields["teams"].widget.attrs["size"] = 4

    def chosen(self) -> dict[str, list[int]]:
        """Ids of people and teams."""
        return {name: [int(pk) for pk in self.cleaned_data[name]] for name in ("staff", "teams")}


class InviteForm(ConsultationForm):
    """Further experts, without a new question."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["question"]


class ConclusionForm(forms.Form):
    """What came of a consultation."""

    conclusion = forms.CharField(
        label=_("What came of it?"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("It stays on the ticket. The experts see the ticket no longer."),
    )


class NoticeForm(forms.Form):
    """How a person wants to be told."""

    digest = forms.ChoiceField(label=_("The digest comes"), choices=Digest)
    digest_at = forms.TimeField(
        label=_("Daily digest at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    urgent_breaks = forms.BooleanField(
        label=_("Missed deadlines and raised matters reach me in quiet hours too"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in groups_in_order():
            self.fields[f"mail_{group.name}"] = forms.ChoiceField(label=group.label, choices=ByMail)
            self.fields[f"desk_{group.name}"] = forms.BooleanField(label=group.label, required=False)

    def clean(self) -> dict[str, Any]:
        """Both ends of the quiet hours, or neither."""
        data = super().clean() or {}
        if not self.errors and (data.get("quiet_from") is None) != (data.get("quiet_until") is None):
            self.add_error("quiet_until", _("Enter both times, or neither."))
        return data

    def rows(self) -> list[dict[str, Any]]:
        """Each group with its two fields, for the table."""
        return [
            {"group": group, "mail": self[f"mail_{group.name}"], "desk": self[f"desk_{group.name}"]}
            for group in groups_in_order()
        ]


class WebhookForm(forms.Form):
    """Where another system wants to be told, and of what."""

    name = forms.CharField(label=pgettext_lazy("of a webhook", "Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "spellcheck": "false"}),
        help_text=_("It gets a POST with JSON for each event. Redirects are not followed."),
    )
    everything = forms.BooleanField(label=_("All events of this list"), required=False)
    events = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        choices=[],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: it is called by ladders, rules and macros only."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events"].choices = [(name, label) for name, label in EVENTS.items()]  # type: ignore[attr-defined]

    def wanted(self) -> list[str]:
        return [EVERYTHING] if self.cleaned_data["everything"] else list(self.cleaned_data["events"])


class SubTicketSettingForm(forms.Form):
    """What happens when a ticket is solved before its sub-tickets."""

    when_solving = forms.ChoiceField(
        label=_("Somebody solves a ticket whose sub-tickets are still open"),
        choices=WhenSolving,
        widget=forms.RadioSelect,
    )


class TemplateForm(forms.ModelForm):
    """A task that is opened often."""

    team = NamedChoiceField(queryset=Team.objects.filter(is_active=True), label=_("Team"))
    kind = forms.ChoiceField(
        label=_("Offered first on tickets of this kind"), required=False, choices=[("", _("every kind")), *Kind.choices]
    )

    class Meta:
        model = SubTicketTemplate
        fields = ("name", "name_zh", "kind", "team", "subject", "text", "is_active")
        labels = {
            "name": pgettext_lazy("of a template", "Name"),
            "name_zh": _("Name in Chinese"),
            "subject": _("What is to be done"),
            "text": _("More about it"),
            "is_active": _("In use"),
        }
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}
