"""The arithmetic of working time: how much of it lies between two moments, and when so much of it will have passed.

The hours of some years are compiled once into intervals of UTC seconds with running sums, so every question is a binary
search. Blocks are local wall time and are open whenever a clock on the wall shows them: an hour that the clocks repeat in
autumn counts twice, one that they skip in spring does not count, and no local time is ever guessed at, because time is only
converted from UTC (which is unambiguous, PEP 495), never to it. Fractions of a second are cut off.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from helpdesk.core.calendars.errors import OutOfReach
from helpdesk.core.calendars.rules import Rules

DAY = 86_400
# How far from the given moment an answer may lie, and the years that are read at all.
REACH_YEARS = 10
FIRST_YEAR, LAST_YEAR = 1990, 2100


def seconds_of(moment: datetime) -> int:
    """Whole seconds since 1970 (UTC) of an aware moment."""
    return int(moment.timestamp() // 1)


def moment_of(seconds: int) -> datetime:
    """The moment of so many seconds since 1970, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True)
class Span:
    """The compiled hours of whole UTC years: `starts` and `ends` of the intervals, the seconds worked `before` each and
    up to the end of each (`upto`); and for each local date with hours its closing (the end of its last interval)."""

    first_year: int
    last_year: int
    starts: list[int]
    ends: list[int]
    before: list[int]
    upto: list[int]
    dates: list[date]
    closings: list[int]

    def worked_at(self, second: int) -> int:
        """Seconds of working time from the beginning of the span to this second."""
        at = bisect_right(self.starts, second) - 1
        return 0 if at < 0 else self.before[at] + min(second, self.ends[at]) - self.starts[at]


