"""The rules of a calendar as plain values: what the arithmetic works on, free of any database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from helpdesk.core.calendars.errors import NoWorkingHours

MINUTES_A_DAY = 24 * 60


class Hours(NamedTuple):
    """One block of work: minutes of local wall time since midnight, the end outside; 1440 is 24:00."""

    start: int
    end: int


WHOLE_DAY = (Hours(0, MINUTES_A_DAY),)


@dataclass(frozen=True)
class SpecialDay:
    """A date that differs from its week: `kind` is holiday, adjusted, company or ordinary; `blocks` count for company."""

    kind: str
    name: str = ""
    name_zh: str = ""
    is_provisional: bool = False
    blocks: tuple[Hours, ...] = ()


@dataclass(frozen=True)
class Rules:
    """A calendar: its zone (IANA name), the blocks of each weekday (Monday first), and the dates that differ.

    Blocks of a day are sorted and do not overlap. An adjusted working day has the hours of `adjusted_weekday`.
    """

    zone: str
    week: tuple[tuple[Hours, ...], ...] = ((),) * 7
    days: Mapping[date, SpecialDay] = field(default_factory=dict)
    is_24x7: bool = False
    adjusted_weekday: int = 0

    def require_hours(self) -> None:
        """`NoWorkingHours` when no week has any: deadlines would never come."""
        if not self.is_24x7 and not any(self.week):
            raise NoWorkingHours

    def blocks_on(self, day: date) -> Sequence[Hours]:
        """The working hours of a local date."""
        if self.is_24x7:
            return WHOLE_DAY
        special = self.days.get(day)
        if special is None or special.kind == "ordinary":
            return self.week[day.weekday()]
        if special.kind == "adjusted":
            return self.week[self.adjusted_weekday]
        return special.blocks if special.kind == "company" else ()
