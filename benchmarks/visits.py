"""How fast free times are found, and how fast a day's routes are planned.

`python -m benchmarks.visits` makes 100 engineers of a town with four visits each on every one of 14 days (5,600 visits), and
asks for the free times of one visit more, which any of the 100 could make: with days as they are, with every day full, and for
a visit so long that nobody is found and everybody is tried. Then it plans a day of 100 visits for 20 engineers as the worker's
job does, with the library for routes and without. `--profile` adds where the time of the search goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import random
import shutil
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import places
from benchmarks.load import percentile

ENGINEERS, DAYS, VISITS_A_DAY = 100, 14, 4
PLANNED_ENGINEERS, PLANNED_VISITS = 20, 100
GOAL_SEARCH_MS, GOAL_PLAN_S = 200, 10
SEARCHES = 40
HOURS = (9, 11, 13, 15, 17)


def people(count: int, *, most: int, prefix: str, chance: random.Random) -> list[Any]:
    """Engineers who work every day from nine to seven, three of five skills each, all of one town."""
    from aftersales.visits.models import Engineer, ServiceArea
    from helpdesk.accounts.models import Shift, Skill, Staff, StaffSkill

    area, _made = ServiceArea.objects.get_or_create(name="Town", defaults={"cities": ["Town"]})
    skills = [Skill.objects.get_or_create(name=f"Bench {nth}")[0] for nth in range(5)]
    staff = Staff.objects.bulk_create(
        Staff(username=f"{prefix}{nth}", name=f"Engineer {nth}", role="engineer", password="!") for nth in range(count)
    )
    Shift.objects.bulk_create(
        Shift(staff=one, weekday=weekday, starts=9 * 60, ends=19 * 60) for one in staff for weekday in range(7)
    )
    StaffSkill.objects.bulk_create(
        StaffSkill(staff=one, skill=skill) for one in staff for skill in chance.sample(skills, 3)
    )
    engineers = Engineer.objects.bulk_create(Engineer(staff=one, most_a_day=most, **place(chance)) for one in staff)
    area.engineers.add(*engineers)
    return engineers


def place(chance: random.Random) -> dict[str, float]:
    """A point of the town, 30 km wide."""
    return {"latitude": 30.1 + chance.random() * 0.3, "longitude": 120 + chance.random() * 0.3}


def claims(count: int) -> list[Any]:
    """Claims for visits to hang on, all of one ticket."""
    from aftersales.claims.models import Claim
    from tickets.models import Ticket

    ticket = Ticket.objects.select_related("customer").order_by("pk").first() or first_ticket()
    return Claim.objects.bulk_create(
        (
            Claim(ticket=ticket, customer=ticket.customer, kind="installation", state="visit_arranged")
            for _ in range(count)
        ),
        batch_size=1000,
    )


def first_ticket() -> Any:
    """A ticket as a customer's mail opens it."""
    from helpdesk.core.actors import SYSTEM
    from helpdesk.core.models import ChannelAccount
    from helpdesk.customers.identities import email
    from tickets.intake.arrival import Arrival
    from tickets.intake.services import receive

    account = ChannelAccount.objects.order_by("pk").first()
    assert account is not None, "`prepare` makes accounts"
    known = [one for one in [email("bench@customer.example")] if one is not None]
    arrival = Arrival(account=account, known=known, name="Bench", subject="Bench",
                      text="Bench", author_address="bench@customer.example", external_id="bench")  # fmt: skip
    return receive(arrival, by=SYSTEM).ticket


def book_days(engineers: list[Any], first: Any, days: int, a_day: int, chance: random.Random) -> None:
    """So many visits of everybody on each of these days, one a window."""
    from aftersales.visits.models import ServiceArea, Visit
    from helpdesk.core.company import company_zone

    area = ServiceArea.objects.get(name="Town")
    hanging = iter(claims(len(engineers) * days * a_day))
    rows = []
    for day in range(days):
        midnight = datetime.combine(first + timedelta(days=day), datetime.min.time(), tzinfo=company_zone())
        for engineer in engineers:
            for hour in chance.sample(HOURS, a_day):
                start = midnight + timedelta(hours=hour)
                window = {"window_start": start, "window_end": start + timedelta(hours=2)}
                rows.append(
                    Visit(claim=next(hanging), state="booked", engineer=engineer, area=area, planned_at=start,
                          minutes=chance.choice((30, 45, 60)), **window, **place(chance))
                )  # fmt: skip
    Visit.objects.bulk_create(rows, batch_size=1000)


