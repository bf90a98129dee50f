"""Staff: making, changing, letting go and coming back; each act one event, each lost right gone at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Membership, Staff
from helpdesk.accounts.permissions import REPLY, STAFF_MANAGE, Role
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound, Refused
from helpdesk.core.events import Announcement, announce
from helpdesk.core.registries import departures
from helpdesk.core.saving import require_unchanged, save_checked

FIELDS = ("username", "name", "email", "role", "language", "timezone")
OWN_FIELDS = ("name", "language", "timezone", "theme", "density")
# without letters and digits that are easily taken for one another
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
INITIAL_PASSWORD_LENGTH = 16


class LastAdministrator(Refused):
    """Somebody must always be able to open these pages."""

    code = "last_administrator"
    status = 409
    message = _("This is the last active administrator. Make somebody else an administrator first.")


def editable_values(staff: Staff) -> dict[str, Any]:
    """What the form shows of a person, for the check that nobody overwrites a colleague's change."""
    teams = {str(team): is_lead for team, is_lead in staff.memberships.values_list("team", "is_lead")}
    return {name: getattr(staff, name) for name in FIELDS} | {"teams": dict(sorted(teams.items()))}


def _locked(staff_id: int) -> Staff:
    staff = Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).first()
    if staff is None:
        raise NotFound
    return staff


def _tell(name: str, staff: Staff, by: Actor, **data: Any) -> None:
    announce(Announcement(name, "staff", staff.pk, data=data), by=by)


def _keep_an_administrator(staff: Staff) -> None:
    """Lock all administrators, so that two who step down at once do not both succeed."""
    if staff.role != Role.ADMINISTRATOR or not staff.is_active:
        return
    active = Staff.objects.select_for_update(no_key=True).filter(role=Role.ADMINISTRATOR, is_active=True)
    if set(active.order_by("pk").values_list("pk", flat=True)) <= {staff.pk}:
        raise LastAdministrator


@transaction.atomic
def create_staff(*, by: Actor, teams: Mapping[int, bool], password: str | None = None, **fields: Any) -> Staff:
    """A new person in these teams (id → whether they lead it); announces staff.created and membership.changed.

    Without a password nobody can sign in as them until one is set by the link in a mail.
    """
    require(by, STAFF_MANAGE)
    staff = Staff(**{name: _clean(value) for name, value in fields.items()})
    if staff.role not in Role.values:
        raise Invalid(fields={"role": _("Choose one of the listed roles.")})
    staff.set_password(password)
    save_checked(staff)
    _tell("staff.created", staff, by, role=staff.role)
    set_memberships(staff, teams, by=by)
    return staff


@transaction.atomic
def change_staff(
    staff_id: int, *, by: Actor, teams: Mapping[int, bool], seen: str | None = None, **fields: Any
) -> Staff:
    """Change who somebody is and what they may do; announces staff.changed, staff.role_changed, membership.changed.

    `seen` is the fingerprint of the values that the editor saw: `Conflict` when somebody was quicker.
    """
    require(by, STAFF_MANAGE)
    staff = _locked(staff_id)
    require_unchanged(seen, editable_values(staff))
    wanted = {name: _clean(value) for name, value in fields.items()}
    changed = [name for name, value in wanted.items() if getattr(staff, name) != value]
    role_before = staff.role
    if "role" in changed:
        if wanted["role"] not in Role.values:
            raise Invalid(fields={"role": _("Choose one of the listed roles.")})
        _keep_an_administrator(staff)
    for name in changed:
        setattr(staff, name, wanted[name])
    if changed:
        save_checked(staff, update_fields=changed)
    if "role" in changed:
        _tell("staff.role_changed", staff, by, role=[role_before, staff.role])
        if not staff.can(REPLY):
            _depart(staff, by)
    if others := [name for name in changed if name != "role"]:
        _tell("staff.changed", staff, by, fields=others)
    set_memberships(staff, teams, by=by)
    return staff


def _clean(value: Any) -> Any:
    return " ".join(value.replace("\x00", "").split()) if isinstance(value, str) else value


