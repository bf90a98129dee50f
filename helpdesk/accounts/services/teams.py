"""Teams: there is always one that takes what no other does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import TEAMS_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.accounts.services.staff import tell_membership
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import BusinessCalendar
from helpdesk.core.registries import team_closings, workloads
from helpdesk.core.saving import require_unchanged, save_checked

FIELDS = ("name", "name_zh", "signature", "signature_zh")


def ensure_default_team() -> None:
    """The default team, made when there is none."""
    if not Team.objects.filter(is_default=True).exists():
        Team.objects.get_or_create(
            slug="support", defaults={"name": "Customer service", "name_zh": "客户服务", "is_default": True}
        )


def editable_values(team: Team) -> dict[str, Any]:
    """What the form shows of a team, for the check that nobody overwrites a colleague's change."""
    members = {str(staff): is_lead for staff, is_lead in team.memberships.values_list("staff", "is_lead")}
    values = {name: getattr(team, name) for name in FIELDS}
    return values | {"calendar": team.calendar_id, "members": dict(sorted(members.items()))}


def _locked(team_id: int) -> Team:
    team = Team.objects.select_for_update(no_key=True).filter(pk=team_id).first()
    if team is None:
        raise NotFound
    return team


def _tell(name: str, team: Team, by: Actor, **data: Any) -> None:
    announce(Announcement(name, "team", team.pk, data=data), by=by)


def _free_slug(name: str) -> str:
    """A short name for addresses and the API that no other team has."""
    base = slugify(name)[:34] or "team"
    taken = set(Team.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug for nth in range(1, len(taken) + 2) if (slug := base if nth == 1 else f"{base}-{nth}") not in taken
    )


@transaction.atomic
def create_team(
    *, by: Actor, members: Mapping[int, bool], calendar: BusinessCalendar | None = None, **fields: Any
) -> Team:
    """A new team with these people (id → whether they lead it); announces team.created and membership.changed."""
    require(by, TEAMS_MANAGE)
    last = Team.objects.aggregate(last=Max("position"))["last"] or 0
    team = Team(slug=_free_slug(fields.get("name", "")), position=last + 1, calendar=calendar, **_cleaned(fields))
    save_checked(team)
    _tell("team.created", team, by)
    _set_members(team, members, by)
    return team


@transaction.atomic
def change_team(
    team_id: int,
    *,
    by: Actor,
    members: Mapping[int, bool],
    calendar: BusinessCalendar | None = None,
    seen: str | None = None,
    **fields: Any,
) -> Team:
    """Rename a team, change its signatures, calendar (none: the default) or people; announces team.changed and
    membership.changed."""
    require(by, TEAMS_MANAGE)
    team = _locked(team_id)
    require_unchanged(seen, editable_values(team))
    wanted: dict[str, Any] = {**_cleaned(fields), "calendar": calendar}
    changed = [name for name, value in wanted.items() if getattr(team, name) != value]
    for name in changed:
        setattr(team, name, wanted[name])
    if changed:
        save_checked(team, update_fields=changed)
        _tell("team.changed", team, by, fields=changed)
    _set_members(team, members, by)
    return team


def _cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Names on one line, signatures as they are written."""
    kept = {
        name: str(value).replace("\x00", "").replace("\r\n", "\n") for name, value in fields.items() if name in FIELDS
    }
    return {name: value.strip() if name.startswith("sig") else " ".join(value.split()) for name, value in kept.items()}


def _set_members(team: Team, members: Mapping[int, bool], by: Actor) -> None:
    before = dict(team.memberships.values_list("staff_id", "is_lead"))
    Membership.objects.filter(team=team, staff_id__in=before.keys() - members.keys()).delete()
    known = set(Staff.objects.filter(pk__in=members).values_list("pk", flat=True))
    for staff_id, is_lead in members.items():
        if staff_id in known and before.get(staff_id) != is_lead:
            Membership.objects.update_or_create(staff_id=staff_id, team=team, defaults={"is_lead": is_lead})
    for staff_id in sorted(before.keys() | known):
        old, new = before.get(staff_id), members.get(staff_id)
        if old != new:
            tell_membership(staff_id, team.pk, old, new, by=by)


@transaction.atomic
def make_default_team(team_id: int, *, by: Actor) -> Team:
    """From now on this team takes what no other does; announces team.made_default."""
    require(by, TEAMS_MANAGE)
    rows = {team.pk: team for team in Team.objects.select_for_update(no_key=True).order_by("pk")}
    team = rows.get(team_id)
    if team is None:
        raise NotFound
    if not team.is_active:
        raise Invalid(_("This team is no longer active."))
    if not team.is_default:
        Team.objects.filter(is_default=True).update(is_default=False)
        Team.objects.filter(pk=team.pk).update(is_default=True)
        team.is_default = True
        _tell("team.made_default", team, by)
    return team


def open_work_of(team_id: int) -> int:
    """How many unfinished things lie with the team, by all rooms."""
    return sum(count(team_id=team_id) for count in workloads.values())


@transaction.atomic
def deactivate_team(team_id: int, *, to_id: int | None, by: Actor) -> Team:
    """Close a team; what is open moves to another one, by jobs of the rooms that own it. Announces team.deactivated.

    The default team stays: something must take what nobody else does.
    """
    require(by, TEAMS_MANAGE)
    team = _locked(team_id)
    if team.is_default:
        raise Invalid(_("This is the default team. Make another team the default first."))
    if not team.is_active:
        return team
    target = Team.objects.filter(pk=to_id, is_active=True).exclude(pk=team.pk).first() if to_id else None
    if target is None:
        raise Invalid(fields={"to": _("Choose the active team that takes over the open tickets.")})
    Team.objects.filter(pk=team.pk).update(is_active=False)
    team.is_active = False
    _tell("team.deactivated", team, by, to=target.pk)
    for step in team_closings.values():
        step(team.pk, target.pk, by)
    return team


@transaction.atomic
def reactivate_team(team_id: int, *, by: Actor) -> Team:
    """The team may receive tickets again; announces team.reactivated."""
    require(by, TEAMS_MANAGE)
    team = _locked(team_id)
    if not team.is_active:
        Team.objects.filter(pk=team.pk).update(is_active=True)
        team.is_active = True
        _tell("team.reactivated", team, by)
    return team


@transaction.atomic
def move_team(team_id: int, *, up: bool, by: Actor) -> None:
    """One place up or down in every list; announces team.moved."""
    require(by, TEAMS_MANAGE)
    teams = list(Team.objects.select_for_update(no_key=True).order_by("position", "name"))
    here = next((nth for nth, team in enumerate(teams) if team.pk == team_id), None)
    if here is None:
        raise NotFound
    there = here - 1 if up else here + 1
    if not 0 <= there < len(teams):
        return
    teams[here], teams[there] = teams[there], teams[here]
    for position, team in enumerate(teams):
        if team.position != position:
            Team.objects.filter(pk=team.pk).update(position=position)
    _tell("team.moved", teams[there], by)
