"""The day plan: who goes where in which order, worked out anew by a worker, within the times that were promised."""

from __future__ import annotations

import time as stopwatch
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aftersales.visits.calc import Duty, Stop, order_of, walk
from aftersales.visits.models import DayPlan, Engineer, PlanState, Visit, VisitState
from aftersales.visits.routing import Routes, plan_routes
from aftersales.visits.routing.planning import road_of
from aftersales.visits.services.booking import planned_times_asked_at_the_end
from aftersales.visits.services.changing import may_plan
from aftersales.visits.slots import Roster, crew_all, read_roster
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.company import company_day, company_zone
from helpdesk.core.errors import Forbidden, Refused
from helpdesk.core.events import Announcement, announce_all
from helpdesk.core.jobs import enqueue, job_handler
from helpdesk.core.models import Job


class DayOver(Refused):
    """Only days to come are planned."""

    code = "day_over"
    status = 409


@transaction.atomic
def ask_day_plan(day: date, *, by: Actor) -> DayPlan:
    """Have a worker plan the day; the plan that waits already where one does.

    Refuses (`Forbidden`) who does not plan, and (`DayOver`) a day that is over.
    """
    if not may_plan(by):
        raise Forbidden
    now = clock.now()
    if day < company_day(now):
        raise DayOver(_("This day is over."))
    try:
        with transaction.atomic():
            plan = DayPlan.objects.create(on=day, asked_by_id=by.id if by.staff is not None else None, asked_at=now)
    except IntegrityError:  # somebody asked for it at the same moment
        return DayPlan.objects.get(on=day, state=PlanState.WAITING)
    enqueue("visits.plan_day", dedupe_key=f"visits.plan_day:{plan.pk}", order_key=f"day:{day}", plan=plan.pk)
    return plan


def plan_tomorrow() -> int:
    """Once in the evening: the plan of the next day, for days that have visits. Called every five minutes."""
    now = clock.now()
    local = now.astimezone(company_zone())
    if local.hour < settings.VISIT_PLAN_AT_HOUR:
        return 0
    day = local.date() + timedelta(days=1)
    start = datetime.combine(day, datetime.min.time(), tzinfo=company_zone())
    booked = Visit.objects.filter(state=VisitState.BOOKED).between(start, start + timedelta(days=1))
    evening = local.replace(hour=settings.VISIT_PLAN_AT_HOUR, minute=0, second=0, microsecond=0)
    if DayPlan.objects.filter(on=day, asked_at__gte=evening).exists() or not booked.exists():
        return 0
    ask_day_plan(day, by=SYSTEM)
    return 1


@job_handler("visits.plan_day")
def work_day_plan(job: Job) -> dict[str, int]:
    """Work out a plan that was asked for, and write it."""
    plan = DayPlan.objects.filter(pk=job.args["plan"], state=PlanState.WAITING).first()
    if plan is None:
        return {}
    began = stopwatch.monotonic()
    roster = read_roster(crew_all(), [plan.on], clock.now())
    duties = list(roster.duties.get(plan.on, ()))
    stops = [stop for duty in duties for stop in roster.of(duty, plan.on)]
    routes = plan_routes(duties, stops, seconds=settings.VISIT_PLAN_SECONDS)
    plan.moved = write_routes(plan.on, duties, stops, routes)
    plan.state, plan.finished_at, plan.engine = PlanState.DONE, clock.now(), routes.engine
    plan.visits = len(stops)
    plan.minutes_before = _road_before(duties, roster, plan.on) // 60
    plan.minutes_after = routes.road // 60
    plan.took_ms = int((stopwatch.monotonic() - began) * 1000)
    plan.save()
    return {"visits": plan.visits, "moved": plan.moved, "saved_minutes": plan.minutes_before - plan.minutes_after}


def _road_before(duties: Sequence[Duty], roster: Roster, day: date) -> int:
    """In the order in which they were planned; sorted by windows the rosters come."""
    planned = dict(
        Visit.objects.filter(pk__in=[stop.id for duty in duties for stop in roster.of(duty, day)]).values_list(
            "pk", "planned_at"
        )
    )
    days = {duty.engineer_id: _by_plan(roster.of(duty, day), planned) for duty in duties}
    return road_of(duties, days)


def _by_plan(stops: Sequence[Stop], planned: Mapping[int, datetime | None]) -> list[Stop]:
    return sorted(stops, key=lambda stop: (planned.get(stop.id) or datetime.max.replace(tzinfo=UTC), order_of(stop)))


@transaction.atomic
def write_routes(day: date, duties: Sequence[Duty], stops: Sequence[Stop], routes: Routes) -> int:
    """Give the visits of a day to the engineers of the plan, with the times at which they arrive; how many changed hands.

    The engineers of the day are locked in their order; an engineer whose visits changed while the plan was worked out keeps
    their own, and so does whoever would give to or take from them. Announces visit.assigned for each that changes hands.
    """
    ids = sorted(duty.engineer_id for duty in duties)
    list(Engineer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    before = {stop.id: stop.engineer_id for stop in stops}
    fresh = read_roster(crew_all(), [day], clock.now())
    now_has = {stop.id: stop for duty in fresh.duties.get(day, ()) for stop in fresh.of(duty, day)}
    changed = {pk for pk in {*before, *now_has} if pk not in now_has or _differs(now_has[pk], pk, stops)}
    if changed:
        return 0  # somebody booked meanwhile: the next plan takes it in
    by_id = {duty.engineer_id: duty for duty in duties}
    moved: dict[int, int | None] = {}
    with planned_times_asked_at_the_end():
        for engineer_id, route in routes.days.items():
            reached = walk(by_id[engineer_id], route)
            if reached is None:
                continue
            for stop, second in zip(route, reached, strict=True):
                if stop.arrived is not None:
                    continue
                _write_stop(stop, engineer_id, datetime.fromtimestamp(second, UTC))
                if before[stop.id] != engineer_id:
                    moved[stop.id] = before[stop.id]
    _announce_moved(moved)
    return len(moved)


def _differs(stop: Stop, pk: int, stops: Sequence[Stop]) -> bool:
    known = next((one for one in stops if one.id == pk), None)
    return known is None or (known.engineer_id, known.start, known.end, known.arrived) != (
        stop.engineer_id,
        stop.start,
        stop.end,
        stop.arrived,
    )


def _write_stop(stop: Stop, engineer_id: int, arrival: datetime) -> None:
    row = Visit.objects.filter(pk=stop.id, state=VisitState.BOOKED)
    if stop.engineer_id != engineer_id:
        row.update(engineer_id=engineer_id, planned_at=arrival, assigned_at=clock.now())
    else:
        row.update(planned_at=arrival)


def _announce_moved(moved: Mapping[int, int | None]) -> None:
    """Visit → the engineer who had it."""
    visits = Visit.objects.filter(pk__in=moved).select_related("claim")
    announce_all(
        [
            Announcement(
                "visit.assigned",
                "ticket",
                visit.claim.ticket_id,
                visit.claim.ticket_id,
                visit.claim.customer_id,
                {
                    "visit": visit.pk,
                    "claim": visit.claim_id,
                    "engineer": visit.engineer_id,
                    "before": moved[visit.pk],
                    "plan": True,
                },
                None,
            )
            for visit in visits
        ],
        by=SYSTEM,
        at=clock.now(),
    )
