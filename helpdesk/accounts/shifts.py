"""When somebody is on shift, and which hours nobody covers. Pure: rows and moments in, answers out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from helpdesk.accounts.models.working import ShiftKind

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class ShiftRow:
    """One row of the roster; exactly one of `weekday` and `on` is set, minutes count from midnight."""

    weekday: int | None
    on: date | None
    kind: str
    starts: int
    ends: int


def rows_of_day(rows: Sequence[ShiftRow], day: date) -> list[ShiftRow]:
    """What is worked on a date: its own rows if it has any, else those of its weekday."""
    dated = [row for row in rows if row.on == day]
    found = dated or [row for row in rows if row.weekday == day.weekday()]
    return [row for row in found if row.kind != ShiftKind.OFF]


def interval_of(row: ShiftRow, day: date, zone: ZoneInfo) -> Interval:
    """Start and end of a row on a date; an end at or before the start lies on the next day."""
    midnight = datetime.combine(day, datetime.min.time())
    ends = row.ends if row.ends > row.starts else row.ends + 24 * 60
    start, end = midnight + timedelta(minutes=row.starts), midnight + timedelta(minutes=ends)
    return start.replace(tzinfo=zone), end.replace(tzinfo=zone)


def is_on_shift(rows: Sequence[ShiftRow], now: datetime, zone: ZoneInfo) -> bool:
    """Whether the roster has the person at work; somebody without a roster always is."""
    if not rows:
        return True
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        for row in rows_of_day(rows, day):
            start, end = interval_of(row, day, zone)
            if start <= now < end:
                return True
    return False


def covered_by(
    rosters: Iterable[tuple[Sequence[ShiftRow], ZoneInfo]], start: datetime, end: datetime
) -> list[Interval]:
    """The stretches between two moments in which at least one roster has somebody at work, merged and in order."""
    found: list[Interval] = []
    for rows, zone in rosters:
        day = start.astimezone(zone).date() - timedelta(days=1)
        while day <= end.astimezone(zone).date():
            for row in rows_of_day(rows, day):
                first, last = interval_of(row, day, zone)
                if last > start and first < end:
                    found.append((max(first, start), min(last, end)))
            day += timedelta(days=1)
    return merged(found)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time without overlaps, in order."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def uncovered(wanted: Iterable[Interval], covered: Sequence[Interval]) -> list[Interval]:
    """What of the wanted time nobody covers."""
    found: list[Interval] = []
    for start, end in merged(wanted):
        at = start
        for first, last in covered:
            if last <= at or first >= end:
                continue
            if first > at:
                found.append((at, first))
            at = max(at, last)
        if at < end:
            found.append((at, end))
    return found


def by_staff(rows: Iterable[tuple[int, ShiftRow]]) -> Mapping[int, list[ShiftRow]]:
    """The rows of each person."""
    found: dict[int, list[ShiftRow]] = {}
    for staff_id, row in rows:
        found.setdefault(staff_id, []).append(row)
    return found
