"""Bringing the public holidays of this and the next year into the calendars, and keeping what people wrote."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.services import create_calendar, locked, mark_changed
from helpdesk.core.calendars.services import require_manager as require
from helpdesk.core.calendars.sources import KnownDay, countries, known_days
from helpdesk.core.errors import NotFound
from helpdesk.core.models import BusinessCalendar, CalendarDay, DaySource

log = logging.getLogger(__name__)
_FACTS = ("kind", "source", "name", "name_zh", "is_provisional")


@transaction.atomic
def fill_days(calendar_id: int, years: Iterable[int], *, by: Actor = SYSTEM) -> int:
    """Write what the libraries know of these years; safe to run again. Returns how many dates are different now.

    A person's row stays. A provisional day gives way to what was announced, also when its date is an ordinary one then;
    what was announced never gives way to the rule.
    Announces calendar.changed with the dates, if any.
    """
    require(by)
    calendar = locked(calendar_id)
    changed: set[date] = set()
    for year in years:
        changed |= _fill_year(calendar, year)
    if changed:
        mark_changed(calendar, by=by, dates=sorted(map(str, changed)))
    return len(changed)


def _fill_year(calendar: BusinessCalendar, year: int) -> set[date]:
    known = {day.on: day for day in known_days(calendar.country, year)} if calendar.country else {}
    rows = {row.on: row for row in calendar.days.filter(on__year=year)}
    if any(day.is_provisional for day in known.values()) and any(_is_announced(row) for row in rows.values()):
        return set()  # an older library, after an upgrade was taken back: it knows less
    gone = [row for on, row in rows.items() if row.source != DaySource.PERSON and on not in known]
    CalendarDay.objects.filter(pk__in=[row.pk for row in gone]).delete()
    new = [_row(calendar, day) for on, day in known.items() if on not in rows]
    CalendarDay.objects.bulk_create(new)
    other = [
        row for on, row in rows.items() if on in known and row.source != DaySource.PERSON and _take(row, known[on])
    ]
    CalendarDay.objects.bulk_update(other, _FACTS)
    return {row.on for row in [*gone, *new, *other]}


def _is_announced(row: CalendarDay) -> bool:
    return row.source == DaySource.CHINESECALENDAR


def _row(calendar: BusinessCalendar, day: KnownDay) -> CalendarDay:
    row = CalendarDay(calendar=calendar, on=day.on)
    _take(row, day)
    return row


def _take(row: CalendarDay, day: KnownDay) -> bool:
    """Whether the row says something else now."""
    before = [getattr(row, fact) for fact in _FACTS]
    for fact in _FACTS:
        setattr(row, fact, getattr(day, fact))
    return before != [getattr(row, fact) for fact in _FACTS]


@transaction.atomic
def reset_day(calendar_id: int, on: date, *, by: Actor) -> None:
    """Take back what a person said of a date: it is again what the library says. Announces calendar.changed."""
    require(by)
    calendar = locked(calendar_id)
    deleted, _rows = calendar.days.filter(on=on, source=DaySource.PERSON).delete()
    if not deleted:
        raise NotFound
    known = {day.on: day for day in known_days(calendar.country, on.year)} if calendar.country else {}
    if on in known:
        _row(calendar, known[on]).save()
    mark_changed(calendar, by=by, dates=[str(on)])


def fill_this_and_next_year(calendar_id: int, *, by: Actor = SYSTEM) -> int:
    """The holidays that deadlines of today can meet; remembers the day, so that the daily step has nothing to do."""
    today = timezone.now().date()
    changed = fill_days(calendar_id, (today.year, today.year + 1), by=by)
    BusinessCalendar.objects.filter(pk=calendar_id).update(filled_on=today)
    return changed


def fill_daily() -> int:
    """Once a day for each calendar with a country: new years, and announcements that a new library brought."""
    today = timezone.now().date()
    due = BusinessCalendar.objects.exclude(country="").filter(Q(filled_on__isnull=True) | Q(filled_on__lt=today))
    changed = 0
    for pk in due.values_list("pk", flat=True):
        try:
            changed += fill_this_and_next_year(pk)
        except NotFound:
            log.info("calendar %s was deleted meanwhile", pk)
        except Exception:
            log.exception("the holidays of calendar %s could not be filled; the next run tries again", pk)
    return changed


def ensure_calendars() -> None:
    """The first calendars: office hours of the company's zone and country, which is the default, and around the clock."""
    if BusinessCalendar.objects.exists():
        return
    region = settings.DEFAULT_PHONE_REGION
    office = create_calendar(
        by=SYSTEM,
        name="Office hours",
        name_zh="办公时间",
        timezone=settings.DEFAULT_USER_TIME_ZONE,
        country=region if region in countries() else "",
        week=((Hours(9 * 60, 12 * 60), Hours(13 * 60, 18 * 60)),) * 5 + ((),) * 2,
    )
    create_calendar(
        by=SYSTEM, name="Around the clock", name_zh="全天候", timezone=settings.DEFAULT_USER_TIME_ZONE, is_24x7=True
    )
    fill_this_and_next_year(office.pk)
