"""Saved views: a person's own, or shared with a team or everybody by those who may share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import VIEWS_SHARE
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.events import Announcement, announce
from tickets.models import SavedView

MOST_VIEWS = 50


def _scope(share: str, by: Actor) -> dict[str, Any]:
    """Whose view it is: `` the person's, `team-ID` a team's, `all` everybody's."""
    if not share:
        return {"owner": by.staff, "team": None}
    if by.staff is None or not by.staff.can(VIEWS_SHARE):
        raise Forbidden(_("Only a team lead can share a view."))
    if share == "all":
        return {"owner": None, "team": None}
    pk = share.removeprefix("team-")
    team = Team.objects.filter(pk=int(pk), is_active=True).first() if pk.isascii() and pk.isdigit() else None
    if team is None or not (by.staff.sees_all_tickets or team.pk in by.staff.team_ids):
        raise Invalid(fields={"share": _("Choose one of your teams.")})
    return {"owner": None, "team": team}


def _name(name: str) -> str:
    cleaned = " ".join(name.replace("\x00", "").split())[:80]
    if not cleaned:
        raise Invalid(fields={"name": _("Give the view a name.")})
    return cleaned


@transaction.atomic
def save_view(name: str, filters: Mapping[str, Any], *, share: str = "", by: Actor) -> SavedView:
    """Keep filters under a name; announces view.saved."""
    if by.staff is None:
        raise Forbidden
    Staff.objects.select_for_update(no_key=True).get(pk=by.staff.pk)  # so that the limit holds over two windows
    if SavedView.objects.filter(owner=by.staff).count() >= MOST_VIEWS:
        raise Invalid(fields={"name": _("You have 50 views. Delete one first.")})
    view = SavedView.objects.create(name=_name(name), filters=dict(filters), **_scope(share, by))
    _tell("view.saved", view, by)
    return view


@transaction.atomic
def update_view(
    view: SavedView, *, name: str, share: str, filters: Mapping[str, Any] | None = None, by: Actor
) -> SavedView:
    """Rename, share or re-filter a view; announces view.changed. The caller has checked that it is theirs to change."""
    scope = _scope(share, by)
    shown = _name(name)
    if shown != view.label:
        view.name, view.name_zh = shown, ""
    for field, value in scope.items():
        setattr(view, field, value)
    if filters is not None:
        view.filters = dict(filters)
    view.save()
    _tell("view.changed", view, by)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: Actor) -> None:
    """Forget a view; announces view.deleted."""
    _tell("view.deleted", view, by)
    view.delete()


def _tell(name: str, view: SavedView, by: Actor) -> None:
    data = {"owner": view.owner_id, "team": view.team_id, "filters": sorted(view.filters)}
    announce(Announcement(name, "view", view.pk, data=data), by=by)