def set_memberships(staff: Staff, teams: Mapping[int, bool], *, by: Actor) -> None:
    """The teams that the person works in, and which of them they lead; announces membership.changed for each change."""
    before = dict(staff.memberships.values_list("team_id", "is_lead"))
    Membership.objects.filter(staff=staff, team_id__in=before.keys() - teams.keys()).delete()
    for team_id, is_lead in teams.items():
        if before.get(team_id) != is_lead:
            Membership.objects.update_or_create(staff=staff, team_id=team_id, defaults={"is_lead": is_lead})
    for team_id in sorted(before.keys() | teams.keys()):
        old, new = before.get(team_id), teams.get(team_id)
        if old != new:
            tell_membership(staff.pk, team_id, old, new, by=by)


def tell_membership(staff_id: int, team_id: int, old: bool | None, new: bool | None, *, by: Actor) -> None:
    """One event about one person in one team; open desks look at the person's rights again."""
    words = {None: None, False: "member", True: "lead"}
    announce(
        Announcement(
            "membership.changed",
            "membership",
            team_id,
            data={"staff": staff_id, "team": team_id, "membership": [words[old], words[new]]},
        ),
        by=by,
    )


@transaction.atomic
def deactivate_staff(staff_id: int, *, by: Actor) -> Staff:
    """The person may no longer sign in; their sessions end, their unfinished tickets go back to the queues.

    Announces staff.deactivated; rooms above take part by `departures`. No-op if already so.
    """
    require(by, STAFF_MANAGE)
    staff = _locked(staff_id)
    if not staff.is_active:
        return staff
    _keep_an_administrator(staff)
    staff.is_active = False
    staff.sessions_epoch += 1
    staff.save(update_fields=["is_active", "sessions_epoch"])
    _tell("staff.deactivated", staff, by)
    _depart(staff, by)
    return staff


def _depart(staff: Staff, by: Actor) -> None:
    """The rooms above take back what lies with somebody who may no longer work on it."""
    for step in departures.values():
        step(staff.pk, by)


@transaction.atomic
def reactivate_staff(staff_id: int, *, by: Actor) -> Staff:
    """The person may sign in again, with the password they had; announces staff.reactivated."""
    require(by, STAFF_MANAGE)
    staff = _locked(staff_id)
    if not staff.is_active:
        Staff.objects.filter(pk=staff.pk).update(is_active=True)
        staff.is_active = True
        _tell("staff.reactivated", staff, by)
    return staff


@transaction.atomic
def end_sessions(staff_id: int, *, by: Actor) -> None:
    """Sign the person out everywhere; announces staff.sessions_ended."""
    require(by, STAFF_MANAGE)
    staff = _locked(staff_id)
    Staff.objects.filter(pk=staff.pk).update(sessions_epoch=F("sessions_epoch") + 1)
    _tell("staff.sessions_ended", staff, by)


def initial_password() -> str:
    """A random password that can be read aloud."""
    return get_random_string(INITIAL_PASSWORD_LENGTH, _LETTERS)


@transaction.atomic
def reset_password(staff_id: int, *, by: Actor) -> str:
    """Give the person a new random password, which is shown this once, and end their sessions; announces
    staff.password_reset."""
    require(by, STAFF_MANAGE)
    staff = _locked(staff_id)
    password = initial_password()
    _set_password(staff, password)
    _tell("staff.password_reset", staff, by)
    return password


@transaction.atomic
def choose_password(staff_id: int, password: str, *, by: Actor, event: str = "staff.password_changed") -> Staff:
    """The person chooses a password; every other session ends. Announces staff.password_changed.

    `Invalid` (field `password`) when it is too short, too common or too much like their name.
    """
    staff = _locked(staff_id)
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise Invalid(fields={"password": error.messages}) from None
    _set_password(staff, password)
    _tell(event, staff, by)
    return staff


def _set_password(staff: Staff, password: str) -> None:
    staff.set_password(password)
    staff.sessions_epoch += 1
    staff.save(update_fields=["password", "sessions_epoch"])


@transaction.atomic
def change_own_profile(staff_id: int, *, by: Actor, **fields: Any) -> Staff:
    """What people set for themselves; announces staff.changed with the names of the fields."""
    staff = _locked(staff_id)
    wanted = {name: _clean(value) for name, value in fields.items() if name in OWN_FIELDS}
    changed = [name for name, value in wanted.items() if getattr(staff, name) != value]
    for name in changed:
        setattr(staff, name, wanted[name])
    if changed:
        save_checked(staff, update_fields=changed)
        _tell("staff.changed", staff, by, fields=changed)
    return staff
