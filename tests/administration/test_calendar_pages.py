"""Working hours through the pages: calendars, weeks, special days, the preview, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from helpdesk.accounts.models import Team
from helpdesk.accounts.selectors import calendar_of
from helpdesk.core.calendars.filling import ensure_calendars, fill_days
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.models import BusinessCalendar, CalendarDay, Event

pytestmark = pytest.mark.django_db

WEEK = {f"day_{weekday}": "09:00-12:00, 13:00-18:00" for weekday in range(5)}
BERLIN = {
    "name": "Berlin shop",
    "name_zh": "柏林",
    "timezone": "Europe/Berlin",
    "country": "DE",
    "adjusted_weekday": "0",
}


@pytest.fixture
def office(teams: Any) -> BusinessCalendar:
    """The shipped office hours in China, with the announced holidays of 2026."""
    ensure_calendars()
    calendar = BusinessCalendar.objects.get(is_default=True)
    fill_days(calendar.pk, [2026])
    return BusinessCalendar.objects.get(pk=calendar.pk)


def hours(calendar: BusinessCalendar) -> list[tuple[int, int, int]]:
    return list(calendar.weekly_blocks.values_list("weekday", "start", "end"))


def seen_of(desk: Client, path: str) -> str:
    return str(desk.get(path).context["form"]["seen"].value())


@pytest.mark.req("D3", "business hours per team and time zone")
@pytest.mark.req("K5", "policies, calendars, routing")
def test_calendar_is_made_with_its_week_zone_and_holidays(desk: Client, office: BusinessCalendar) -> None:
    typed = {**BERLIN, **WEEK, "day_5": "10：00～14：00；20:00 至 24:00"}
    assert desk.post("/settings/calendars/new/", typed).status_code == 302
    shop = BusinessCalendar.objects.get(name="Berlin shop")
    assert hours(shop)[-2:] == [(5, 600, 840), (5, 1200, 1440)]
    assert shop.days.filter(name="German Unity Day").exists()
    page = desk.get("/settings/calendars/").content.decode()
    assert "10:00–14:00, 20:00–24:00" in page
    assert "Germany" in page
    path = f"/settings/calendars/{shop.pk}/"
    assert 'value="10:00–14:00, 20:00–24:00"' in desk.get(path).content.decode()
    answer = desk.post(path, {**typed, "country": "", "day_5": "", "seen": seen_of(desk, path)})
    assert answer.status_code == 302
    assert not shop.days.exists()
    assert {weekday for weekday, _start, _end in hours(shop)} == {0, 1, 2, 3, 4}
    told = list(Event.objects.filter(name="calendar.changed", subject_id=shop.pk).values_list("data", flat=True))
    assert told[-1] == {"fields": ["country", "hours"]}
    audit = desk.get(f"/settings/audit/?subject=calendar:{shop.pk}").content.decode()
    assert "changed a calendar" in audit
    assert "Berlin shop" in audit


@pytest.mark.req("D3", "24×7")
def test_calendar_around_the_clock_needs_no_hours_and_takes_no_holidays(desk: Client, office: BusinessCalendar) -> None:
    always = {"name": "Hotline", "timezone": "Asia/Shanghai", "is_24x7": "on", "adjusted_weekday": "0"}
    refused = desk.post("/settings/calendars/new/", {**always, "country": "CN"})
    assert refused.status_code == 422
    assert "knows no holidays" in refused.content.decode()
    assert desk.post("/settings/calendars/new/", always).status_code == 302
    hotline = BusinessCalendar.objects.get(name="Hotline")
    page = desk.get(f"/settings/calendars/{hotline.pk}/?arrives=2026-10-01T03:00&amount=5&unit=hours")
    assert page.context["preview_due"] == "Thu 1 Oct 08:00"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({f"day_{n}": "" for n in range(7)}, "no working hours in any week"),
        ({"day_0": "9 to 5"}, "Write hours as 09:00–12:00"),
        ({"day_0": "09:00-12:00, 11:00-13:00"}, "overlap"),
        ({"day_0": "18:00-09:00"}, "begins before it ends"),
        ({"day_0": "09:00-24:30"}, "begins before it ends"),
        ({"day_0": "09:61-12:00"}, "begins before it ends"),
        ({"day_0": ""}, "which has none"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        ({"country": "XX"}, "XX"),
        ({"name": "Office hours"}, "already exists"),
        ({"name": ""}, "required"),
    ],
)
def test_calendar_that_cannot_work_is_refused_in_words_and_keeps_what_was_typed(
    desk: Client, office: BusinessCalendar, typed: dict[str, str], words: str
) -> None:
    answer = desk.post("/settings/calendars/new/", {**BERLIN, **WEEK, "day_6": "08:00-09:00", **typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "柏林" in page
    assert BusinessCalendar.objects.count() == 2


def test_nobody_overwrites_a_colleagues_change(desk: Client, office: BusinessCalendar) -> None:
    path = f"/settings/calendars/{office.pk}/"
    typed = {"name": "Office hours", "name_zh": "办公时间", "timezone": "Asia/Shanghai", "country": "CN",
             "adjusted_weekday": "0", "seen": seen_of(desk, path), **WEEK}  # fmt: skip
    version = office.version
    assert desk.post(path, typed).status_code == 302
    assert BusinessCalendar.objects.get(pk=office.pk).version == version  # nothing was different
    assert desk.post(path, {**typed, "day_4": "09:00-12:00"}).status_code == 302
    late = desk.post(path, {**typed, "day_4": "10:00-12:00"})
    assert late.status_code == 422
    assert "Somebody changed this" in late.content.decode()
    assert (4, 540, 720) in hours(office)


@pytest.mark.req("D3", "adjusted working weekends")
def test_preview_explains_the_friday_before_spring_festival(desk: Client, office: BusinessCalendar) -> None:
    path = f"/settings/calendars/{office.pk}/?arrives=2026-02-13T17:55&amount=12&unit=hours"
    page = desk.get(path)
    assert page.context["preview_due"] == "Tue 24 Feb 13:55"
    text = page.content.decode()
    assert "adjusted working day: Spring Festival" in text
    assert "Sun 15 Feb – Mon 23 Feb" in text
    desk.cookies["django_language"] = "zh-hans"
    page = desk.get(path)
    assert "调休上班日：春节" in page.content.decode()
    assert page.context["preview_due"] == "2月24日周二 13:55"
    days = desk.get(f"/settings/calendars/{office.pk}/?arrives=2026-09-30T17:55&amount=1&unit=days")
    assert days.context["preview_due"].startswith("10月8日")


@pytest.mark.parametrize(
    "query", ["arrives=soon&amount=4&unit=hours", "arrives=2026-01-01T00:00&amount=0&unit=hours", "arrives=&amount=&unit=",
              "arrives=9999-12-31T23:59&amount=1&unit=hours", "arrives=0001-01-01T00:00&amount=1&unit=hours",
              "arrives=2026-01-01T00:00&amount=4&unit=years", "arrives=0001-01-01T00:00&amount=1&unit=days"],
)  # fmt: skip
def test_preview_of_nonsense_says_so(desk: Client, office: BusinessCalendar, query: str) -> None:
    page = desk.get(f"/settings/calendars/{office.pk}/?{query}")
    assert page.status_code == 200
    assert "preview_due" not in page.context
    assert "error-text" in page.content.decode()


@pytest.mark.req("D3", "public holidays")
def test_days_of_a_year_are_shown_edited_and_taken_back(desk: Client, office: BusinessCalendar) -> None:
    path = f"/settings/calendars/{office.pk}/days/?year=2026"
    page = desk.get(path).content.decode()
    assert "National Day" in page
    assert "chinesecalendar" in page
    assert "provisional" not in page
    assert desk.get(f"{path}&on=2026-10-01").context["form"]["name"].value() == "National Day"
    own = {"on": "2026-10-01", "kind": "company", "name": "Open day", "blocks": "10:00-12:00"}
    assert desk.post(path, own).status_code == 302
    day = CalendarDay.objects.get(calendar=office, on=date(2026, 10, 1))
    assert (day.kind, day.source, day.name) == ("company", "person", "Open day")
    page = desk.get(path).content.decode()
    assert "10:00–12:00" in page
    assert "Edited by hand" in page
    desk.post(f"/settings/calendars/{office.pk}/days/fill/", {"year": "2026"})
    assert CalendarDay.objects.get(calendar=office, on=date(2026, 10, 1)).source == "person"
    desk.post(f"/settings/calendars/{office.pk}/days/reset/", {"on": "2026-10-01"})
    day = CalendarDay.objects.get(calendar=office, on=date(2026, 10, 1))
    assert (day.source, day.name_zh, day.blocks.count()) == ("chinesecalendar", "国庆节", 0)
    assert desk.post(f"/settings/calendars/{office.pk}/days/reset/", {"on": "2026-10-01"}).status_code == 404
    for wrong in (own | {"on": "1492-01-01"}, own | {"on": "no"}, own | {"kind": "holiday"}, own | {"blocks": "x"}):
        assert desk.post(path, wrong).status_code == 422


def test_year_that_is_not_announced_is_flagged(desk: Client, office: BusinessCalendar) -> None:
    desk.post(f"/settings/calendars/{office.pk}/days/fill/", {"year": "2030"})
    page = desk.get(f"/settings/calendars/{office.pk}/days/?year=2030").content.decode()
    assert "not announced yet" in page
    assert "provisional" in page
    for year in ("0", "99999999999", "x", ""):
        assert desk.get(f"/settings/calendars/{office.pk}/days/?year={year}&on=2026-99-01").status_code == 200


def test_default_moves_and_an_unused_calendar_is_deleted(desk: Client, office: BusinessCalendar) -> None:
    other = BusinessCalendar.objects.get(is_default=False)
    desk.post(f"/settings/calendars/{office.pk}/delete/")
    assert BusinessCalendar.objects.count() == 2  # the default stays
    desk.post(f"/settings/calendars/{other.pk}/default/")
    assert BusinessCalendar.objects.get(is_default=True) == other
    desk.post(f"/settings/calendars/{office.pk}/delete/")
    assert BusinessCalendar.objects.get() == other
    names = set(Event.objects.filter(subject_kind="calendar").values_list("name", flat=True))
    assert {"calendar.created", "calendar.made_default", "calendar.deleted"} <= names
    assert desk.get(f"/settings/calendars/{office.pk}/").status_code == 404


@pytest.mark.req("D3", "business hours per team and time zone")
def test_team_has_working_hours_of_its_own_in_its_zone(
    desk: Client, office: BusinessCalendar, teams: tuple[Team, Team]
) -> None:
    desk.post("/settings/calendars/new/", {**BERLIN, **WEEK})
    shop = BusinessCalendar.objects.get(name="Berlin shop")
    path = f"/settings/teams/{teams[1].pk}/"
    assert desk.post(path, {"name": "Repairs", "calendar": shop.pk, "seen": seen_of(desk, path)}).status_code == 302
    repairs, support = Team.objects.get(pk=teams[1].pk), Team.objects.get(pk=teams[0].pk)
    assert (calendar_of(repairs), calendar_of(support)) == (shop, office)
    noon = datetime(2026, 6, 1, 9, tzinfo=UTC)  # 11:00 in Berlin, 17:00 in Shanghai
    assert working_time(calendar_of(repairs)).add(noon, timedelta(hours=2)) == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert working_time(calendar_of(support)).add(noon, timedelta(hours=2)) == datetime(2026, 6, 2, 2, tzinfo=UTC)
    event = Event.objects.filter(name="team.changed").latest("pk")
    assert event.data == {"fields": ["calendar"]}
    assert ">Repairs<" in desk.get("/settings/calendars/").content.decode()
    refused = desk.post(f"/settings/calendars/{shop.pk}/delete/", follow=True)
    assert "This calendar is in use" in refused.content.decode()
    assert desk.post(path, {"name": "Repairs", "calendar": "999999"}).status_code == 422
    assert desk.post(path, {"name": "Repairs", "calendar": "", "seen": seen_of(desk, path)}).status_code == 302
    assert calendar_of(Team.objects.get(pk=repairs.pk)) == office
