"""Consumer of the event log: each customer's message becomes work for the model, a few tickets per job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Event

READ_JOB = "recognition.read"
AT_ONCE = 10
# After these the ticket may need other facts; the model is not asked again.
FACTS_AGAIN = {"ticket.kind_corrected"}


def read_after(events: Sequence[Event]) -> None:
    """One job for every few messages; a job that stumbles over one of them does the others."""
    newest: dict[int, int] = {}
    for event in events:
        message = event.data.get("message")
        if event.name == "message.received" and event.ticket_id is not None and message:
            newest[event.ticket_id] = int(message)
        elif event.name in FACTS_AGAIN and event.ticket_id is not None:
            newest.setdefault(event.ticket_id, 0)
    enqueue_reading(newest)


def enqueue_reading(newest: Mapping[int, int]) -> None:
    """Jobs for ticket → its newest message, in the order of the tickets' ids, which is that of their locks."""
    pairs = [[ticket, message] for ticket, message in sorted(newest.items())]
    for start in range(0, len(pairs), AT_ONCE):
        enqueue(READ_JOB, queue="events", pairs=pairs[start : start + AT_ONCE])
