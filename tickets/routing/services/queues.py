"""How a team's queue works: edited by those who set up routing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from helpdesk.core.actors import Actor
from helpdesk.core.saving import require_unchanged, save_checked
from tickets.routing.models import QueueSettings
from tickets.routing.services.editing import found, may_edit, tell, within

FIELDS = ("strategy", "is_direct", "offer_seconds", "chat_grace_seconds", "grace_hours", "is_round_the_clock")
# Least and most of the figures: seconds of an offer, seconds of grace for live chats, hours of grace for all else.
BOUNDS = {"offer_seconds": (10, 900), "chat_grace_seconds": (10, 86_400), "grace_hours": (1, 8_760)}


def queue_values(row: QueueSettings) -> dict[str, Any]:
    """What the form shows of a queue, for the check that nobody overwrites a colleague's change."""
    return {name: getattr(row, name) for name in FIELDS}


@transaction.atomic
def change_queue(team_id: int, values: Mapping[str, Any], *, by: Actor, seen: str | None = None) -> QueueSettings:
    """Set how the team's queue works; announces routing.changed with the names of what differs."""
    may_edit(by)
    team = found(Team.objects.select_for_update(no_key=True).filter(pk=team_id, is_active=True).first())
    row = QueueSettings.objects.filter(pk=team.pk).first() or QueueSettings(team=team)
    require_unchanged(seen, queue_values(row))
    for name, (least, most) in BOUNDS.items():
        within(name, values.get(name), least, most, _("Enter a number from %(least)s to %(most)s."))
    changed = [name for name in FIELDS if name in values and getattr(row, name) != values[name]]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        save_checked(row)
        tell("queue", team.pk, by=by, fields=changed)
    return row
