"""Queue placement: an unfinished ticket without an agent or bot waits in its team's queue; nobody's ticket is ever lost.

`Capacity` watches what a person is given by hand. `QueuePlacement` decides before the clocks who holds the ticket, `QueueRows`
writes the queue row behind them, when the next deadline is known. All only write what the verb's own transaction holds locked.
"""

from __future__ import annotations

from typing import Any

from helpdesk.core.actors import ActorKind
from tickets.errors import OverCapacity
from tickets.models import FINISHED, Holder, StatusCategory
from tickets.routing.calc import load_kind_of_ticket
from tickets.routing.selectors.floor import people_of
from tickets.routing.services.placing import place, remove
from tickets.routing.words import beyond_words

# What a queue row is made of; a change of nothing else costs no statement.
_CONCERNS = (
    "holder", "team", "status_category", "priority", "grade", "kind", "tags", "language", "is_spam", "snoozed_until",
    "merged_into", "due_at",
)  # fmt: skip
_READY = {StatusCategory.NEW, StatusCategory.OPEN}


PEOPLE = {ActorKind.STAFF, ActorKind.API_KEY}
# Verbs by which people give a ticket to somebody; the matcher's own never exceed a capacity.
_GIVING = {"assign", "transfer"}


class Capacity:
    """The matcher never gives more than a person takes; people may, knowingly: with `asks` in the change's `confirmed` they
    are asked first (`OverCapacity`), and what went beyond is on record in ticket.assigned."""

    def check(self, ticket: Any, change: Any) -> None:
        """Four queries when a person gives an unfinished ticket to somebody; none for other changes."""
        to = change.after.get("owner")
        if to is None or change.verb not in _GIVING or change.by.kind not in PEOPLE or not waits_for_us(change.get):
            return
        kind = load_kind_of_ticket(ticket)
        person = next(iter(people_of(now=change.now, staff_ids=[to.pk])), None)
        if person is None or person.room(kind) > 0:
            return
        used, most = person.used.get(kind, 0), person.most.get(kind, 0)
        if "asks" in change.confirmed and change.by.staff != to:
            raise OverCapacity(beyond_words(to.name, kind, used, most))
        for announcement in change.announcements:
            if announcement.name == "ticket.assigned":
                announcement.data["beyond"] = [kind, used, most]

    def apply(self, ticket: Any, change: Any) -> None:
        """Nothing to write."""


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


def waits_for_us(get: Any) -> bool:
    """Whether a conversation with these values takes a place with whoever owns it."""
    return is_ready(get) and not get("is_spam")


def is_ready(get: Any) -> bool:
    """Whether somebody could work on it now: not while it is snoozed or waits for the customer or a third party."""
    return get("status_category") in _READY and get("snoozed_until") is None
