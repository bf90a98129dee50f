"""The verbs that write calendars. Each gives the calendar a new version and announces `calendar.changed`, so that whoever
computed with it can compute anew."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from helpdesk.core.actors import Actor
from helpdesk.core.calendars import CALENDARS_MANAGE
from helpdesk.core.calendars.calc import FIRST_YEAR, LAST_YEAR
from helpdesk.core.calendars.errors import NoWorkingHours
from helpdesk.core.calendars.rules import MINUTES_A_DAY, Hours
from helpdesk.core.calendars.selectors import week_of
from helpdesk.core.calendars.sources import countries
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import BusinessCalendar, CalendarDay, DayBlock, DayKind, DaySource, WeeklyBlock
from helpdesk.core.saving import require_unchanged, save_checked

FIELDS = ("name", "name_zh", "timezone", "is_24x7", "country", "adjusted_weekday")
Week = Sequence[Sequence[Hours]]


def editable_values(calendar: BusinessCalendar) -> dict[str, Any]:
    """What the form shows of a calendar, for the check that nobody overwrites a colleague's change."""
    week = week_of(calendar.weekly_blocks.all())
    return {name: getattr(calendar, name) for name in FIELDS} | {
        "week": [[list(block) for block in day] for day in week]
    }


@transaction.atomic
def create_calendar(*, by: Actor, week: Week = (), **fields: Any) -> BusinessCalendar:
    """A new calendar with its weekly blocks (Monday first); announces calendar.created. Its holidays come by `fill_days`."""
    require_manager(by)
    calendar = BusinessCalendar(**_cleaned(fields))
    _check(calendar, week)
    calendar.is_default = not BusinessCalendar.objects.filter(is_default=True).exists()
    save_checked(calendar)
    _write_week(calendar, week)
    announce(Announcement("calendar.created", "calendar", calendar.pk), by=by)
    return calendar


@transaction.atomic
def change_calendar(
    calendar_id: int, *, by: Actor, week: Week, seen: str | None = None, **fields: Any
) -> BusinessCalendar:
    """Change names, zone, country or weekly blocks; another country takes the old one's holidays away. Announces
    calendar.changed with the fields, of which `hours` are the blocks."""
    require_manager(by)
    calendar = locked(calendar_id)
    before = editable_values(calendar)
    require_unchanged(seen, before)
    wanted = _cleaned(fields)
    changed = [name for name, value in wanted.items() if getattr(calendar, name) != value]
    for name in changed:
        setattr(calendar, name, wanted[name])
    week = () if calendar.is_24x7 else week
    _check(calendar, week)
    is_other_week = before["week"] != [[list(block) for block in sorted(day)] for day in week or ((),) * 7]
    if not changed and not is_other_week:
        return calendar
    if changed:
        save_checked(calendar, update_fields=changed)
    if is_other_week:
        calendar.weekly_blocks.all().delete()
        _write_week(calendar, week)
    if "country" in changed:
        calendar.days.exclude(source=DaySource.PERSON).delete()
        BusinessCalendar.objects.filter(pk=calendar.pk).update(filled_on=None)
        calendar.filled_on = None
    mark_changed(calendar, by=by, fields=[*changed, *(["hours"] if is_other_week else [])])
    return calendar


@transaction.atomic
def make_default_calendar(calendar_id: int, *, by: Actor) -> BusinessCalendar:
    """From now on this calendar holds where none is named; announces calendar.made_default."""
    require_manager(by)
    rows = {row.pk: row for row in BusinessCalendar.objects.select_for_update(no_key=True).order_by("pk")}
    if calendar_id not in rows:
        raise NotFound
    calendar = rows[calendar_id]
    if not calendar.is_default:
        BusinessCalendar.objects.filter(is_default=True).update(is_default=False)
        BusinessCalendar.objects.filter(pk=calendar_id).update(is_default=True)
        calendar.is_default = True
        announce(Announcement("calendar.made_default", "calendar", calendar_id), by=by)
    return calendar


@transaction.atomic
def delete_calendar(calendar_id: int, *, by: Actor) -> None:
    """Take a calendar away that nothing uses; the default stays. Announces calendar.deleted."""
    require_manager(by)
    calendar = locked(calendar_id)
    if calendar.is_default:
        raise Invalid(_("This is the default calendar. Make another one the default first."))
    try:
        with transaction.atomic():
            calendar.delete()
    except ProtectedError:
        raise Conflict(_("This calendar is in use. Choose another one there first.")) from None
    announce(Announcement("calendar.deleted", "calendar", calendar_id), by=by)