def _year_start(year: int) -> int:
    return seconds_of(datetime(year, 1, 1, tzinfo=UTC))


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = moment_of(second).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _segments(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(from, to, offset in seconds): the stretches of UTC in which the zone's clocks are not moved."""
    opened, offset = start, _offset(zone, start)
    for low, high in pairwise([*range(start, end, DAY), end]):
        new = _offset(zone, high)
        if new == offset:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
        yield opened, high, offset
        opened, offset = high, new
    yield opened, end, offset


def clock_changes(zone: str, first_year: int, last_year: int) -> list[tuple[int, int]]:
    """(from, offset), both in seconds: since when in these years the zone's clocks show what; for comparing sets of rules."""
    found = _segments(ZoneInfo(zone), _year_start(first_year), _year_start(last_year + 1))
    return [(start, offset) for start, _end, offset in found]


def _intervals(rules: Rules, start: int, end: int) -> Iterator[tuple[int, int, date]]:
    """The open intervals between two UTC seconds, in order, each with its local date."""
    for low, high, offset in _segments(ZoneInfo(rules.zone), start, end):
        for number in range((low + offset) // DAY, (high + offset - 1) // DAY + 1):
            day = date.fromordinal(_EPOCH + number)
            for block in rules.blocks_on(day):
                opens = max(number * DAY + block.start * 60 - offset, low)
                closes = min(number * DAY + block.end * 60 - offset, high)
                if opens < closes:
                    yield opens, closes, day


_EPOCH = date(1970, 1, 1).toordinal()


def compile_span(rules: Rules, first_year: int, last_year: int) -> Span:
    """The hours of these UTC years, some 250 to 700 intervals a year."""
    found = list(_intervals(rules, _year_start(first_year), _year_start(last_year + 1)))
    lengths = [closes - opens for opens, closes, _day in found]
    upto = list(accumulate(lengths))
    closings = {day: closes for _opens, closes, day in found}
    return Span(
        first_year,
        last_year,
        [opens for opens, _closes, _day in found],
        [closes for _opens, closes, _day in found],
        [total - length for total, length in zip(upto, lengths, strict=True)],
        upto,
        list(closings),
        list(closings.values()),
    )


class WorkingTime:
    """The working time of one calendar. Built once from its rules and never changed; the compiled years grow on demand.

    All moments are aware, and come back in UTC.
    """

    def __init__(self, rules: Rules) -> None:
        """`NoWorkingHours` for a calendar in which no time would pass."""
        rules.require_hours()
        self.rules = rules
        self.zone = ZoneInfo(rules.zone)
        self._span: Span | None = None

    def add(self, moment: datetime, duration: timedelta) -> datetime:
        """The first moment by which `duration` of working time has passed since `moment`.

        A negative duration goes back: the last moment from which that much passes until `moment`. Nothing added is the
        moment itself, even outside working hours. `OutOfReach` beyond ten years.
        """
        start, wanted = seconds_of(moment), int(duration.total_seconds())
        if self.rules.is_24x7 or wanted == 0:
            return moment_of(self._within_reach(start, start + wanted))
        span = self._spanning(start, start)
        while True:
            target = span.worked_at(start) + wanted
            if wanted > 0 and span.upto and target <= span.upto[-1]:
                at = bisect_left(span.upto, target)
                return moment_of(self._within_reach(start, span.starts[at] + target - span.before[at]))
            if wanted < 0 and span.before and target >= 0:
                at = bisect_right(span.before, target) - 1
                return moment_of(self._within_reach(start, span.starts[at] + target - span.before[at]))
            span = self._further(span, start, 1 if wanted > 0 else -1)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; negative when the end comes first."""
        low, high = seconds_of(start), seconds_of(end)
        if self.rules.is_24x7:
            return timedelta(seconds=high - low)
        span = self._spanning(min(low, high), max(low, high))
        return timedelta(seconds=span.worked_at(high) - span.worked_at(low))

    def is_open(self, moment: datetime) -> bool:
        """Whether the moment lies in working hours; a block's end does not."""
        if self.rules.is_24x7:
            return True
        second = seconds_of(moment)
        span = self._spanning(second, second)
        at = bisect_right(span.starts, second) - 1
        return at >= 0 and second < span.ends[at]

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself in working hours, else when they next begin."""
        second = seconds_of(moment)
        if self.is_open(moment):
            return moment_of(second)
        span = self._spanning(second, second)
        while (at := bisect_right(span.starts, second)) == len(span.starts):
            span = self._further(span, second, 1)
        return moment_of(self._within_reach(second, span.starts[at]))

    def closing_of_working_day(self, moment: datetime, days: int) -> datetime:
        """When the n-th working day after the moment's own date closes ("within 3 working days").

        The date of the moment does not count, as Article 201 of China's Civil Code has it for periods in days. 0 is the
        next closing time that is still to come: today's, or that of the next working day. Around the clock every date is
        a working day and closes at 24:00.
        """
        if days < 0:
            raise ValueError("working days are counted forwards")
        second = seconds_of(moment)
        span = self._spanning(second, second)
        local = moment.astimezone(self.zone).date()
        while True:
            first = bisect_right(span.closings, second) if days == 0 else bisect_right(span.dates, local)
            at = first + max(days - 1, 0)
            # the last date of the span may go on in the next year
            if at < len(span.dates) - 1:
                return moment_of(self._within_reach(second, span.closings[at]))
            span = self._further(span, second, 1)

    def compiled(self, start: datetime, end: datetime) -> Span:
        """The compiled hours of at least the time between two moments."""
        return self._spanning(seconds_of(start), seconds_of(end))

    def _spanning(self, low: int, high: int) -> Span:
        """The compiled years with both seconds in them, and a day's room at both ends."""
        if low < _year_start(FIRST_YEAR) + DAY or high >= _year_start(LAST_YEAR + 1) - DAY:
            raise _not_read()
        first, last = moment_of(low - DAY).year, moment_of(high + DAY).year
        span = self._span
        if span is not None and span.first_year <= first and last <= span.last_year:
            return span
        if span is not None:
            first, last = min(first, span.first_year), max(last, span.last_year)
        return self._compile(first, last)

    def _further(self, span: Span, start: int, step: int) -> Span:
        """One more year of hours, forwards or back, as far as the reach goes."""
        year = moment_of(start).year
        if (span.last_year > year + REACH_YEARS) if step > 0 else (span.first_year < year - REACH_YEARS):
            raise _too_far(year)
        first, last = (span.first_year, span.last_year + 1) if step > 0 else (span.first_year - 1, span.last_year)
        return self._compile(first, last)

    def _compile(self, first: int, last: int) -> Span:
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise _not_read()
        self._span = span = compile_span(self.rules, first, last)
        return span

    @staticmethod
    def _within_reach(start: int, answer: int) -> int:
        if not _year_start(FIRST_YEAR) <= start < _year_start(LAST_YEAR + 1):
            raise _not_read()
        if abs(answer - start) > REACH_YEARS * 366 * DAY:
            raise _too_far(moment_of(start).year)
        return answer


def _not_read() -> OutOfReach:
    return OutOfReach(_("Calendars are read from %(first)d to %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR})


def _too_far(year: int) -> OutOfReach:
    return OutOfReach(
        _("This much working time lies more than %(years)d years from %(start)d. Choose a shorter time.")
        % {"years": REACH_YEARS, "start": year}
    )
