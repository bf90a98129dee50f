"""The arithmetic of working time against a slow reference that looks at the wall clock minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.errors import NoWorkingHours, OutOfReach
from helpdesk.core.calendars.explaining import Reason, explain
from helpdesk.core.calendars.rules import Hours, Rules, SpecialDay
from helpdesk.core.calendars.sources import known_days

MINUTE = timedelta(minutes=1)
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"]
# Around clock changes of all these zones, both ways, and around a new year.
NEAR = [datetime(2026, 3, 8), datetime(2026, 3, 29), datetime(2026, 4, 4), datetime(2026, 10, 3), datetime(2026, 10, 25),
        datetime(2026, 11, 1), datetime(2026, 12, 31), datetime(2026, 6, 15)]  # fmt: skip
OFFICE = ((Hours(9 * 60, 12 * 60), Hours(13 * 60, 18 * 60)),) * 5 + ((),) * 2
SHANGHAI = ZoneInfo("Asia/Shanghai")


def china(*years: int) -> WorkingTime:
    """An office in China that closes for lunch."""
    days = {
        day.on: SpecialDay(day.kind, day.name, day.name_zh, day.is_provisional)
        for year in years
        for day in known_days("CN", year)
    }
    return WorkingTime(Rules("Asia/Shanghai", OFFICE, days))


# --- The slow reference ----------------------------------------------------------------------------------------------
def is_open(rules: Rules, moment: datetime) -> bool:
    """What a person says who looks at the clock on the wall and at the list of hours."""
    wall = moment.astimezone(ZoneInfo(rules.zone))
    minute = wall.hour * 60 + wall.minute
    return any(block.start <= minute < block.end for block in rules.blocks_on(wall.date()))


def slow_between(rules: Rules, start: datetime, end: datetime) -> timedelta:
    total, at = timedelta(), start
    while at < end:
        following = min(at.replace(second=0) + MINUTE, end)
        if is_open(rules, at):
            total += following - at
        at = following
    return total


def slow_add(rules: Rules, start: datetime, duration: timedelta, horizon: timedelta) -> datetime | None:
    """The same walk until the time has passed; None when it does not within the horizon."""
    at, left = start, duration
    while left > timedelta():
        following = at.replace(second=0) + MINUTE
        if is_open(rules, at):
            if following - at >= left:
                return at + left
            left -= following - at
        at = following
        if at - start > horizon:
            return None
    return at


# --- What hypothesis makes up ----------------------------------------------------------------------------------------
@st.composite
def blocks(draw: st.DrawFn, least: int = 0) -> tuple[Hours, ...]:
    """Blocks of one day, sorted, apart or touching, some of them until 24:00."""
    cuts = sorted(draw(st.sets(st.integers(0, 1440), min_size=2 * least, max_size=6)))
    return tuple(Hours(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn, near: datetime) -> Rules:
    week = [draw(blocks()) for _ in range(7)]
    week[draw(st.integers(0, 6))] = draw(blocks(least=1))
    days = {
        near.date() + timedelta(days=shift): SpecialDay(kind, "Festival", blocks=draw(blocks()))
        for shift, kind in draw(
            st.dictionaries(
                st.integers(-2, 5), st.sampled_from(["holiday", "adjusted", "company", "ordinary"]), max_size=4
            )
        ).items()
    }
    return Rules(draw(st.sampled_from(ZONES)), tuple(week), days, adjusted_weekday=draw(st.integers(0, 6)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rules, datetime]:
    near = draw(st.sampled_from(NEAR))
    start = near.replace(tzinfo=UTC) + timedelta(seconds=draw(st.integers(-86_400, 86_400)))
    return draw(calendars(near)), start


@pytest.mark.req("D3", "business hours per team and time zone")
@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 3 * 86_400))
def test_time_between_two_moments_is_what_the_wall_clock_shows(case: tuple[Rules, datetime], seconds: int) -> None:
    rules, start = case
    end = start + timedelta(seconds=seconds)
    hours = WorkingTime(rules)
    assert hours.between(start, end) == slow_between(rules, start, end) == -hours.between(end, start)
    assert hours.is_open(start) == is_open(rules, start)


@pytest.mark.req("D3", "business hours per team and time zone")
@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 12 * 3600))
def test_due_time_is_where_the_minute_by_minute_walk_ends(case: tuple[Rules, datetime], seconds: int) -> None:
    rules, start = case
    duration, horizon = timedelta(seconds=seconds), timedelta(days=4)
    slow = slow_add(rules, start, duration, horizon)
    due = WorkingTime(rules).add(start, duration)
    assert due == slow if slow is not None else due - start > horizon


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(1, 40 * 86_400))
def test_adding_and_measuring_undo_each_other_in_both_directions(case: tuple[Rules, datetime], seconds: int) -> None:
    rules, start = case
    hours, duration = WorkingTime(rules), timedelta(seconds=seconds)
    try:
        due, since = hours.add(start, duration), hours.add(start, -duration)
    except OutOfReach:
        assume(False)
    assert hours.between(start, due) == duration == hours.between(since, start)
    assert hours.between(start, due - timedelta(seconds=1)) < duration  # the first such moment
    assert hours.between(since + timedelta(seconds=1), start) < duration  # and the last one
    opened = hours.next_open(start)
    assert hours.is_open(opened)
    assert hours.between(start, opened) == timedelta()


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 24 * 3600))
def test_explanation_adds_up_and_leaves_no_day_out(case: tuple[Rules, datetime], seconds: int) -> None:
    rules, start = case
    hours, duration = WorkingTime(rules), timedelta(seconds=seconds)
    told = explain(hours, start, duration)
    assert sum((piece.counted for piece in told.pieces), timedelta()) == duration
    assert told.due == hours.add(start, duration)
    named = [
        piece.first + timedelta(days=n) for piece in told.pieces for n in range((piece.last - piece.first).days + 1)
    ]
    zone = ZoneInfo(rules.zone)
    begins, ends = start.astimezone(zone).date(), told.due.astimezone(zone).date()
    assert sorted(set(named)) == [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]
    assert all(hours.is_open(piece.opens) for piece in told.pieces if piece.opens)


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 5))
def test_nth_working_day_closes_after_its_last_block(case: tuple[Rules, datetime], days: int) -> None:
    rules, start = case
    hours, zone = WorkingTime(rules), ZoneInfo(rules.zone)
    closes = hours.closing_of_working_day(start, days)
    day, left = start.astimezone(zone).date(), days
    while left:
        day += timedelta(days=1)
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        open_minutes = [n for n in range(-60, 26 * 60) if _is_open_on(rules, midnight + n * MINUTE, day)]
        left -= bool(open_minutes)
    assert closes == midnight + (open_minutes[-1] + 1) * MINUTE


def _is_open_on(rules: Rules, moment: datetime, day: date) -> bool:
    return moment.astimezone(ZoneInfo(rules.zone)).date() == day and is_open(rules, moment)


# --- Examples that a person can check --------------------------------------------------------------------------------
@pytest.mark.req("D3", "adjusted working weekends")
@pytest.mark.req("D3", "public holidays")
def test_ticket_on_the_friday_before_national_day_2025_uses_the_working_sunday_and_skips_the_holiday() -> None:
    """Sunday 28 September 2025 was worked; 1 to 8 October were free; Saturday 11 October was worked."""
    hours = china(2025)
    start = datetime(2025, 9, 26, 17, 55, tzinfo=SHANGHAI)
    assert hours.add(start, timedelta(hours=4)) == datetime(2025, 9, 28, 13, 55, tzinfo=SHANGHAI)
    # 5 min on Friday, 8 h each on Sunday, Monday and Tuesday, the rest after the holiday
    assert hours.add(start, timedelta(hours=25)) == datetime(2025, 10, 9, 9, 55, tzinfo=SHANGHAI)
    assert hours.closing_of_working_day(start, 3) == datetime(2025, 9, 30, 18, tzinfo=SHANGHAI)
    assert hours.closing_of_working_day(start, 6) == datetime(2025, 10, 11, 18, tzinfo=SHANGHAI)
    assert not hours.is_open(datetime(2025, 10, 8, 10, tzinfo=SHANGHAI))


@pytest.mark.req("D3", "adjusted working weekends")
def test_ticket_before_spring_festival_2026_is_explained_day_by_day() -> None:
    start = datetime(2026, 2, 13, 17, 55, tzinfo=SHANGHAI)
    told = explain(china(2026), start, timedelta(hours=12))
    assert told.due == datetime(2026, 2, 24, 13, 55, tzinfo=SHANGHAI)
    said = [(str(piece.first), str(piece.last), piece.reason, piece.counted) for piece in told.pieces]
    assert said == [
        ("2026-02-13", "2026-02-13", Reason.WEEKLY, timedelta(minutes=5)),
        ("2026-02-14", "2026-02-14", Reason.ADJUSTED, timedelta(hours=3)),
        ("2026-02-14", "2026-02-14", Reason.ADJUSTED, timedelta(hours=5)),
        ("2026-02-15", "2026-02-23", Reason.HOLIDAY, timedelta()),
        ("2026-02-24", "2026-02-24", Reason.WEEKLY, timedelta(hours=3)),
        ("2026-02-24", "2026-02-24", Reason.WEEKLY, timedelta(minutes=55)),
    ]
    assert {(piece.name, piece.name_zh) for piece in told.pieces} == {("", ""), ("Spring Festival", "春节")}


def test_hour_that_the_clocks_repeat_counts_twice_and_one_that_they_skip_does_not() -> None:
    night = WorkingTime(Rules("Europe/Berlin", ((Hours(0, 240),),) * 7))
    berlin = ZoneInfo("Europe/Berlin")
    for day, counted in ((date(2026, 3, 29), 3), (date(2026, 6, 1), 4), (date(2026, 10, 25), 5)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=berlin)
        assert night.between(midnight, midnight.replace(hour=4)) == timedelta(hours=counted)
    half = WorkingTime(Rules("Australia/Lord_Howe", ((Hours(0, 240),),) * 7))
    midnight = datetime(2026, 4, 5, tzinfo=ZoneInfo("Australia/Lord_Howe"))
    assert half.between(midnight, midnight.replace(hour=4)) == timedelta(hours=4, minutes=30)


def test_date_that_a_zone_left_out_and_a_midnight_that_came_twice() -> None:
    """Apia went from 29 to 31 December 2011; São Paulo's midnight of 18 February 2018 was 23:00 again."""
    apia = WorkingTime(Rules("Pacific/Apia", ((Hours(540, 1020),),) * 7))
    zone = ZoneInfo("Pacific/Apia")
    begins = datetime(2011, 12, 29, 16, tzinfo=zone)
    assert apia.add(begins, timedelta(hours=2)) == datetime(2011, 12, 31, 10, tzinfo=zone)
    late = WorkingTime(Rules("America/Sao_Paulo", ((Hours(22 * 60, 1440),),) * 7))
    evening = datetime(2018, 2, 17, 12, tzinfo=ZoneInfo("America/Sao_Paulo"))
    assert late.between(evening, evening + timedelta(days=1)) == timedelta(hours=3)


