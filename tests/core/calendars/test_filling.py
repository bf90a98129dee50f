"""Holidays in the calendars: from the libraries, provisional years, what people wrote, and the daily step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars import filling, sources
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.selectors import default_calendar, working_time
from helpdesk.core.calendars.services import change_calendar, create_calendar, set_day
from helpdesk.core.models import BusinessCalendar, CalendarDay, DayBlock, Event, WeeklyBlock
from helpdesk.core.registries import first_rows, housekeeping

pytestmark = pytest.mark.django_db

OFFICE = ((Hours(540, 720), Hours(780, 1080)),) * 5 + ((),) * 2
NATIONAL_DAY = date(2026, 10, 1)


def make_calendar(country: str = "CN", name: str = "Office", zone: str = "Asia/Shanghai") -> BusinessCalendar:
    return create_calendar(by=SYSTEM, name=name, timezone=zone, country=country, week=OFFICE)


def changes() -> list[dict[str, Any]]:
    return list(Event.objects.filter(name="calendar.changed").order_by("pk").values_list("data", flat=True))


@pytest.mark.req("D3", "public holidays")
def test_filling_is_idempotent_and_announces_only_what_changed() -> None:
    calendar = make_calendar()
    assert filling.fill_days(calendar.pk, [2026]) == 39
    version = BusinessCalendar.objects.get().version
    assert version != calendar.version
    assert filling.fill_days(calendar.pk, [2026]) == 0
    assert BusinessCalendar.objects.get().version == version
    assert len(changes()) == 1
    assert "2026-10-01" in changes()[0]["dates"]
    day = CalendarDay.objects.get(on=NATIONAL_DAY)
    assert (day.kind, day.source, day.is_provisional) == ("holiday", "chinesecalendar", False)
    assert (day.name, day.name_zh) == ("National Day", "国庆节")
    assert CalendarDay.objects.get(on=date(2026, 9, 20)).kind == "adjusted"


@pytest.mark.req("D3", "adjusted working weekends")
def test_year_that_is_not_announced_is_provisional_until_the_library_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = make_calendar()
    announced = sources._announced
    monkeypatch.setattr(sources, "_announced", lambda year: ())  # the library of last year
    filling.fill_days(calendar.pk, [2026])
    before = set(CalendarDay.objects.values_list("on", flat=True))
    assert set(CalendarDay.objects.values_list("source", "is_provisional")) == {("holidays", True)}
    monkeypatch.setattr(sources, "_announced", announced)
    assert filling.fill_days(calendar.pk, [2026]) > 0
    assert set(CalendarDay.objects.values_list("source", "is_provisional")) == {("chinesecalendar", False)}
    assert before != set(CalendarDay.objects.values_list("on", flat=True))
    monkeypatch.setattr(sources, "_announced", lambda year: ())  # an upgrade is taken back
    assert filling.fill_days(calendar.pk, [2026]) == 0
    monkeypatch.setattr(sources, "_announced", announced)
    far = filling.fill_days(calendar.pk, [2050])
    assert far == CalendarDay.objects.filter(on__year=2050, is_provisional=True).count() > 5


def test_what_a_person_wrote_stays_and_can_be_taken_back() -> None:
    calendar = make_calendar()
    filling.fill_days(calendar.pk, [2026])
    set_day(calendar.pk, NATIONAL_DAY, kind="ordinary", by=SYSTEM)
    set_day(calendar.pk, date(2026, 12, 31), kind="company", name="Stocktaking", blocks=[Hours(540, 720)], by=SYSTEM)
    filling.fill_days(calendar.pk, [2026])
    hours = working_time(BusinessCalendar.objects.get())
    zone = ZoneInfo("Asia/Shanghai")
    assert hours.is_open(datetime(2026, 10, 1, 10, tzinfo=zone))
    assert not hours.is_open(datetime(2026, 12, 31, 14, tzinfo=zone))
    filling.reset_day(calendar.pk, NATIONAL_DAY, by=SYSTEM)
    filling.reset_day(calendar.pk, date(2026, 12, 31), by=SYSTEM)
    assert CalendarDay.objects.get(on=NATIONAL_DAY).source == "chinesecalendar"
    assert not CalendarDay.objects.filter(on=date(2026, 12, 31)).exists()
    hours = working_time(BusinessCalendar.objects.get())
    assert not hours.is_open(datetime(2026, 10, 1, 10, tzinfo=zone))


@pytest.mark.req("D3", "public holidays")
def test_other_countries_have_their_own_holidays_and_a_new_country_replaces_the_old_one() -> None:
    calendar = make_calendar("DE", zone="Europe/Berlin")
    filling.fill_days(calendar.pk, [2026])
    assert CalendarDay.objects.get(on=date(2026, 10, 3)).name == "German Unity Day"
    assert not CalendarDay.objects.filter(is_provisional=True).exists()
    set_day(calendar.pk, date(2026, 7, 1), kind="holiday", name="Summer party", by=SYSTEM)
    change_calendar(calendar.pk, by=SYSTEM, week=OFFICE, country="US")
    assert [day.name for day in CalendarDay.objects.all()] == ["Summer party"]
    filling.fill_days(calendar.pk, [2026])
    assert CalendarDay.objects.filter(name="Thanksgiving Day").exists()
    assert len({tuple(change.get("fields", [])) for change in changes()}) == 2


def test_daily_step_fills_this_and_the_next_year_once_a_day() -> None:
    make_calendar("GB", zone="Europe/London")
    step = housekeeping.get("core.calendars")
    assert step() > 10
    today = datetime.now(UTC).date()
    assert {on.year for on in CalendarDay.objects.values_list("on", flat=True)} == {today.year, today.year + 1}
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert step() == 0
    assert len(queries) == 1
    BusinessCalendar.objects.update(filled_on=today - timedelta(days=1))
    events = Event.objects.count()
    assert step() == 0
    assert Event.objects.count() == events


def test_first_calendars_are_made_once(settings: Any) -> None:
    for _ in range(2):
        first_rows.get("core.calendars")()
    assert BusinessCalendar.objects.count() == 2
    office = default_calendar()
    assert (office.country, office.timezone, office.is_24x7) == ("CN", "Asia/Shanghai", False)
    assert office.days.filter(source="chinesecalendar").exists()
    assert working_time(office).add(datetime(2026, 2, 13, 9, 55, tzinfo=UTC), timedelta(hours=4)) == datetime(
        2026, 2, 14, 5, 55, tzinfo=UTC
    )


def test_hours_are_compiled_once_for_each_version() -> None:
    calendar = make_calendar("")
    hours = working_time(calendar)
    with CaptureQueriesContext(connection) as queries:
        assert working_time(BusinessCalendar(pk=calendar.pk, version=calendar.version)) is hours
    assert len(queries) == 0
    changed = change_calendar(calendar.pk, by=SYSTEM, week=(*OFFICE[:5], (Hours(600, 1440),), ()))
    saturday = datetime(2026, 6, 6, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert working_time(changed).is_open(saturday)
    assert not hours.is_open(saturday)
    assert changes()[-1] == {"fields": ["hours"]}


def refused(row: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_database_refuses_what_must_never_hold() -> None:
    calendar = make_calendar("")
    other = make_calendar("", name="Second")
    for weekday, start, end in ((0, 600, 660), (0, 1080, 1080), (5, 600, 1441), (7, 600, 660), (0, 719, 1440)):
        refused(WeeklyBlock(calendar=calendar, weekday=weekday, start=start, end=end))
    WeeklyBlock(calendar=calendar, weekday=0, start=1080, end=1440).save()  # touching is no overlap
    day = set_day(calendar.pk, NATIONAL_DAY, kind="company", blocks=[Hours(0, 60)], by=SYSTEM)
    refused(DayBlock(day=day, start=59, end=61))
    DayBlock(day=day, start=60, end=61).save()
    refused(CalendarDay(calendar=calendar, on=NATIONAL_DAY, kind="holiday", source="person"))
    refused(CalendarDay(calendar=calendar, on=date(2026, 10, 2), kind="party", source="person"))
    refused(CalendarDay(calendar=calendar, on=date(2026, 10, 2), kind="holiday", source="rumour"))
    refused(CalendarDay(calendar=calendar, on=date(2026, 10, 2), kind="company", source="holidays"))
    refused(CalendarDay(calendar=calendar, on=date(2026, 10, 2), kind="holiday", source="person", is_provisional=True))
    other.is_default = True
    refused(other)
    refused(BusinessCalendar(name="Both", timezone="UTC", is_24x7=True, country="CN"))
