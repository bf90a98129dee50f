"""The arithmetic of a warranty: plain dates in, plain dates out.

A term of months ends with the day before the same day of its last month (bought on 31 January for one month: the last
covered day is 28 February). Extensions begin where the cover before them ends, in the order in which they were bought.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Term:
    """One cover: its first and its last day."""

    starts_on: date
    ends_on: date
    covers_accidents: bool = False

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has no such day."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def term_of(starts_on: date, months: int, *, covers_accidents: bool = False) -> Term:
    """A term of so many months from its first day on."""
    return Term(starts_on, add_months(starts_on, months) - timedelta(days=1), covers_accidents)


def extended(base: Term, months: int) -> Term:
    """What follows on a term, for so many months more."""
    return term_of(base.ends_on + timedelta(days=1), months)


def covered_until(terms: Sequence[Term], day: date) -> date | None:
    """The last day of unbroken cover from `day` on; None when nothing covers that day."""
    until = None
    reached = day
    for term in sorted(terms, key=lambda term: term.starts_on):
        if term.starts_on <= reached and term.ends_on >= reached:
            until = term.ends_on
            reached = term.ends_on + timedelta(days=1)
    return until
