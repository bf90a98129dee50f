"""Clocks take part in every ticket verb: they start, pause, go on and are met in the verb's own transaction."""

from __future__ import annotations

from typing import Any

from tickets.services.changing import Change
from tickets.sla.book import open_book
from tickets.sla.facts import concerns_clocks, facts_of_change
from tickets.sla.models import Clock
from tickets.sla.services.clocks import Settling
from tickets.sla.services.next_deadline import next_deadline
from tickets.sla.services.telling import told
from tickets.sla.services.writing import Pen, lock_clocks

# What a recomputation is put down to, the first that changed.
_REASONS = ("priority", "kind", "team", "grade")


class Clocks:
    """Takes part in every ticket verb, after the rooms that place the ticket."""

    def check(self, ticket: Any, change: Any) -> None:
        """Nothing to refuse: a deadline never stands in the way of an answer."""

    def apply(self, ticket: Any, change: Change) -> None:
        """Bring the ticket's clocks in line. A new ticket costs three statements, a change that moves no clock none."""
        if not concerns_clocks(change):
            return
        book = open_book()
        if not book.policies and change.is_new:
            return
        clocks: list[Clock] = [] if change.is_new else lock_clocks([ticket.pk]).get(ticket.pk, [])
        if not book.policies and not clocks:
            return
        pen = Pen(change.now)
        why = next((name for name in _REASONS if change.changed(name)), "policy")
        settling = Settling(facts_of_change(ticket, change), clocks, book, pen, why)
        settling.run()
        pen.write()
        due_at, shown = next_deadline(settling.open)
        change.set(due_at=due_at, next_clock=shown)
        for clock, kind, data in pen.lines:
            if (event := told(kind, data)) is not None:
                change.announce(event[0], clock=clock.pk, metric=clock.metric, **event[1])
