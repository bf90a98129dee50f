"""From rows to rules, and the compiled hours of each calendar's version."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.rules import Hours, Rules, SpecialDay
from helpdesk.core.models import BusinessCalendar, CalendarDay, WeeklyBlock


def week_of(blocks: Iterable[WeeklyBlock]) -> tuple[tuple[Hours, ...], ...]:
    """The blocks of each weekday, Monday first."""
    week: list[list[Hours]] = [[] for _ in range(7)]
    for block in blocks:
        week[block.weekday].append(Hours(block.start, block.end))
    return tuple(tuple(sorted(day)) for day in week)


def special_of(day: CalendarDay) -> SpecialDay:
    """The day as the arithmetic takes it; reads its blocks (prefetch them for many)."""
    blocks = tuple(sorted(Hours(block.start, block.end) for block in day.blocks.all()))
    return SpecialDay(day.kind, day.name, day.name_zh, day.is_provisional, blocks)


def rules_of(calendar: BusinessCalendar) -> Rules:
    """The calendar's rules as its rows say now; three queries."""
    days = calendar.days.prefetch_related("blocks")
    return Rules(
        calendar.timezone,
        week_of(calendar.weekly_blocks.all()),
        {day.on: special_of(day) for day in days},
        calendar.is_24x7,
        calendar.adjusted_weekday,
    )


def working_time(calendar: BusinessCalendar) -> WorkingTime:
    """The arithmetic of the calendar, built when this process first meets its version; `NoWorkingHours` when it has none."""
    return _compiled(calendar.pk, calendar.version)


@lru_cache(maxsize=256)
def _compiled(pk: int, version: UUID) -> WorkingTime:
    # A version is never used twice, so rows read now that are newer than it only make the entry come true early.
    return WorkingTime(rules_of(BusinessCalendar.objects.get(pk=pk)))


def default_calendar() -> BusinessCalendar:
    """The calendar that holds where none is named."""
    return BusinessCalendar.objects.get(is_default=True)