@pytest.mark.req("D3", "24×7")
def test_around_the_clock_every_second_counts() -> None:
    always = WorkingTime(Rules("America/New_York", is_24x7=True))
    start = datetime(2026, 3, 7, 12, 0, 30, 999, tzinfo=UTC)
    assert always.add(start, timedelta(hours=24)) == datetime(2026, 3, 8, 12, 0, 30, tzinfo=UTC)
    assert always.between(start, start - timedelta(hours=5)) == timedelta(hours=-5)
    assert always.is_open(start)
    assert always.next_open(start) == start.replace(microsecond=0)
    assert always.closing_of_working_day(start, 1) == datetime(2026, 3, 9, 0, tzinfo=ZoneInfo("America/New_York"))
    (piece,) = explain(always, start, timedelta(hours=1)).pieces
    assert piece.reason is Reason.AROUND_THE_CLOCK


def test_blocks_until_midnight_go_on_into_the_next_day() -> None:
    nights = WorkingTime(Rules("Asia/Shanghai", ((Hours(0, 360), Hours(1320, 1440)),) * 7))
    evening = datetime(2026, 6, 1, 23, 30, tzinfo=SHANGHAI)
    assert nights.add(evening, timedelta(hours=6)) == datetime(2026, 6, 2, 5, 30, tzinfo=SHANGHAI)
    assert nights.add(evening, timedelta(hours=6, minutes=31)) == datetime(2026, 6, 2, 22, 1, tzinfo=SHANGHAI)


