"""Questions about clocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from helpdesk.core.models import Event
from tickets.sla.models import Clock


def unpaused_spans(
    ticket_id: int, since: datetime, until: datetime, pauses: Collection[str]
) -> list[tuple[datetime, datetime]]:
    """The stretches between two moments in which the ticket's status stopped no clock, from the event log. The last one
    reaches to `until`, and is empty when the ticket stands still then."""
    rows = Event.objects.filter(
        ticket_id=ticket_id, name="ticket.status_changed", at__gt=since, at__lte=until
    ).order_by("at", "id")
    moves = ((at, *data["status_category"]) for at, data in rows.values_list("at", "data"))
    return unpaused_between(moves, since, until, pauses)


def unpaused_between(
    moves: Iterable[tuple[datetime, str, str]], since: datetime, until: datetime, pauses: Collection[str]
) -> list[tuple[datetime, datetime]]:
    """The same from the moves of the status in that time, as (moment, category before, category after) in their order."""
    spans: list[tuple[datetime, datetime]] = []
    began: datetime | None = since
    for at, before, after in moves:
        if began is not None and not spans and before in pauses:
            began = None  # it stood still at the beginning
        if began is not None and after in pauses:
            spans.append((began, at))
            began = None
        elif began is None and after not in pauses:
            began = at
    return [*spans, (began if began is not None else until, until)]


def clocks_of(ticket_id: int) -> list[Clock]:
    """All clocks of a ticket with what applied to them, the open ones first; one query."""
    rows = Clock.objects.filter(ticket_id=ticket_id).select_related("policy_version__policy", "target__calendar")
    return sorted(rows.order_by("pk"), key=lambda clock: not clock.is_open)
