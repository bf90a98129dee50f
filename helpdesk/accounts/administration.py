"""What the accounts room gives to the administration pages: its places, the words of its events, the mail with a link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import ApiKey, Staff, Team
from helpdesk.accounts.permissions import AUDIT_VIEW, CALENDARS_MANAGE, KEYS_MANAGE, STAFF_MANAGE, TEAMS_MANAGE, Role
from helpdesk.accounts.services import forgotten
from helpdesk.accounts.services.passwords import PURPOSE, render_password_link
from helpdesk.core.describing import Subject, event_words, subject_names, title_events, title_work
from helpdesk.core.models import BusinessCalendar
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import job_handlers, renderers

PEOPLE = _("People and teams")
INTEGRATION = _("Integration and oversight")


def staff_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = Staff.objects.filter(pk__in=set(ids)).values_list("pk", "name")
    return {pk: Subject(name, reverse("settings_staff_edit", args=[pk])) for pk, name in rows}


def team_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    teams = Team.objects.filter(pk__in=set(ids))
    return {team.pk: Subject(team.label, reverse("settings_team_edit", args=[team.pk])) for team in teams}


def key_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    keys = ApiKey.objects.filter(pk__in=set(ids)).select_related("staff")
    return {key.pk: Subject(f"{key.name or key} ({key.staff.name})", reverse("settings_keys")) for key in keys}


def calendar_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = BusinessCalendar.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_calendar_edit", args=[row.pk])) for row in rows}


renderers.add(PURPOSE, render_password_link)
renderers.add(forgotten.PURPOSE, forgotten.render_forgotten_link)
job_handlers.add(forgotten.JOB, forgotten.send_forgotten_link)
subject_names.add("staff", staff_names)
subject_names.add("team", team_names)
subject_names.add("membership", team_names)
subject_names.add("api_key", key_names)
subject_names.add("calendar", calendar_names)
title_events(
    {
        "staff.signed_in": _("signed in"),
        "staff.signed_out": _("signed out"),
        "staff.sign_in_failed": _("somebody failed to sign in"),
        "staff.created": _("added a colleague"),
        "staff.changed": _("changed a colleague's details"),
        "staff.role_changed": _("changed a role"),
        "staff.deactivated": _("deactivated a colleague"),
        "staff.reactivated": _("reactivated a colleague"),
        "staff.sessions_ended": _("ended a colleague's sessions"),
        "staff.password_reset": _("reset a password"),
        "staff.password_changed": _("changed the password"),
        "staff.password_link_sent": _("sent a link to set a password"),
        "staff.password_forgotten": _("somebody asked for a link to a new password"),
        "membership.changed": _("changed who is in a team"),
        "team.created": _("added a team"),
        "team.changed": _("changed a team"),
        "team.made_default": _("made a team the default"),
        "team.deactivated": _("closed a team"),
        "team.reactivated": _("reopened a team"),
        "team.moved": _("changed the order of teams"),
        "api_key.created": _("issued an API key"),
        "api_key.revoked": _("revoked an API key"),
        "calendar.created": _("added a calendar"),
        "calendar.changed": _("changed a calendar"),
        "calendar.made_default": _("made a calendar the default"),
        "calendar.deleted": _("deleted a calendar"),
    }
)

for role in Role:
    event_words.add(f"role:{role.value}", role.label)
event_words.add("membership:member", _("member"))
event_words.add("membership:lead", _("lead"))
title_work(
    {
        PURPOSE: _("Link to set a password"),
        forgotten.PURPOSE: _("Link to a new password"),
        forgotten.JOB: _("Forgotten password"),
    }
)

_PLACES = [
    Place("settings", _("Settings"), "settings", "settings_home", 90, "foot", None, "s"),
    Place("profile", _("My profile"), "user", "profile", 10, "account"),
    Place(
        "settings.profile", _("My profile"), "user", "profile", 1, "admin", None, "", "", _("Mine"),
        _("Name, language, time zone, look and password."),
    ),
    Place(
        "settings.staff", _("Staff"), "users", "settings_staff", 10, "admin", STAFF_MANAGE, "", "", PEOPLE,
        _("Who works here, with which role and in which teams."),
    ),
    Place(
        "settings.roles", _("Roles"), "shield", "settings_roles", 11, "admin", STAFF_MANAGE, "", "", PEOPLE,
        _("What each role may do."),
    ),
    Place(
        "settings.teams", _("Teams and signatures"), "building", "settings_teams", 12, "admin", TEAMS_MANAGE, "", "",
        PEOPLE, _("Queues, their people, and what stands under their mails."),
    ),
    Place(
        "settings.calendars", _("Working hours"), "calendar-time", "settings_calendars", 36, "admin", CALENDARS_MANAGE,
        "", "", pgettext_lazy("settings", "Service"), _("When you work, in which time zone, and on which days you do not."),
    ),
    Place(
        "settings.keys", _("API keys"), "key", "settings_keys", 40, "admin", KEYS_MANAGE, "", "", INTEGRATION,
        _("Let other systems in, each with its own rights."),
    ),
    Place(
        "settings.audit", _("Audit log"), "history", "settings_audit", 42, "admin", AUDIT_VIEW, "", "", INTEGRATION,
        _("Who did what, when and from where."),
    ),
]  # fmt: skip
for place in _PLACES:
    places.add(place.name, place)