def search(asked: Any, profile: cProfile.Profile | None) -> dict[str, float]:
    """Milliseconds of a search, queries included (`cpu_ms`: without the waiting, and without the database)."""
    from django.utils import timezone

    from aftersales.visits.slots import free_slots

    now = timezone.now()
    found = free_slots(asked, now)
    times: list[float] = []
    busy = time.process_time()
    if profile is not None:
        profile.enable()
    for _ in range(SEARCHES):
        began = time.perf_counter()
        free_slots(asked, now)
        times.append((time.perf_counter() - began) * 1000)
    if profile is not None:
        profile.disable()
    return {
        "slots": len(found),
        "p50_ms": round(statistics.median(times)),
        "p95_ms": round(percentile(times, 0.95)),
        # what the process itself computed, whoever else was on the machine
        "cpu_ms": round((time.process_time() - busy) * 1000 / SEARCHES),
    }


def measure_search(profile: cProfile.Profile | None) -> dict[str, Any]:
    from aftersales.visits.models import Engineer, ServiceArea, Visit
    from helpdesk.core import clock
    from helpdesk.core.company import company_day

    chance = random.Random(1)
    engineers = people(ENGINEERS, most=8, prefix="engineer", chance=chance)
    book_days(engineers, company_day(clock.now()), DAYS, VISITS_A_DAY, chance)
    analyze()
    asked = Visit(claim=claims(1)[0], area=ServiceArea.objects.get(name="Town"), minutes=60, **place(chance))
    asked.save()
    result = {"usual": search(asked, profile)}
    Engineer.objects.update(most_a_day=VISITS_A_DAY)
    result["every_day_full"] = search(asked, profile)
    # nobody has reached the most of a day, but no visit fits between those that there are
    Engineer.objects.update(most_a_day=20)
    asked.minutes = 400
    result["nothing_fits"] = search(asked, profile)
    return result


def measure_plan() -> dict[str, Any]:
    """The job as a worker does it."""
    from importlib.util import find_spec

    from aftersales.visits.models import DayPlan, Engineer, Visit
    from aftersales.visits.routing import planning
    from aftersales.visits.services.planning import ask_day_plan, work_day_plan
    from helpdesk.core import clock
    from helpdesk.core.actors import SYSTEM
    from helpdesk.core.company import company_day
    from helpdesk.core.models import Job

    Visit.objects.all().delete()
    Engineer.objects.update(is_active=False)
    chance = random.Random(2)
    engineers = people(PLANNED_ENGINEERS, most=8, prefix="planned", chance=chance)
    first = company_day(clock.now()) + timedelta(days=1)
    results = {}
    has = planning.has_ortools
    for nth, engine in enumerate(("greedy", "ortools")):
        if engine == "ortools" and find_spec("ortools") is None:
            continue
        day = first + timedelta(days=nth)
        book_days(engineers, day, 1, PLANNED_VISITS // PLANNED_ENGINEERS, random.Random(3))
        planning.has_ortools = (lambda: False) if engine == "greedy" else has
        ask_day_plan(day, by=SYSTEM)
        job = Job.objects.filter(kind="visits.plan_day").latest("pk")
        began = time.perf_counter()
        work_day_plan(job)
        seconds = time.perf_counter() - began
        plan = DayPlan.objects.get(on=day)
        results[engine] = {
            "engine": plan.engine,
            "seconds": round(seconds, 2),
            "visits": plan.visits,
            "moved": plan.moved,
            "road_minutes": [plan.minutes_before, plan.minutes_after],
        }
    planning.has_ortools = has
    return results


def analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE visits_visit, visits_engineer, accounts_shift, accounts_staffskill")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visits", description=__doc__)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args(arguments)
    places.base_directory().mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="visits-", dir=places.base_directory()))
    try:
        with places.engines_of(directory):
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0, interactive=False)
            call_command("prepare", verbosity=0)
            profile = cProfile.Profile() if options.profile else None
            result = {
                "goal_search_ms": GOAL_SEARCH_MS,
                "goal_plan_s": GOAL_PLAN_S,
                "search": measure_search(profile),
                "plan": measure_plan(),
            }
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
