"""What colleagues share: canned replies and views for a team or everybody, each bounded by who may share with whom."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import LABELS_MANAGE, REPLIES_MANAGE, REPLY, VIEWS_SHARE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged, save_checked
from tickets.models import CannedReply, SavedView

REPLY_FIELDS = ("title", "body", "language", "team_id", "owner_id")
EVERYBODY = "all"


def scope_of(row: CannedReply | SavedView) -> str:
    """Whose it is: `` one person's, `team-ID` a team's, `all` everybody's."""
    if row.owner_id is not None:
        return ""
    return f"team-{row.team_id}" if row.team_id is not None else EVERYBODY


def reply_scopes(staff: Staff) -> list[tuple[str, Any]]:
    """For whom this person may write canned replies."""
    scopes: list[tuple[str, Any]] = [("", _("Only me"))]
    if staff.can(REPLIES_MANAGE):
        teams = Team.objects.filter(is_active=True)
        teams = teams if staff.sees_all_tickets else teams.filter(pk__in=staff.team_ids)
        scopes += [(f"team-{team.pk}", team.label) for team in teams]
    if staff.can(LABELS_MANAGE):
        scopes.append((EVERYBODY, _("Everybody")))
    return scopes


def replies_for(staff: Staff) -> QuerySet[CannedReply]:
    """The replies that the person may use: their own, their teams' and everybody's."""
    mine = Q(owner_id=staff.pk) | Q(owner__isnull=True, team__isnull=True)
    teams = Q(owner__isnull=True, team__isnull=False)
    if not staff.sees_all_tickets:
        teams &= Q(team_id__in=staff.team_ids)
    return CannedReply.objects.filter(mine | teams)


def may_change_reply(reply: CannedReply, staff: Staff) -> bool:
    """Their own always; a team's for those who may write for it; everybody's for administrators."""
    if reply.owner_id is not None:
        return reply.owner_id == staff.pk
    if reply.team_id is None:
        return staff.can(LABELS_MANAGE)
    return staff.can(REPLIES_MANAGE) and (staff.sees_all_tickets or reply.team_id in staff.team_ids)


def _scope_fields(scope: str, by: Actor) -> dict[str, Any]:
    assert by.staff is not None
    if scope not in dict(reply_scopes(by.staff)):
        raise Invalid(fields={"scope": _("You cannot write replies for them.")})
    if scope == "":
        return {"owner_id": by.staff.pk, "team_id": None}
    return {"owner_id": None, "team_id": None if scope == EVERYBODY else int(scope.removeprefix("team-"))}


def find_reply(pk: int, staff: Staff) -> CannedReply:
    """A reply that the person may change; `NotFound` when they may not even see it, `Forbidden` when they may only use it."""
    reply = replies_for(staff).filter(pk=pk).first()
    if reply is None:
        raise NotFound
    if not may_change_reply(reply, staff):
        raise Forbidden(_("Only a team lead or an administrator can change this reply."))
    return reply


def reply_values(reply: CannedReply) -> dict[str, Any]:
    return {name: getattr(reply, name) for name in REPLY_FIELDS}


@transaction.atomic
def save_reply(
    pk: int | None, *, by: Actor, title: str, body: str, language: str, scope: str, seen: str | None = None
) -> CannedReply:
    """Write or change a canned reply; announces canned_reply.created or canned_reply.changed."""
    require(by, REPLY)
    if by.staff is None:
        raise Forbidden
    values = {
        "title": " ".join(title.replace("\x00", "").split()),
        "body": body.replace("\x00", "").replace("\r\n", "\n").strip(),
        "language": language,
        **_scope_fields(scope, by),
    }
    if pk is None:
        reply = CannedReply(**values)
        save_checked(reply)
        _tell_reply("canned_reply.created", reply, by)
        return reply
    CannedReply.objects.select_for_update(no_key=True).filter(pk=pk).first()
    reply = find_reply(pk, by.staff)
    require_unchanged(seen, reply_values(reply))
    changed = [name for name, value in values.items() if getattr(reply, name) != value]
    for name in changed:
        setattr(reply, name, values[name])
    if changed:
        save_checked(reply, update_fields=[name.removesuffix("_id") for name in changed])
        _tell_reply("canned_reply.changed", reply, by, fields=changed)
    return reply


@transaction.atomic
def delete_reply(pk: int, *, by: Actor) -> None:
    """Forget a canned reply; announces canned_reply.deleted."""
    require(by, REPLY)
    if by.staff is None:
        raise Forbidden
    reply = find_reply(pk, by.staff)
    _tell_reply("canned_reply.deleted", reply, by)
    reply.delete()


def _tell_reply(name: str, reply: CannedReply, by: Actor, **data: Any) -> None:
    scope = {"owner": reply.owner_id, "team": reply.team_id}
    announce(Announcement(name, "canned_reply", reply.pk, data={**scope, **data}), by=by)


# --- Shared views ----------------------------------------------------------------------------------------------------
def shared_views(staff: Staff) -> list[SavedView]:
    """Views of teams and of everybody that this person may arrange."""
    rows = SavedView.objects.filter(owner__isnull=True).select_related("team")
    if not staff.sees_all_tickets:
        rows = rows.filter(Q(team__isnull=True) | Q(team_id__in=staff.team_ids))
    return list(rows.order_by("position", "pk"))


def _shared(pk: int, by: Actor) -> list[SavedView]:
    """The arrangeable views with the wanted one among them, locked."""
    require(by, VIEWS_SHARE)
    if by.staff is None:
        raise Forbidden
    rows = shared_views(by.staff)
    if pk not in {row.pk for row in rows}:
        raise NotFound
    list(SavedView.objects.select_for_update(no_key=True).filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    return rows


@transaction.atomic
def rename_view(pk: int, *, name: str, name_zh: str, by: Actor) -> SavedView:
    """Both names of a shared view; announces view.changed."""
    view = next(row for row in _shared(pk, by) if row.pk == pk)
    view.name = " ".join(name.replace("\x00", "").split())
    view.name_zh = " ".join(name_zh.replace("\x00", "").split())
    save_checked(view, update_fields=["name", "name_zh"])
    announce(Announcement("view.changed", "view", view.pk, data={"fields": ["name", "name_zh"]}), by=by)
    return view


@transaction.atomic
def move_view(pk: int, *, up: bool, by: Actor) -> None:
    """One place up or down among the shared views; announces view.moved."""
    rows = _shared(pk, by)
    here = next(nth for nth, row in enumerate(rows) if row.pk == pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        for position, row in enumerate(rows):
            SavedView.objects.filter(pk=row.pk).update(position=position)
    announce(Announcement("view.moved", "view", pk), by=by)


@transaction.atomic
def delete_shared_view(pk: int, *, by: Actor) -> None:
    """Forget a shared view; announces view.deleted."""
    view = next(row for row in _shared(pk, by) if row.pk == pk)
    announce(Announcement("view.deleted", "view", view.pk, data={"team": view.team_id}), by=by)
    view.delete()
