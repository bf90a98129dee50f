"""Another roster: what people did outside its hours moves to the next staffed moment. Pure.

An assumption, and a cautious one: nobody works faster, and nothing happens earlier than it did. What customers, the bot and
the product itself did stays where it was.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from helpdesk.core.actors import ActorKind
from helpdesk.core.calendars.calc import WorkingTime
from tickets.sla.replay.timeline import PEOPLE, Moment, Past, sorted_moments


def with_staffing(past: Past, staffed: WorkingTime) -> Past:
    """The same past on a desk that is staffed in these hours only. A scheduled or delayed answer moves with its writing."""
    written: dict[int, timedelta] = {}
    moved: list[Moment] = []
    earliest: datetime | None = None
    for moment in past.moments:
        at = moment.at
        if _is_peoples_act(moment):
            at = staffed.next_open(at) if not staffed.is_open(at) else at
            at = max(at, earliest) if earliest is not None else at
            earliest = at
            written.update(
                {event.data["message"]: at - moment.at for event in moment.events if _is_written(event.name)}
            )
        elif (delay := _delay_of(moment, written)) is not None:
            at = at + delay
        moved.append(moment if at == moment.at else replace(moment, at=at))
    return replace(past, moments=sorted_moments(moved))


def _is_peoples_act(moment: Moment) -> bool:
    is_opening = any(event.name == "ticket.created" for event in moment.events)
    return not is_opening and any(event.actor_kind == ActorKind.STAFF for event in moment.events)


def _is_written(name: str) -> bool:
    return name == "message.written"


def _delay_of(moment: Moment, written: dict[int, timedelta]) -> timedelta | None:
    """How much later a message leaves that a person wrote and the product released."""
    for event in moment.events:
        if event.name == "message.released" and event.data["message"] in written:
            return written[event.data["message"]]
    return None


__all__ = ["PEOPLE", "with_staffing"]
