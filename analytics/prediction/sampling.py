"""Samples from clocks that have ended: their situations at moments of their lives, read from ledger and event log.

A clock is looked at whenever a drawn share of its time has been used, as long as it was running then. The shares are drawn
without looking at how long it lived, so those that were met early are neither left out nor counted too often.
"""

from __future__ import annotations

import random
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from analytics.prediction.features import Situation
from analytics.prediction.learning import Sample
from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.errors import OutOfReach
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.models import BusinessCalendar
from tickets.sla.book import rules_by_id
from tickets.sla.models import Clock, ClockEvent, ClockState
from tickets.sla.replay.loading import pasts_of
from tickets.sla.replay.timeline import Step, steps_of

MOMENTS = 4
MOST_CLOCKS = 20_000
BATCH = 500
# Ended with a result: met, or missed on the way to any end.
ENDED = Q(state=ClockState.MET) | Q(state=ClockState.CANCELLED, breached_at__isnull=False)


@dataclass(frozen=True)
class Stretch:
    """A clock between two lines of its ledger, as it was known then; `result` is how it went on after it: missed, kept, or
    None when it ended without either."""

    start: datetime
    end: datetime
    state: str
    resumed_at: datetime | None
    spent: int
    length: int
    target_id: int
    is_missed_already: bool
    result: bool | None


def closed_clocks(metric: str) -> int:
    """How many clocks of the metric have ended with a result."""
    return Clock.objects.filter(ENDED, metric=metric).count()


def samples_of(metric: str, now: datetime, most: int = MOST_CLOCKS) -> list[Sample]:
    """Samples of the newest clocks of a metric that have ended; bounded memory, batches of 500 clocks."""
    newest = Clock.objects.filter(ENDED, metric=metric).order_by("-pk").values_list("pk", flat=True)
    first = min(newest[:most], default=None)
    if first is None:
        return []
    samples: list[Sample] = []
    loads = Loads()
    after = first - 1
    while True:
        rows = Clock.objects.filter(metric=metric, pk__gt=after).order_by("pk")
        clocks = list(rows.values_list("pk", "ticket_id", "started_at", "ended_at")[:BATCH])
        if not clocks:
            break
        samples += _of_batch(clocks, now, loads)
        after = clocks[-1][0]
    return [
        replace(
            sample, situation=replace(sample.situation, load=loads.at(sample.situation.team_id, sample.situation.at))
        )
        for sample in samples
    ]


class Loads:
    """How many clocks were open in each team at a moment."""

    def __init__(self) -> None:
        self.starts: dict[int, list[datetime]] = defaultdict(list)
        self.ends: dict[int, list[datetime]] = defaultdict(list)

    def add(self, team_id: int, start: datetime, end: datetime | None) -> None:
        insort(self.starts[team_id], start)
        if end is not None:
            insort(self.ends[team_id], end)

    def at(self, team_id: int, moment: datetime) -> int:
        """Those that had started and not ended, the clock itself among them."""
        return bisect_right(self.starts[team_id], moment) - bisect_right(self.ends[team_id], moment)


def _of_batch(clocks: Sequence[tuple[Any, ...]], now: datetime, loads: Loads) -> list[Sample]:
    steps = {past.row.id: steps_of(past) for past in pasts_of({clock[1] for clock in clocks}, now)}
    ledgers = _ledgers([clock[0] for clock in clocks])
    hours = Hours()
    found = []
    for pk, ticket_id, started_at, ended_at in clocks:
        known = steps.get(ticket_id)
        if not known:
            continue
        loads.add(_step_at(known, started_at).facts.team_id, started_at, ended_at)
        for at, stretch in moments_of(stretches_of(ledgers[pk], now), pk, hours):
            if stretch.result is not None:
                situation = situation_at(at, stretch, _step_at(known, at), hours)
                found.append(Sample(situation, stretch.result, started_at, ended_at or now))
    return found


