"""The batch alarm against generators whose law is known."""

from __future__ import annotations

import random

import pytest

from aftersales.incidents.calc import Watched, alarms, tail


def poisson(chance: random.Random, rate: float) -> int:
    """Knuth's method, for small rates."""
    count, product, limit = 0, chance.random(), 2.718281828459045**-rate
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def watch(chance: random.Random, key: int, rate: float, factor: float = 1.0) -> Watched:
    """A product with 90 days of past and one watched day, whose rate may have changed."""
    past = sum(poisson(chance, rate) for _day in range(90))
    return Watched(key, poisson(chance, rate * factor), 1.0, past, 90.0)


@pytest.mark.req("F6", "above their usual rate")
def test_twelve_claims_on_a_lot_that_has_two_in_a_week_raise_an_alarm() -> None:
    quiet = [Watched(f"p{number}", 1, 1.0, 30, 90.0) for number in range(200)]
    found = alarms([*quiet, Watched("lot", 12, 1.0, 26, 90.0)], false_rate=0.01, least=5)
    assert [alarm.watched.key for alarm in found] == ["lot"]
    assert found[0].times > 20
    assert found[0].p < found[0].limit


def test_a_busy_product_on_a_usual_day_raises_none() -> None:
    assert alarms([Watched("best seller", 45, 1.0, 3600, 90.0)], false_rate=0.01, least=5) == []


def test_little_past_makes_careful() -> None:
    known, fresh = Watched("known", 6, 1.0, 45, 90.0), Watched("fresh", 6, 1.0, 1, 2.0)
    assert tail(known) < 0.001 < tail(fresh)


def test_false_alarms_stay_rare_over_many_products_and_days() -> None:
    chance = random.Random(20261122)
    days = 60
    raised = sum(
        bool(alarms([watch(chance, key, 0.2 + key % 7) for key in range(60)], false_rate=0.01, least=3))
        for _day in range(days)
    )
    # a day without any true alarm has a false one with a probability of at most 1 %
    assert raised <= 4


def test_a_rate_five_times_the_usual_is_found() -> None:
    chance = random.Random(7)
    found = 0
    for _day in range(40):
        rows = [watch(chance, key, 3.0) for key in range(60)]
        rows[0] = watch(chance, 0, 3.0, factor=5.0)
        found += any(alarm.watched.key == 0 for alarm in alarms(rows, false_rate=0.01, least=5))
    assert found >= 30


def test_nothing_watched_raises_nothing() -> None:
    assert alarms([], false_rate=0.01, least=5) == []
    assert tail(Watched("none", 0, 1.0, 10, 90.0)) == 1.0
