"""Clocks take part in every ticket verb: they start, pause, go on and are met in the verb's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tickets.models import Ticket
from tickets.services.changing import Change
from tickets.sla.book import Book, open_book
from tickets.sla.facts import concerns_clocks, facts_of, facts_of_change
from tickets.sla.metrics import Facts
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
        _promise(change, settling)
        if NAME not in change.prepared or change.is_new:
            settling.pen.write()
            _tell(change, settling.pen)

    def begin(self, changes: Sequence[Change]) -> None:
        """Several known tickets change at once: what is needed of all of them is read, and locked, at once."""
        changes = [change for change in changes if not change.is_new and concerns_clocks(change)]
        ids = [change.ticket.pk for change in changes]
        if ids:
            batch = Batch(open_book(), lock_clocks(ids), facts_of(ids), Pen(changes[0].now))
            for change in changes:
                change.prepared[NAME] = batch

    def finish(self, changes: Sequence[Change]) -> None:
        """Write the clocks of all of them at once."""
        for pen in {id(b.pen): b.pen for c in changes if (b := c.prepared.get(NAME)) is not None}.values():
            pen.write()
            _tell_each(changes, pen)


@dataclass(frozen=True)
class Batch:
    """What is known of several tickets that change at once, and what is to be written of their clocks."""

    book: Book
    clocks: Mapping[int, list[Clock]]
    facts: Mapping[int, Facts]
    pen: Pen


def _tell(change: Change, pen: Pen) -> None:
    for clock, kind, data in pen.lines:
        if (event := told(kind, data)) is not None:
            change.announce(event[0], clock=clock.pk, metric=clock.metric, **event[1])


def _tell_each(changes: Sequence[Change], pen: Pen) -> None:
    of_ticket = {change.ticket.pk: change for change in changes}
    for clock, kind, data in pen.lines:
        if (event := told(kind, data)) is not None:
            of_ticket[clock.ticket_id].announce(event[0], clock=clock.pk, metric=clock.metric, **event[1])


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
    batch: Batch | None = change.prepared.get(NAME)
    if batch is not None:
        clocks, known = batch.clocks.get(ticket.pk, []), batch.facts[ticket.pk]
        settled = Settling(facts_of_change(ticket, change, known), clocks, batch.book, batch.pen, _why(change))
        settled.run()
        return settled
    book, clocks = open_book(), lock_clocks([ticket.pk]).get(ticket.pk, [])
    return _settled(ticket, change, book, clocks) if book.policies or clocks else None


def _settled(ticket: Ticket, change: Change, book: Book, clocks: Sequence[Clock] = ()) -> Settling:
    settling = Settling(facts_of_change(ticket, change), clocks, book, Pen(change.now), _why(change))
    settling.run()
    if change.is_new:
        change.prepared[NAME] = settling
    return settling


def _why(change: Change) -> str:
    return next((name for name in _REASONS if change.changed(name)), "policy")


def _promise(change: Change, settling: Settling) -> None:
    """The ticket's row shows and sorts by its next deadline."""
    due_at, shown = next_deadline(settling.open)
    change.set(due_at=due_at, next_clock=shown)
