"""Consumer of the event log: outcomes of deadlines, happenings and claims, written together with the consumer's position."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.aftersales.counting import follow_claims
from analytics.services.happenings import count_happenings
from analytics.services.outcomes import Said, take_in
from helpdesk.core.models import Event
from tickets.sla.services.telling import WITHDRAWN


def roll_up(events: Sequence[Event]) -> None:
    """Take in what these events say; at most two dozen statements, whatever the batch."""
    take_in([said for event in events if (said := said_by(event)) is not None])
    count_happenings(events)
    follow_claims(events)


def said_by(event: Event) -> Said | None:
    """What an event says of a deadline."""
    data = event.data
    if event.name == WITHDRAWN:
        return Said(data["clock"], event.ticket_id or 0, data["metric"], "withdrawn", data["generation"])
    if event.name not in {"clock.met", "clock.breached"} or not data.get("counted"):
        return None
    counted = data["counted"]
    kind = event.name.removeprefix("clock.")
    is_late = bool(data.get("is_late"))
    return Said(data["clock"], event.ticket_id or 0, data["metric"], kind, counted["generation"], is_late, counted)