@transaction.atomic
def set_day(
    calendar_id: int,
    on: date,
    *,
    kind: str,
    by: Actor,
    name: str = "",
    name_zh: str = "",
    blocks: Sequence[Hours] = (),
) -> CalendarDay:
    """Say by hand what a date is, whatever the libraries say; announces calendar.changed."""
    require_manager(by)
    calendar = locked(calendar_id)
    if calendar.is_24x7:
        raise Invalid(_("Around the clock knows no special days."))
    if not FIRST_YEAR < on.year < LAST_YEAR:
        raise Invalid(fields={"on": _("Choose a day from %(first)d to %(last)d.") % _YEARS})
    if kind == DayKind.ADJUSTED:
        _check_adjusted(calendar, week_of(calendar.weekly_blocks.all()))
    _check_blocks(blocks, "blocks")
    day = calendar.days.filter(on=on).first() or CalendarDay(calendar=calendar, on=on)
    day.kind, day.source, day.is_provisional = kind, DaySource.PERSON, False
    day.name, day.name_zh = _one_line(name), _one_line(name_zh)
    save_checked(day)
    day.blocks.all().delete()
    if kind == DayKind.COMPANY:
        DayBlock.objects.bulk_create(DayBlock(day=day, start=block.start, end=block.end) for block in blocks)
    mark_changed(calendar, by=by, dates=[str(on)])
    return day


def locked(calendar_id: int) -> BusinessCalendar:
    """The calendar, locked until the transaction ends."""
    calendar = BusinessCalendar.objects.select_for_update(no_key=True).filter(pk=calendar_id).first()
    if calendar is None:
        raise NotFound
    return calendar


def mark_changed(calendar: BusinessCalendar, *, by: Actor, **data: Any) -> None:
    """Give the calendar a new version and tell the event log; inside the transaction of the change."""
    calendar.version = uuid.uuid4()
    BusinessCalendar.objects.filter(pk=calendar.pk).update(version=calendar.version)
    announce(Announcement("calendar.changed", "calendar", calendar.pk, data=data), by=by)


_YEARS = {"first": FIRST_YEAR + 1, "last": LAST_YEAR - 1}


def require_manager(by: Actor) -> None:
    """`Forbidden` unless the person may set up calendars; trusted code of the product may."""
    if not by.is_trusted and (by.staff is None or not by.staff.can(CALENDARS_MANAGE)):
        raise Forbidden


def _one_line(text: str) -> str:
    return " ".join(str(text).replace("\x00", "").split())


def _cleaned(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in fields.items() if name in FIELDS}
    return {name: _one_line(value) if isinstance(value, str) else value for name, value in kept.items()}


def _check(calendar: BusinessCalendar, week: Week) -> None:
    """What the database cannot know: zone and country exist, and time passes in some week."""
    try:
        ZoneInfo(calendar.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(fields={"timezone": _("There is no such time zone.")}) from None
    if calendar.country and calendar.country not in countries():
        raise Invalid(fields={"country": _("The holidays of this country are not known.")})
    if calendar.is_24x7:
        return
    if not any(week):
        raise NoWorkingHours
    for weekday, blocks in enumerate(week):
        _check_blocks(blocks, f"day_{weekday}")
    if calendar.country:
        _check_adjusted(calendar, week)


def _check_adjusted(calendar: BusinessCalendar, week: Week) -> None:
    if not week[calendar.adjusted_weekday]:
        raise Invalid(
            fields={"adjusted_weekday": _("Adjusted working days have the hours of this weekday, which has none.")}
        )


def _check_blocks(blocks: Sequence[Hours], field: str) -> None:
    """Each block ends after it begins, and none reaches into another."""
    ends = 0
    for block in sorted(blocks):
        if not 0 <= block.start < block.end <= MINUTES_A_DAY:
            raise Invalid(fields={field: _("A block begins before it ends, at 24:00 at the latest.")})
        if block.start < ends:
            raise Invalid(fields={field: _("Two blocks of one day overlap.")})
        ends = block.end


def _write_week(calendar: BusinessCalendar, week: Week) -> None:
    WeeklyBlock.objects.bulk_create(
        WeeklyBlock(calendar=calendar, weekday=weekday, start=block.start, end=block.end)
        for weekday, blocks in enumerate(week)
        for block in blocks
    )
