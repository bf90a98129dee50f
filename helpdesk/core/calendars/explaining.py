"""Why something is due when it is: the days between start and end, what was counted on each, and why not on the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from helpdesk.core.calendars.calc import Span, WorkingTime, moment_of, seconds_of


class Reason(StrEnum):
    """Why a day counts, or why it does not."""

    AROUND_THE_CLOCK = "around_the_clock"
    WEEKLY = "weekly"
    ADJUSTED = "adjusted"
    COMPANY = "company"
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"
    OUT_OF_HOURS = "out_of_hours"


@dataclass(frozen=True)
class Piece:
    """Counted time within one block of one local date, or a run of dates (`first` to `last`) on which none is counted.

    `opens` and `closes` are UTC, None where nothing counts; `name` is the holiday's or the adjusted working day's.
    """

    first: date
    last: date
    reason: Reason
    name: str = ""
    name_zh: str = ""
    is_provisional: bool = False
    opens: datetime | None = None
    closes: datetime | None = None

    @property
    def counted(self) -> timedelta:
        return self.closes - self.opens if self.opens and self.closes else timedelta()


@dataclass(frozen=True)
class Explanation:
    """From `start`, `duration` of working time ends at `due`; the pieces' counted time sums up to it."""

    start: datetime
    duration: timedelta
    due: datetime
    zone: str
    pieces: tuple[Piece, ...]


def explain(hours: WorkingTime, start: datetime, duration: timedelta) -> Explanation:
    """The arithmetic of `hours.add(start, duration)` for people, day by day; the duration is not negative."""
    if duration < timedelta():
        raise ValueError("only what is still to come can be explained")
    due = hours.add(start, duration)
    begin = moment_of(seconds_of(start))
    first, last = begin.astimezone(hours.zone).date(), due.astimezone(hours.zone).date()
    if hours.rules.is_24x7:
        pieces: tuple[Piece, ...] = (Piece(first, last, Reason.AROUND_THE_CLOCK, opens=begin, closes=due),)
    else:
        pieces = tuple(_pieces(hours, begin, due, first, last))
    return Explanation(begin, duration, due, hours.rules.zone, pieces)


def _pieces(hours: WorkingTime, begin: datetime, due: datetime, first: date, last: date) -> list[Piece]:
    worked = _worked(hours.compiled(begin, due), seconds_of(begin), seconds_of(due))
    found: list[Piece] = []
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        plain = _piece_of(hours, day)
        blocks = worked.get(day, [])
        found += [replace(plain, opens=moment_of(opens), closes=moment_of(closes)) for opens, closes in blocks]
        if not blocks:
            is_working = bool(hours.rules.blocks_on(day))
            _append_closed(found, replace(plain, reason=Reason.OUT_OF_HOURS) if is_working else plain)
    return found


def _worked(span: Span, begin: int, due: int) -> dict[date, list[tuple[int, int]]]:
    """The intervals between two seconds, cut to them, by their local dates."""
    found: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for at in range(max(bisect_right(span.starts, begin) - 1, 0), bisect_left(span.starts, due)):
        opens, closes = max(span.starts[at], begin), min(span.ends[at], due)
        if opens < closes:
            found[span.dates[bisect_left(span.closings, span.ends[at])]].append((opens, closes))
    return found


def _piece_of(hours: WorkingTime, day: date) -> Piece:
    """The date with the reason that its rules give."""
    special = hours.rules.days.get(day)
    if special is None or special.kind == "ordinary":
        return Piece(day, day, Reason.WEEKLY if hours.rules.week[day.weekday()] else Reason.DAY_OFF)
    return Piece(day, day, Reason(special.kind), special.name, special.name_zh, special.is_provisional)


def _append_closed(found: list[Piece], piece: Piece) -> None:
    """Add a date without counted time, or let the run before it go on."""
    before = found[-1] if found else None
    longer = replace(before, last=piece.last) if before is not None else None
    if longer is not None and longer == replace(piece, first=longer.first):
        found[-1] = longer
    else:
        found.append(piece)
