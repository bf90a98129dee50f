"""What a desk missed: the tickets that changed since a position, as far as its person may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from channels_app.live import groups, publish
from helpdesk.accounts.models import Staff
from helpdesk.core.events import log_head
from helpdesk.core.models import Cursor, Event
from tickets.models import Ticket

# The consumer's name in settings.EVENT_CONSUMERS: its cursor says how far the log has been pushed.
CURSOR = "live"
MOST_EVENTS = 2000
MOST_TICKETS = 200

Message = dict[str, Any]


def pushed_position() -> int:
    """The position up to which events have been handed to the bus."""
    return Cursor.objects.filter(name=CURSOR).values_list("position", flat=True).first() or 0


def changes_since(staff_id: int, position: int) -> list[Message]:
    """Rows and farewells since the position, then `resumed` with the new one.

    Beyond 2,000 events or 200 tickets, and for a position that the log has never given, a single `catchup` with `all`:
    the page then loads its lists anew.
    """
    reached = pushed_position()
    person = Staff.objects.filter(pk=staff_id, is_active=True).first()
    if person is None:
        return []
    since = Event.objects.filter(position__gt=position, ticket_id__isnull=False).order_by("position")
    events = list(since[: MOST_EVENTS + 1])
    by_ticket: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_ticket[event.ticket_id or 0].append(event)
    is_foreign = position > log_head()
    if is_foreign or len(events) > MOST_EVENTS or len(by_ticket) > MOST_TICKETS:
        return [{"t": "catchup", "all": True, "p": reached}]
    messages = _rows(person, by_ticket)
    if any(publish.changes_counts(event.name) for event in events):
        messages.append({"t": "counts"})
    return [*messages, {"t": "resumed", "p": reached}]


def _rows(person: Staff, by_ticket: dict[int, list[Event]]) -> list[Message]:
    if not by_ticket:
        return []
    visible = dict(Ticket.objects.all().visible_to(person).filter(pk__in=by_ticket).values_list("pk", "row_version"))
    found = [publish.row(pk, version, by_ticket[pk]) for pk, version in sorted(visible.items())]
    lost = {pk: events for pk, events in by_ticket.items() if pk not in visible}
    return found + _farewells(person, lost)


def _farewells(person: Staff, lost: dict[int, list[Event]]) -> list[Message]:
    """`gone` for what the person could see before one of these events, and for nothing else."""
    if not lost:
        return []
    mine = groups.of_person(person.pk, sees_all=person.sees_all_tickets, team_ids=person.team_ids)
    watchers = publish.watchers_of(_absorbing(lost.values()))
    return [
        publish.gone(pk, events)
        for pk, events in sorted(lost.items())
        if any(publish.former_groups(event, watchers) & mine for event in events)
    ]


def _absorbing(histories: Iterable[Sequence[Event]]) -> list[int]:
    return [event.data["into"] for events in histories for event in events if event.name == "ticket.merged"]
