"""Terms of months, extensions that follow on, and cover without a gap."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.warranty.calc import add_months, covered_until, extended, term_of


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
    ],
)
def test_months_later(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@pytest.mark.req("F7", "computed")
def test_a_term_ends_with_the_day_before_and_an_extension_follows_on() -> None:
    base = term_of(date(2026, 3, 15), 12)
    assert base.ends_on == date(2027, 3, 14)
    more = extended(base, 24)
    assert more.starts_on == date(2027, 3, 15)
    assert covered_until([more, base], date(2026, 5, 1)) == date(2029, 3, 14)


def test_a_gap_ends_the_cover() -> None:
    first, later = term_of(date(2026, 1, 1), 6), term_of(date(2026, 8, 1), 6)
    assert covered_until([first, later], date(2026, 2, 1)) == date(2026, 6, 30)
    assert covered_until([first, later], date(2026, 7, 15)) is None
    assert covered_until([first, later], date(2026, 9, 1)) == date(2027, 1, 31)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 240), st.integers(1, 60))
def test_an_extension_leaves_no_gap_and_no_overlap(start: date, months: int, more: int) -> None:
    base = term_of(start, months)
    both = [base, extended(base, more)]
    assert covered_until(both, start) == both[1].ends_on
    assert not any(term.holds_on(both[1].ends_on + timedelta(days=1)) for term in both)
    assert not base.holds_on(both[1].starts_on)