def _ledgers(ids: Iterable[int]) -> dict[int, list[tuple[datetime, str, dict[str, Any]]]]:
    found: dict[int, list[tuple[datetime, str, dict[str, Any]]]] = defaultdict(list)
    lines = ClockEvent.objects.filter(clock_id__in=list(ids)).order_by("clock_id", "id")
    for clock_id, at, kind, row in lines.values_list("clock_id", "at", "kind", "data__row"):
        found[clock_id].append((at, kind, row or {}))
    return found


def stretches_of(lines: Sequence[tuple[datetime, str, dict[str, Any]]], now: datetime) -> list[Stretch]:
    """What was known of the clock from each line to the next."""
    found: list[Stretch] = []
    row: dict[str, Any] = {}
    for nth, (at, _kind, changed) in enumerate(lines):
        row = {**row, **changed}
        end = lines[nth + 1][0] if nth + 1 < len(lines) else now
        if "state" not in row or end <= at:
            continue
        found.append(
            Stretch(
                at,
                end,
                row["state"],
                datetime.fromisoformat(row["resumed_at"]) if row.get("resumed_at") else None,
                row.get("spent_seconds", 0),
                row["length_seconds"],
                row["target_id"],
                row.get("breached_at") is not None,
                _result_after(lines, nth),
            )
        )
    return found


def _result_after(lines: Sequence[tuple[datetime, str, Any]], nth: int) -> bool | None:
    for _at, kind, _row in lines[nth + 1 :]:
        if kind in {"breached", "met"}:
            return bool(kind == "breached")
        if kind == "cancelled":
            return None
    return None


def moments_of(stretches: Sequence[Stretch], seed: int, hours: Hours) -> list[tuple[datetime, Stretch]]:
    """When the drawn shares of the time had been used, with the stretch in which that was."""
    draw = random.Random(seed)
    shares = [(nth + draw.random()) / MOMENTS for nth in range(MOMENTS)]
    found = []
    for share in shares:
        for stretch in stretches:
            at = _moment_of(share, stretch, hours)
            if at is not None:
                found.append((at, stretch))
                break
    return found


def _moment_of(share: float, stretch: Stretch, hours: Hours) -> datetime | None:
    """When this share was used, if the clock was running and not missed in this stretch then."""
    if stretch.state != ClockState.RUNNING or stretch.is_missed_already or stretch.resumed_at is None:
        return None
    ahead = share * stretch.length - stretch.spent
    if ahead < 0 or stretch.length <= 0:
        return None
    try:
        at = hours.of(stretch.target_id).add(stretch.resumed_at, timedelta(seconds=ahead))
    except OutOfReach:
        return None
    return at if stretch.start <= at < stretch.end else None


def situation_at(at: datetime, stretch: Stretch, step: Step, hours: Hours) -> Situation:
    """What was known at a moment: the clock's columns and the ticket's facts as of then."""
    assert stretch.resumed_at is not None
    facts = step.facts
    used = stretch.spent + max(0.0, hours.of(stretch.target_id).between(stretch.resumed_at, at).total_seconds())
    return Situation(
        at=at,
        share=used / stretch.length,
        left_seconds=stretch.length - used,
        length_seconds=stretch.length,
        priority=facts.priority,
        kind=facts.kind,
        channel=facts.channel_kind,
        level=facts.level,
        team_id=facts.team_id,
        is_owned=facts.owner_id is not None,
        messages=step.messages,
        age_seconds=(at - facts.created_at).total_seconds(),
    )


def _step_at(steps: Sequence[Step], at: datetime) -> Step:
    """The ticket as of a moment; its opening for a clock that began with it."""
    return steps[max(0, bisect_right([step.at for step in steps], at) - 1)]


class Hours:
    """The working time of targets' calendars, read once."""

    def __init__(self) -> None:
        self._of: dict[int, WorkingTime] = {}

    def of(self, target_id: int) -> WorkingTime:
        if target_id not in self._of:
            calendar_id = rules_by_id([target_id])[target_id].calendar_id
            self._of[target_id] = working_time(BusinessCalendar.objects.get(pk=calendar_id))
        return self._of[target_id]
