"""Clocks take part in every ticket verb: they start, pause, go on and are met in the verb's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tickets.models import Ticket
from tickets.services.changing import Change
from tickets.sla.book import Book, open_book
from tickets.sla.facts import concerns_clocks, facts_of_change
from tickets.sla.models import Clock
from tickets.sla.services.clocks import Settling
from tickets.sla.services.next_deadline import next_deadline
from tickets.sla.services.telling import told
from tickets.sla.services.writing import Pen, lock_clocks

NAME = "sla.clocks"
# What a recomputation is put down to, the first that changed.
_REASONS = ("priority", "kind", "team", "grade")


class Clocks:
    """Takes part in every ticket verb, after the rooms that place the ticket."""

    def check(self, ticket: Any, change: Change) -> None:
        """Nothing to refuse: a deadline never stands in the way of an answer. The first deadline of a new ticket is worked out
        here, so that its row is inserted with it."""
        if change.is_new:
            book = open_book()
            if book.policies:
                _promise(change, _settled(ticket, change, book))

    def apply(self, ticket: Any, change: Change) -> None:
        """Bring the ticket's clocks in line. A new ticket costs three statements, a change that moves no clock none."""
        if not concerns_clocks(change):
            return
        settling = _of_new(ticket, change) if change.is_new else _of_known(ticket, change)
        if settling is None:
            return
        settling.pen.write()
        _promise(change, settling)
        for clock, kind, data in settling.pen.lines:
            if (event := told(kind, data)) is not None:
                change.announce(event[0], clock=clock.pk, metric=clock.metric, **event[1])


def _of_new(ticket: Ticket, change: Change) -> Settling | None:
    """What was worked out before the row was there, unless another participant has changed what it hangs on."""
    prepared: Settling | None = change.prepared.get(NAME)
    if prepared is None:
        return None
    facts = facts_of_change(ticket, change)
    if replace(prepared.facts, ticket_id=ticket.pk) != facts:
        return _settled(ticket, change, prepared.book)
    for clock in prepared.pen.clocks:
        clock.ticket_id = ticket.pk
        clock.subject_id = clock.subject_id or ticket.pk
    return prepared


def _of_known(ticket: Ticket, change: Change) -> Settling | None:
    book, clocks = open_book(), lock_clocks([ticket.pk]).get(ticket.pk, [])
    return _settled(ticket, change, book, clocks) if book.policies or clocks else None


def _settled(ticket: Ticket, change: Change, book: Book, clocks: Sequence[Clock] = ()) -> Settling:
    why = next((name for name in _REASONS if change.changed(name)), "policy")
    settling = Settling(facts_of_change(ticket, change), clocks, book, Pen(change.now), why)
    settling.run()
    if change.is_new:
        change.prepared[NAME] = settling
    return settling


def _promise(change: Change, settling: Settling) -> None:
    """The ticket's row shows and sorts by its next deadline."""
    due_at, shown = next_deadline(settling.open)
    change.set(due_at=due_at, next_clock=shown)