def test_ticket_after_closing_time_says_that_the_day_was_over() -> None:
    start = datetime(2026, 6, 5, 19, tzinfo=SHANGHAI)
    told = explain(china(2026), start, timedelta(hours=1))
    assert [piece.reason for piece in told.pieces] == [Reason.OUT_OF_HOURS, Reason.DAY_OFF, Reason.WEEKLY]


def test_calendar_without_hours_and_an_answer_out_of_reach_are_refused_in_words() -> None:
    with pytest.raises(NoWorkingHours) as refusal:
        WorkingTime(Rules("Asia/Shanghai"))
    assert "no working hours" in str(refusal.value)
    hours, start = china(2026), datetime(2026, 1, 1, tzinfo=UTC)
    for duration in (timedelta(days=2000), timedelta(days=-2000), timedelta.max, timedelta.min):
        with pytest.raises(OutOfReach) as too_far:
            hours.add(start, duration)
        assert "more than 10 years from 2026" in str(too_far.value)
    always = WorkingTime(Rules("UTC", is_24x7=True))
    for far in (timedelta.max, timedelta(days=3700)):
        with pytest.raises(OutOfReach):
            always.add(start, far)
    for moment in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        with pytest.raises(OutOfReach, match="from 1990 to 2100"):
            hours.next_open(moment)
    with pytest.raises(ValueError, match="forwards"):
        hours.closing_of_working_day(start, -1)


def test_compiled_years_grow_on_demand_and_answers_stay_the_same() -> None:
    fresh, grown = china(2025, 2026), china(2025, 2026)
    for year in (2026, 2020, 2031):
        grown.between(datetime(year, 5, 1, tzinfo=UTC), datetime(year, 7, 1, tzinfo=UTC))
    start = datetime(2025, 12, 31, 17, 55, tzinfo=SHANGHAI)
    for hours in (1, 20, 500, 3000):
        assert grown.add(start, timedelta(hours=hours)) == fresh.add(start, timedelta(hours=hours))
