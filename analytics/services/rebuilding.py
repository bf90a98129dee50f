"""Making statistics anew from what they are made of, and checking that this changes nothing.

Outcomes come from the clocks' ledgers, happenings from the event log, facts of claims from the claims, totals from all
three. Each step is a short transaction that compares and writes only what differs, so it may be killed anywhere, run again,
and run while the consumer goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from aftersales.claims.models import Claim
from analytics.aftersales.counting import bring_in_line, count_open_anew, drop_foreign, total_claims_anew
from analytics.models import ClaimTotal, DayCount, Happening, Outcome, OutcomeTotal
from analytics.services.happenings import count_day_anew, count_happenings
from analytics.services.outcomes import Key, Said, lock_totals, next_outcome, policies_of, put, total_day_anew
from helpdesk.core.actors import SYSTEM
from helpdesk.core.company import company_day, start_of_day
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Cursor, Event, Job
from tickets.sla.models import Clock, ClockEvent, ClockEventKind

log = logging.getLogger(__name__)

JOB = "analytics.check"
CONSUMER = "analytics"
CLOCKS_AT_ONCE = 500
EVENTS_AT_ONCE = 2000
# The nightly check goes over so many days; older ones were checked before.
CHECKED = timedelta(days=35)
_KINDS = {ClockEventKind.MET: "met", ClockEventKind.BREACHED: "breached", ClockEventKind.RECOMPUTED: "withdrawn"}


@dataclass
class Differences:
    """What a check or a rebuild found wrong, and put right."""

    outcomes: int = 0
    happenings: int = 0
    claims: int = 0
    days: int = 0

    @property
    def any(self) -> bool:
        return bool(self.outcomes or self.happenings or self.claims or self.days)


@dataclass(frozen=True)
class Place:
    """How far a rebuild is: its step, and the last id, position or day (as an ordinal) that it has done."""

    step: str = "clocks"
    after: int = 0


def rebuild(tell: Callable[[Place], None] = lambda place: None, *, since: date | None = None) -> Differences:
    """Bring outcomes, happenings and totals in line with ledgers and event log; of all time, or of what was decided on or
    after a day. `tell` hears how far it is."""
    found = Differences()
    place: Place | None = Place()
    while place is not None:
        tell(place)
        place = go_on(place, since, found)
    return found


def go_on(place: Place, since: date | None, found: Differences) -> Place | None:
    """One short step, counted in `found`; where the next one begins, None at the end."""
    return _STEPS[place.step](place.after, since, found)


def _clocks(after: int, since: date | None, found: Differences) -> Place:
    rows = Clock.objects.filter(pk__gt=after)
    if since is not None:
        # what ended before has nothing that was decided since
        rows = rows.exclude(ended_at__lt=start_of_day(since))
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:CLOCKS_AT_ONCE])
    if not ids:
        found.outcomes += _drop_foreign()
        return Place("events")
    found.outcomes += settle_clocks(ids)
    return Place("clocks", ids[-1])


def _events(after: int, since: date | None, found: Differences) -> Place:
    """What happenings are made of, in the order of the log, as far as the consumer has come."""
    reached = Cursor.objects.filter(name=CONSUMER).values_list("position", flat=True).first() or 0
    if since is not None and not after:
        # positions follow the time closely enough for a start some hours earlier
        earlier = Event.objects.filter(at__lt=start_of_day(since - timedelta(days=1)), position__isnull=False)
        after = earlier.order_by("-at", "-id").values_list("position", flat=True).first() or 0
    batch = list(Event.objects.filter(position__gt=after, position__lte=reached).order_by("position")[:EVENTS_AT_ONCE])
    if not batch:
        return Place("claims")
    found.happenings += count_happenings(batch)
    return Place("events", batch[-1].position or 0)


def _claims(after: int, since: date | None, found: Differences) -> Place:
    rows = Claim.objects.filter(pk__gt=after)
    if since is not None:
        # what ended before, and was not reviewed since, says what it said
        rows = rows.exclude(closed_at__lt=start_of_day(since - CHECKED))
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:CLOCKS_AT_ONCE])
    if not ids:
        found.claims += drop_foreign() + count_open_anew()
        return Place("days", since.toordinal() - 1 if since else 0)
    found.claims += bring_in_line(ids)
    return Place("claims", ids[-1])


def _days(after: int, since: date | None, found: Differences) -> Place | None:
    last = date.fromordinal(max(after, 1))
    firsts = (model.objects.filter(day__gt=last).aggregate(day=Min("day"))["day"] for model in _BY_DAY)
    day = min((day for day in firsts if day is not None), default=None)
    if day is None:
        return None
    found.days += total_day_anew(day) + count_day_anew(day) + total_claims_anew(day)
    return Place("days", day.toordinal())


_BY_DAY: tuple[Any, ...] = (Outcome, OutcomeTotal, Happening, DayCount, ClaimTotal)
_STEPS: dict[str, Callable[[int, date | None, Differences], Place | None]] = {
    "clocks": _clocks,
    "events": _events,
    "claims": _claims,
    "days": _days,
}


@transaction.atomic
def settle_clocks(clock_ids: list[int]) -> int:
    """Bring the outcomes of these clocks in line with their ledgers; returns how many were wrong.

    What the ledger says but the consumer has not heard yet is right either way: hearing it later changes nothing.
    """
    lock_totals()
    lines = list(_lines(clock_ids))
    policies = policies_of({said.counted["version"] for said in lines if said.counted})
    kept = {(row.clock_id, row.generation): row for row in Outcome.objects.filter(clock_id__in=clock_ids)}
    wanted: dict[Key, Outcome | None] = dict.fromkeys(kept)
    for said in lines:
        key = (said.clock_id, said.generation)
        wanted[key] = next_outcome(wanted.get(key), said, policies)
    return put(kept, wanted)


def _lines(clock_ids: list[int]) -> Iterator[Said]:
    rows = ClockEvent.objects.filter(clock_id__in=clock_ids, kind__in=list(_KINDS)).order_by("clock_id", "pk")
    for clock_id, kind, data, ticket_id, metric in rows.values_list(
        "clock_id", "kind", "data", "clock__ticket_id", "clock__metric"
    ):
        word = _KINDS[ClockEventKind(kind)]
        if word == "withdrawn":
            if "withdrawn" in data:
                yield Said(clock_id, ticket_id, metric, word, data["withdrawn"])
        elif counted := data.get("counted"):
            is_late = word == "met" and data.get("in_time") is False
            yield Said(clock_id, ticket_id, metric, word, counted["generation"], is_late, counted)


@transaction.atomic
def _drop_foreign() -> int:
    """Outcomes of clocks that do not exist: after a restore of something else, never in a healthy house."""
    lock_totals()
    known = Clock.objects.values("pk")
    rows = list(Outcome.objects.exclude(clock_id__in=known)[:10_000])
    return put(
        {(row.clock_id, row.generation): row for row in rows}, {(row.clock_id, row.generation): None for row in rows}
    )


# --- Every night -----------------------------------------------------------------------------------------------------
def check_nightly() -> int:
    """Housekeeping: one check a day, when the night has begun in the company's time zone."""
    today = company_day(timezone.now())
    return int(enqueue(JOB, queue="bulk", dedupe_key=f"{JOB}:{today}") is not None)


def check(job: Job) -> dict[str, Any]:
    """The job: a step of a rebuild of the last weeks, which queues the next one, so that the consumer never waits long.
    Where figures differed they are put right, logged as an error and announced."""
    args = job.args
    since = date.fromisoformat(args["since"]) if "since" in args else company_day(timezone.now()) - CHECKED
    found = Differences(**args.get("found", {}))
    place = go_on(Place(args.get("step", "clocks"), args.get("after", 0)), since, found)
    if place is not None:
        following = {"since": since.isoformat(), "found": asdict(found), **asdict(place)}
        enqueue(JOB, queue="bulk", order_key=JOB, **following)
    elif found.any:
        log.error("statistics differed from the ledgers and the event log: %s", asdict(found))
        announce(Announcement("statistics.found_wrong", "statistics", 0, data=asdict(found)), by=SYSTEM)
    return asdict(found)
