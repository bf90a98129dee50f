"""The routes of a day: worked out by a worker, within what was promised."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.visits.calc import Duty, Spot, Stop, inserted, order_of, walk, way
from aftersales.visits.models import DayPlan, Engineer, PlanState, Visit, VisitState
from aftersales.visits.routing import plan_routes
from aftersales.visits.routing.planning import road_of
from aftersales.visits.services.booking import book
from aftersales.visits.services.planning import DayOver, ask_day_plan, plan_tomorrow
from aftersales.visits.slots import free_slots
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.company import company_day, start_of_day
from helpdesk.core.errors import Forbidden
from tests.aftersales.visits.factories import make_asked, make_engineer, slots_of
from tests.aftersales.visits.working import work_jobs
from tests.factories import actor, make_staff

HOUR = 3600


def a_world(seed: int, visits: int, engineers: int) -> tuple[list[Duty], list[Stop]]:
    """Engineers with shifts and skills, visits spread over a town."""
    chance = random.Random(seed)

    def spot() -> Spot:
        return Spot(chance.randint(1, 4), 30.1 + chance.random() * 0.4, 120 + chance.random() * 0.4)

    duties = [
        Duty(
            nth + 1,
            ((0, 3 * HOUR), (4 * HOUR, 10 * HOUR)),
            spot(),
            8,
            frozenset(chance.sample(range(1, 6), 3)),
            frozenset(),
        )
        for nth in range(engineers)
    ]
    stops = []
    for nth in range(visits):
        start = chance.choice([0, 2, 4, 6, 8]) * HOUR
        stops.append(
            Stop(nth + 1, start, start + 2 * HOUR, chance.choice([30, 45, 60]) * 60, spot(), chance.randint(1, 5))
        )
    return duties, stops


def holds(duties: Sequence[Duty], days: dict[int, list[Stop]], left: Sequence[Stop], stops: Sequence[Stop]) -> None:
    """Every visit once, with somebody who can make it, within its window."""
    placed = [stop.id for day in days.values() for stop in day]
    assert sorted([*placed, *(stop.id for stop in left)]) == sorted(stop.id for stop in stops)
    for duty in duties:
        day = days[duty.engineer_id]
        reached = walk(duty, day)
        assert reached is not None
        for stop, arrival in zip(day, reached, strict=True):
            assert duty.may_make(stop)
            assert stop.start <= arrival <= stop.end
            assert any(opens <= arrival and arrival + stop.stay <= closes for opens, closes in duty.stretches)


@pytest.mark.parametrize("seed", range(4))
def test_routes_without_a_library_keep_every_window_and_skill(seed: int) -> None:
    duties, stops = a_world(seed, 30, 8)
    routes = plan_routes(duties, stops, seconds=1, use_ortools=False)
    assert routes.engine == "greedy"
    holds(duties, routes.days, routes.left, stops)


def test_routes_of_the_library_keep_them_too_and_are_never_worse() -> None:
    duties, stops = a_world(7, 30, 8)
    plain = plan_routes(duties, stops, seconds=1, use_ortools=False)
    routes = plan_routes(duties, stops, seconds=2, use_ortools=True)
    assert routes.engine == "ortools"
    holds(duties, routes.days, routes.left, stops)
    assert (len(routes.left), routes.road) <= (len(plain.left), plain.road)


def test_a_pinned_visit_stays_with_its_engineer() -> None:
    here, there = Spot(1, 30.0, 120.0), Spot(1, 30.05, 120.05)
    duties = [Duty(1, ((0, 9 * HOUR),), here, 8), Duty(2, ((0, 9 * HOUR),), there, 8)]
    stops = [
        Stop(1, 0, 2 * HOUR, 2 * HOUR, here, engineer_id=2, is_fixed=True),
        Stop(2, 0, 2 * HOUR, 2 * HOUR, here, engineer_id=2),
    ]
    for use_ortools in (False, True):
        routes = plan_routes(duties, stops, seconds=1, use_ortools=use_ortools)
        assert [stop.id for stop in routes.days[2]] == [1]
        assert [stop.id for stop in routes.days[1]] == [2]


def test_nobody_works_through_a_break_or_before_they_could_be_there() -> None:
    near, far = Spot(1, 30.0, 120.0), Spot(1, 30.0, 120.1)
    duty = Duty(1, ((0, 3 * HOUR), (4 * HOUR, 8 * HOUR)), near, 8)
    over_the_break = Stop(1, 2 * HOUR, 4 * HOUR, 2 * HOUR, near)
    assert walk(duty, [over_the_break]) == [4 * HOUR]
    assert walk(duty, [Stop(1, 0, 60, HOUR, far)]) is None
    assert way(near, far) > 60
    first, second = Stop(1, 0, HOUR, HOUR, near), Stop(2, 0, 2 * HOUR, HOUR, far)
    assert inserted(duty, [first], second) == [first, second]
    assert order_of(first) < order_of(second)
    assert road_of([duty], {1: [first, second]}) == way(near, near) + way(near, far)


@pytest.mark.django_db
@pytest.mark.req("F8", "route list")
def test_a_worker_plans_the_day_and_puts_visits_in_order() -> None:
    make_engineer("east", latitude=30.05, longitude=120.05)
    visits = [make_asked() for _ in range(2)]
    for visit, place in zip(visits, (30.0, 30.05), strict=True):
        Visit.objects.filter(pk=visit.pk).update(latitude=place, longitude=120.0 if place == 30.0 else 120.05)
    slot = slots_of(visits[0])[5]
    for visit in visits:
        book(visit.pk, slot.key, by=SYSTEM)
    make_engineer("west", latitude=30.0, longitude=120.0)
    plan = ask_day_plan(company_day(slot.start), by=actor(make_staff("leads", role="lead")))
    work_jobs("visits.plan_day")
    plan.refresh_from_db()
    assert (plan.state, plan.visits, plan.moved) == (PlanState.DONE, 2, 1)
    assert plan.minutes_after < plan.minutes_before
    for visit in visits:
        visit.refresh_from_db()
        assert visit.state == VisitState.BOOKED
        assert visit.window == (slot.start, slot.end)
    assert [visit.engineer.staff.username for visit in visits if visit.engineer] == ["west", "east"]


@pytest.mark.django_db
def test_the_next_day_is_planned_by_itself_once_in_the_evening(settings: Any) -> None:
    make_engineer()
    visit = make_asked()
    tomorrow = company_day(clock.now()) + timedelta(days=1)
    settings.VISIT_PLAN_AT_HOUR = 0
    assert plan_tomorrow() == 0
    slot = next(slot for slot in slots_of(visit) if company_day(slot.start) >= tomorrow)
    Visit.objects.filter(pk=visit.pk).update(
        state=VisitState.BOOKED,
        engineer=Engineer.objects.get(),
        window_start=start_of_day(tomorrow) + timedelta(hours=9),
        window_end=start_of_day(tomorrow) + timedelta(hours=11),
    )
    assert slot.engineers == 1
    assert [plan_tomorrow(), plan_tomorrow()] == [1, 0]
    work_jobs("visits.plan_day")
    assert plan_tomorrow() == 0
    settings.VISIT_PLAN_AT_HOUR = 24
    DayPlan.objects.all().delete()
    assert plan_tomorrow() == 0


@pytest.mark.django_db
def test_a_search_for_free_times_costs_the_same_for_one_engineer_and_for_many() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert free_slots(visit, clock.now())
        return len(queries)

    make_engineer()
    visit = make_asked()
    few = cost()
    for _ in range(4):
        other = make_asked()
        book(other.pk, slots_of(other)[0].key, by=SYSTEM)
        make_engineer()
    assert cost() <= few <= 10


@pytest.mark.django_db
def test_a_day_is_asked_for_once_at_a_time_and_never_when_it_is_over() -> None:
    tomorrow = company_day(clock.now()) + timedelta(days=1)
    assert ask_day_plan(tomorrow, by=SYSTEM) == ask_day_plan(tomorrow, by=SYSTEM)
    with pytest.raises(DayOver):
        ask_day_plan(tomorrow - timedelta(days=3), by=SYSTEM)
    with pytest.raises(Forbidden):
        ask_day_plan(tomorrow, by=actor(make_staff("agent")))
    assert DayPlan.objects.count() == 1
