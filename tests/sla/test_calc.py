"""The arithmetic of clocks: ladders, deadlines, and the moments in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.rules import Hours, Rules
from tickets.sla.calc import Rule, due_of, ladder_of, length_of, moments, replay, share_text, spent_between

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = WorkingTime(Rules("Asia/Shanghai", ((Hours(540, 720), Hours(780, 1080)),) * 5 + ((),) * 2))
MONDAY = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)


def rule(**fields: Any) -> Rule:
    return Rule(1, 1, "resolution", 1, **{"seconds": None, "working_days": None, **fields})


def test_the_ladder_is_in_the_order_of_time_and_the_breach_comes_before_what_follows_from_it() -> None:
    act = ({"do": "notify"},)
    ladder = ladder_of(
        [Decimal(90), Decimal(50)], [(None, 60, act), (Decimal(100), None, act), (Decimal(80), None, act)]
    )
    assert [rung.key for rung in ladder] == ["warn-50", "at-80", "warn-90", "breach", "at-100", "after-60"]


def test_a_share_has_one_name_however_it_is_written() -> None:
    assert [share_text(Decimal(text)) for text in ("50", "50.00", "55.56", "7.5")] == ["50", "50", "55.56", "7.5"]


def test_moments_count_working_time_only() -> None:
    due = due_of(OFFICE, MONDAY, MONDAY, 10 * 3600, ends_at_closing=False)
    ladder = ladder_of([Decimal(50)], [(None, 3600, ())])
    found = moments(OFFICE, ladder, started_at=MONDAY, resumed_at=MONDAY, spent=0, due_at=due)
    assert [(moment.astimezone(SHANGHAI).strftime("%d %H:%M"), rung.key) for moment, rung in found] == [
        ("02 16:00", "warn-50"),
        ("03 12:00", "breach"),
        ("03 14:00", "after-3600"),
    ]


@pytest.mark.parametrize(("days", "due"), [(0, "02 18:00"), (1, "03 18:00"), (5, "09 18:00")])
def test_days_end_at_closing_time(days: int, due: str) -> None:
    length = length_of(OFFICE, rule(working_days=days), MONDAY)
    moment = due_of(OFFICE, MONDAY, MONDAY, length, ends_at_closing=True)
    assert moment.astimezone(SHANGHAI).strftime("%d %H:%M") == due


@given(
    start=st.integers(0, 60 * 24 * 3600),
    length=st.integers(1, 200 * 3600),
    pauses=st.lists(st.tuples(st.integers(0, 40 * 3600), st.integers(0, 400 * 3600)), max_size=6),
)
def test_pausing_at_any_times_never_gains_or_loses_a_working_second(
    start: int, length: int, pauses: list[tuple[int, int]]
) -> None:
    at = MONDAY + timedelta(seconds=start)
    spent, began = 0, at
    for run, rest in pauses:
        stopped = began + timedelta(seconds=run)
        spent += spent_between(OFFICE, began, stopped)
        began = stopped + timedelta(seconds=rest)
    due = due_of(OFFICE, at, began, length - spent, ends_at_closing=False)
    if spent < length:
        assert spent + spent_between(OFFICE, began, due) == length
    else:
        assert at <= due <= began


def test_replay_lays_each_line_over_the_ones_before() -> None:
    lines: list[dict[str, Any]] = [
        {"row": {"state": "running", "spent": 0}},
        {"policy": 1},
        {"row": {"state": "paused"}},
    ]
    assert replay(lines) == {"state": "paused", "spent": 0}
