"""Queue placement: an unfinished ticket without an agent or bot waits in its team's queue; nobody's ticket is ever lost.

`QueuePlacement` decides before the clocks who holds the ticket, `QueueRows` writes the queue row behind them, when the next
deadline is known. Both only write what the verb's own transaction holds locked.
"""

from __future__ import annotations

from typing import Any

from tickets.models import FINISHED, Holder, StatusCategory
from tickets.routing.services.placing import place, remove

# What a queue row is made of; a change of nothing else costs no statement.
_CONCERNS = (
    "holder", "team", "status_category", "priority", "grade", "kind", "tags", "language", "is_spam", "snoozed_until",
    "merged_into", "due_at",
)  # fmt: skip
_READY = {StatusCategory.NEW, StatusCategory.OPEN}


class QueuePlacement:
    """Takes part in every ticket verb."""

    def check(self, ticket: Any, change: Any) -> None:
        """Nothing to refuse."""

    def apply(self, ticket: Any, change: Any) -> None:
        """An unfinished ticket that nobody holds goes into its queue."""
        if change.get("status_category") in FINISHED:
            return
        if change.get("holder") == Holder.NOBODY or (change.get("holder") == Holder.AGENT and not change.has_owner):
            change.set(holder=str(Holder.QUEUE))


class QueueRows:
    """Takes part in every ticket verb, after the clocks."""

    def check(self, ticket: Any, change: Any) -> None:
        """Nothing to refuse."""

    def apply(self, ticket: Any, change: Any) -> None:
        """A waiting ticket has its row, another has none; at most one statement, two when an offer ends with it."""
        # the matcher writes the queue rows of its batch itself, all at once
        if change.verb == "match" or not (change.is_new or change.changed(*_CONCERNS)):
            return
        if waits(change.get):
            place(ticket, change, is_ready=is_ready(change.get))
        elif not change.is_new and waits(lambda name: change.before.get(name, getattr(ticket, name))):
            remove(ticket, change)


def waits(get: Any) -> bool:
    """Whether a ticket with these values waits in a queue."""
    return get("holder") == Holder.QUEUE and get("status_category") not in FINISHED and not get("is_spam")


def is_ready(get: Any) -> bool:
    """Whether somebody could work on it now: not while it is snoozed or waits for the customer or a third party."""
    return get("status_category") in _READY and get("snoozed_until") is None
