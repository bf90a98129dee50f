"""Forms of the administration pages about people, teams and keys."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import Role, Scope
from helpdesk.core.models import BusinessCalendar
from helpdesk.core.saving import NamedChoiceField, SeenForm

MEMBERSHIPS = [("", _("not in the team")), ("member", _("member")), ("lead", _("lead"))]


@lru_cache(maxsize=1)
def zones() -> list[tuple[str, str]]:
    """The time zones that people choose from, by their names in the zone database."""
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc", "Sys"))
    )
    return [(name, name.replace("_", " ")) for name in ["UTC", *names]]


def language_choices() -> list[tuple[str, Any]]:
    return [("", _("as the browser says")), *settings.LANGUAGES]


def zone_choices() -> list[tuple[str, Any]]:
    return [("", _("as the company (%(zone)s)") % {"zone": settings.DEFAULT_USER_TIME_ZONE}), *zones()]


def person_label(person: Staff) -> str:
    """Name and user name, since names repeat."""
    return f"{person.name} ({person.username})"


class MembershipFields(forms.Form):
    """One choice for each team (or person): not in it, member, lead. The rows are given, so a tampered id means nothing."""

    def add_rows(self, rows: Iterable[tuple[int, str]], chosen: Mapping[int, bool]) -> None:
        self.row_names: dict[str, int] = {}
        for pk, label in rows:
            name = f"row_{pk}"
            self.row_names[name] = pk
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=MEMBERSHIPS,
                required=False,
                initial="" if pk not in chosen else "lead" if chosen[pk] else "member",
            )

    @property
    def membership_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.row_names]

    def memberships(self) -> dict[int, bool]:
        """id → whether they lead."""
        values = {pk: self.cleaned_data.get(name) for name, pk in self.row_names.items()}
        return {pk: value == "lead" for pk, value in values.items() if value}


class StaffForm(SeenForm, MembershipFields):
    """A person of the staff, as an administrator edits them."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As customers and colleagues see it."))
    username = forms.SlugField(
        label=_("User name"),
        max_length=60,
        allow_unicode=True,
        help_text=_("For signing in: letters, digits, hyphens and underscores."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    language = forms.ChoiceField(label=_("Language"), choices=language_choices, required=False)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, required=False)

    def person(self) -> dict[str, Any]:
        """The fields of the person, without teams."""
        return {name: self.cleaned_data[name] for name in ("name", "username", "email", "role", "language", "timezone")}


class NewStaffForm(StaffForm):
    """With the way in which the person gets their first password."""

    first = forms.ChoiceField(
        label=_("First password"),
        choices=[("show", _("Show one to me, once")), ("mail", _("Send the person a link to set it"))],
        widget=forms.RadioSelect,
        initial="show",
    )
    field_order = ("seen", "name", "username", "email", "role", "language", "timezone", "first")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("first") == "mail" and not cleaned.get("email"):
            self.add_error("email", _("A link needs an e-mail address."))
        return cleaned


class TeamForm(SeenForm, MembershipFields):
    """A team with its signatures and people."""

    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    signature = forms.CharField(
        label=_("Signature in English"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stands under each mail of the team."),
    )
    signature_zh = forms.CharField(
        label=_("Signature in Chinese"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    calendar = NamedChoiceField(
        label=_("Working hours"),
        queryset=BusinessCalendar.objects.all(),
        required=False,
        empty_label=_("the default calendar"),
    )

    def team(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "name_zh", "signature", "signature_zh", "calendar")}


class CloseTeamForm(forms.Form):
    """Which team takes over."""

    to = NamedChoiceField(label=_("Open tickets go to"), queryset=Team.objects.none(), empty_label=_("Choose a team"))

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, NamedChoiceField)
        field.queryset = Team.objects.filter(is_active=True).exclude(pk=team.pk)


class ProfileForm(forms.Form):
    """What people set for themselves."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), choices=language_choices, required=False)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, required=False)
    theme = forms.ChoiceField(
        label=_("Theme"), choices=[("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))]
    )
    density = forms.ChoiceField(
        label=_("Density of lists"),
        choices=[("compact", _("Compact")), ("regular", _("Regular")), ("roomy", _("Roomy"))],
    )


def _password_input(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete})


class NewPasswordForm(forms.Form):
    """A password, typed twice."""

    password = forms.CharField(
        label=_("New password"),
        max_length=400,
        strip=False,
        widget=_password_input("new-password"),
        help_text=_("At least 10 characters, not one of the common ones."),
    )
    again = forms.CharField(
        label=_("New password again"), max_length=400, strip=False, widget=_password_input("new-password")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords are not the same."))
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """With the present password, so that an open screen is not enough."""

    present = forms.CharField(
        label=_("Present password"), max_length=400, strip=False, widget=_password_input("current-password")
    )
    field_order = ("present", "password", "again")


class ApiKeyForm(forms.Form):
    """A new API key: whose, what for, what it may do, until when."""

    staff = NamedChoiceField(
        label=_("Acts as"),
        queryset=Staff.objects.filter(is_active=True),
        say=person_label,
        help_text=_("The key can do at most what this person may do."),
    )
    name = forms.CharField(label=_("What it is for"), max_length=80)
    scopes = forms.MultipleChoiceField(label=_("It may"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: until it is revoked."),
    )

    def clean_expires_on(self) -> datetime | None:
        """The end of the chosen day in the reader's zone."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        if day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day in the future."))
        if day.year > 9000:
            raise forms.ValidationError(_("This day is too far away."))
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
