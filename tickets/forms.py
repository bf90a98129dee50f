"""What people type on the desk, read and checked before a verb is called; the verbs check what must hold."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from email.utils import getaddresses
from typing import Any

from django import forms
from django.db.models import Case, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.errors import Invalid
from helpdesk.core.models import ChannelAccount, ChannelKind
from tickets.models import LinkKind, Priority

Address = tuple[str, str]


def addresses_in(text: str) -> list[Address]:
    """(name, address) pairs of a typed line; commas, semicolons and their Chinese forms separate. A line that holds none, or
    is nested deeper than any address, comes back as it is, for the verb to refuse by its name."""
    plain = text.replace("；", ",").replace("，", ",").replace(";", ",").replace("、", ",")
    try:
        found = [(name, address) for name, address in getaddresses([plain]) if name or address]
    except RecursionError:
        found = []
    return found or ([("", plain[:80])] if plain.strip(" ,") else [])


def numbers_in(values: Any) -> list[int]:
    """The plain numbers among posted ids; `Invalid` when one is none."""
    found = []
    for value in values:
        if not (str(value).isascii() and str(value).isdigit() and len(str(value)) < 19):
            raise Invalid(fields={"ids": _("This list of numbers cannot be read.")})
        found.append(int(value))
    return found


def checked(form: forms.Form) -> dict[str, Any]:
    """The cleaned values; `Invalid` with the fields' reasons otherwise."""
    if not form.is_valid():
        raise Invalid(fields={name: [str(error) for error in errors] for name, errors in form.errors.items()})
    return form.cleaned_data


class MessageForm(forms.Form):
    """The composer's fields."""

    text = forms.CharField(required=False, strip=False)
    mode = forms.ChoiceField(choices=[("reply", ""), ("note", "")], required=False)
    channel = forms.CharField(required=False, max_length=20)
    to = forms.CharField(required=False, max_length=10_000)
    cc = forms.CharField(required=False, max_length=10_000)
    bcc = forms.CharField(required=False, max_length=10_000)
    subject = forms.CharField(required=False, max_length=998)
    then = forms.CharField(required=False, max_length=20)
    later_at = forms.CharField(required=False, max_length=40)


class ForwardForm(forms.Form):
    """Asking an outside party."""

    to = forms.CharField(label=_("To"), max_length=2000, help_text=_("E-mail addresses, separated by commas."))
    text = forms.CharField(
        label=_("Text"), widget=forms.Textarea(attrs={"rows": 10}), required=False, strip=False, max_length=100_000
    )
    with_files = forms.BooleanField(label=_("Pass the files on"), required=False)


class SnoozeForm(forms.Form):
    """Until when; a preset or a moment in the person's zone."""

    until = forms.CharField(required=False, max_length=40)

    def clean_until(self) -> datetime | None:
        return snooze_moment(self.cleaned_data["until"])


def next_morning(days: int = 1) -> datetime:
    """Nine o'clock in the person's zone, so many days from today."""
    today = timezone.localdate()
    return timezone.make_aware(datetime.combine(today + timedelta(days=days), time(9)))


def next_monday() -> datetime:
    """Nine o'clock next Monday in the person's zone."""
    return next_morning((7 - timezone.localdate().weekday()) or 7)


PRESETS = {
    "hour": lambda: timezone.now() + timedelta(hours=1),
    "hours": lambda: timezone.now() + timedelta(hours=4),
    "tomorrow": next_morning,
    "monday": next_monday,
    "week": lambda: next_morning(7),
}


def snooze_moment(value: str) -> datetime | None:
    """A preset's moment or a typed one (`2026-11-24T09:00`, in the person's zone); None for none."""
    if not value:
        return None
    if value in PRESETS:
        return PRESETS[value]()
    return typed_moment(value)


def typed_moment(value: str) -> datetime:
    """`2026-11-24T09:00` in the person's zone."""
    try:
        moment = datetime.fromisoformat(value)
        # in UTC, since the database refuses offsets beyond 15:59
        return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise forms.ValidationError(_("Enter a date and a time.")) from None


def sending_moment(value: str) -> datetime:
    """When an answer is to leave, typed in the person's zone; `Invalid` when it has passed or lies beyond a year."""
    try:
        moment = typed_moment(value)
    except forms.ValidationError as error:
        raise Invalid(fields={"later_at": error.messages}) from None
    now = timezone.now()
    if moment <= now:
        raise Invalid(fields={"later_at": _("This time has passed. Choose one in the future.")})
    if moment > now + timedelta(days=366):
        raise Invalid(fields={"later_at": _("Choose a time within a year.")})
    return moment


class NewTicketForm(forms.Form):
    """A ticket that an agent opens: with a first message to the customer, or with a note of what they said."""

    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Customer's name"), required=False, max_length=160)
    address = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        help_text=_("A known customer is found by it; otherwise a new one is made."),
    )
    account = forms.ModelChoiceField(label=_("Channel"), queryset=ChannelAccount.objects.none(), empty_label=None)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)
    subject = forms.CharField(label=_("Subject"), max_length=250)
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, initial=Priority.NORMAL)
    mode = forms.ChoiceField(
        label=_("Begin with"),
        choices=[("message", _("A message to the customer")), ("note", _("A note of what they said"))],
        widget=forms.RadioSelect,
        initial="message",
    )
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 8}), strip=False, max_length=100_000)
    mine = forms.BooleanField(label=_("Assign it to me"), required=False)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.filter(is_active=True)
        mine = teams if staff.sees_all_tickets else teams.filter(pk__in=staff.team_ids)
        accounts = ChannelAccount.objects.filter(is_active=True).exclude(kind__in=[ChannelKind.API])
        self._choose("team", mine)
        mail_first = Case(When(kind=ChannelKind.EMAIL, then=0), default=1)
        self._choose("account", accounts.order_by(mail_first, "pk"))

    def _choose(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows
        field.label_from_instance = lambda row: row.label  # type: ignore[method-assign,assignment]


class LinkForm(forms.Form):
    """Tying a ticket to another one by its number."""

    target = forms.CharField(label=_("Ticket number"), max_length=30)
    kind = forms.ChoiceField(label=_("How they belong together"), choices=LinkKind.choices)


class SavedViewForm(forms.Form):
    """A view's name and who sees it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    share = forms.CharField(label=_("Who sees it"), required=False, max_length=20)
