"""Due clocks: warnings, breaches and escalation steps, found by a partial index and written set-wise, each step once.

The sweep locks clock rows only and waits for nothing (`SKIP LOCKED`), so several may run, and a verb that holds a ticket
never meets it in the wrong order. A step that changes a ticket becomes a job, which calls the verb.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from helpdesk.accounts.models import Notification
from helpdesk.core import bus, leasing
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.events import Announcement, announce_all
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job, LeasedState
from helpdesk.core.registries import actions
from tickets.sla.actions import NOTIFY
from tickets.sla.audience import About, Audience
from tickets.sla.book import Book, open_book, rules_by_id
from tickets.sla.calc import BREACH, Rule, Rung, within_reach
from tickets.sla.models import Clock, ClockEventKind, ClockState
from tickets.sla.services.clocks import rungs_of
from tickets.sla.services.telling import counted
from tickets.sla.services.writing import Pen, with_fired

log = logging.getLogger(__name__)

ASIDE_JOB = "sla.clock_due"
ACT_JOB = "sla.act"
# Whom a warning and a breach tell, besides what the ladder says.
_WARNING_TO = ("owner",)
_BREACH_TO = ("owner", "lead")


@dataclass
class Told:
    """One step that fired, and whom it tells."""

    clock: Clock
    rung: Rung
    kind: ClockEventKind
    staff: list[int] = field(default_factory=list)
    counted: dict[str, Any] | None = None


def sweep_clocks(now: datetime, limit: int) -> int:
    """Act on up to `limit` due clocks; returns on how many. One that cannot be worked is set aside: a job tries it again and
    is parked with the reason in the end, and the others go on."""
    aside = _aside()
    try:
        return work_due(now, limit, aside=aside)
    except Exception as error:
        log.warning("a batch of clocks failed, they go one by one: %s", type(error).__name__)
        connection.close_if_unusable_or_obsolete()
    done = 0
    for pk in list(_due(now, aside).values_list("pk", flat=True)[:limit]):
        try:
            done += work_due(now, 1, only=pk)
        except Exception as error:
            log.warning("clock %s is set aside: %s", pk, type(error).__name__)
            connection.close_if_unusable_or_obsolete()
            enqueue(ASIDE_JOB, pk=pk)
    return done


def work_aside(job: Job) -> None:
    """The job of a clock that was set aside."""
    work_due(timezone.now(), 1, only=job.args["pk"])


def oldest_due() -> datetime | None:
    """When the clock that is most overdue for the sweep was due; None when none is."""
    due = _due(timezone.now(), _aside()).values_list("next_fire_at", flat=True)
    return due.first()


def _aside() -> list[int]:
    open_jobs = Job.objects.filter(kind=ASIDE_JOB).exclude(state=LeasedState.DONE)
    return list(open_jobs.values_list("args__pk", flat=True))


def _due(now: datetime, aside: Sequence[int] = ()) -> Any:
    due = Clock.objects.filter(state=ClockState.RUNNING, next_fire_at__lte=now).order_by("next_fire_at")
    return due.exclude(pk__in=aside) if aside else due


@transaction.atomic
def work_due(now: datetime, limit: int, *, aside: Sequence[int] = (), only: int | None = None) -> int:
    """One batch in one transaction: steps, ledger, event log, notifications, jobs."""
    rows = with_fired(_due(now, aside) if only is None else _due(now).filter(pk=only))
    clocks = list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",))[:limit])
    if not clocks:
        return 0
    book, rules = open_book(), rules_by_id(clock.target_id for clock in clocks)
    pen = Pen(now)
    audience = Audience.of({clock.ticket_id for clock in clocks}, {clock.policy_version_id for clock in clocks})
    told = [
        step
        for clock in clocks
        for step in _advance(clock, rules[clock.target_id], book, pen, audience.about[clock.ticket_id])
    ]
    pen.write()
    _tell(told, audience, now)
    _queue_actions(told)
    return len(clocks)


def _advance(clock: Clock, rule: Rule, book: Book, pen: Pen, about: About) -> list[Told]:
    """Fire what is due on one clock, in its order, and set the next moment."""
    assert clock.resumed_at is not None
    assert clock.due_at is not None
    hours = within_reach(book.hours(rule.calendar_id), clock.resumed_at, rule)
    fired: list[str] = clock.fired_keys  # type: ignore[attr-defined]
    pen.take(clock)
    steps: list[Told] = []
    ladder = sorted(rungs_of(clock, rule, hours), key=lambda pair: pair[0])
    for moment, rung in ladder:
        if moment > pen.now or rung.key in fired:
            continue
        kind = _kind(rung)
        step = Told(clock, rung, kind)
        more: dict[str, Any] = {}
        if kind == ClockEventKind.BREACHED:
            clock.breached_at = clock.due_at
            pen.miss(clock)
            more["counted"] = step.counted = counted(clock, about, clock.due_at)
        pen.fire(clock, rung.key)
        pen.note(clock, kind, step=rung.key, due=clock.due_at.isoformat(), fired_after=_lag(pen.now, moment), **more)
        fired.append(rung.key)
        steps.append(step)
    clock.next_fire_at = next((moment for moment, rung in ladder if rung.key not in fired), None)
    return steps


def _kind(rung: Rung) -> ClockEventKind:
    if rung.key == BREACH:
        return ClockEventKind.BREACHED
    return ClockEventKind.WARNED if rung.key.startswith("warn-") else ClockEventKind.ESCALATED


def _lag(now: datetime, moment: datetime) -> float:
    return round((now - moment).total_seconds(), 3)


# --- Telling ---------------------------------------------------------------------------------------------------------
def _tell(told: Sequence[Told], audience: Audience, now: datetime) -> None:
    """One event for each step, and a notification for each person and step; of several warnings of one clock that came
    late together, only the last is told, since the others say nothing new."""
    latest = {step.clock.pk: step for step in told if step.kind != ClockEventKind.ESCALATED}
    for step in told:
        if step.kind == ClockEventKind.ESCALATED or latest[step.clock.pk] is step:
            step.staff = _hearers(step, audience)
    events = announce_all([_announcement(step, audience) for step in told], by=SYSTEM, at=now)
    rows = [
        Notification(
            staff_id=pk,
            kind=event.name,
            event_id=event.pk,
            ticket_id=event.ticket_id,
            data={"metric": step.clock.metric, "step": step.rung.key},
            created_at=now,
        )
        for event, step in zip(events, told, strict=True)
        for pk in step.staff
    ]
    if not rows:
        return
    Notification.objects.bulk_create(rows)
    people = sorted({row.staff_id for row in rows})
    transaction.on_commit(lambda: bus.push((f"staff:{pk}", {"t": "notice"}) for pk in people))


def _hearers(step: Told, audience: Audience) -> list[int]:
    clock = step.clock
    if step.kind != ClockEventKind.ESCALATED:
        to = _BREACH_TO if step.kind == ClockEventKind.BREACHED else _WARNING_TO
        return audience.who(clock.ticket_id, clock.policy_version_id, to)
    found: list[int] = []
    for action in step.rung.actions:
        if action["do"] == NOTIFY:
            found += audience.who(
                clock.ticket_id, clock.policy_version_id, action.get("to", ()), action.get("staff", ())
            )
    return list(dict.fromkeys(found))


def _announcement(step: Told, audience: Audience) -> Announcement:
    clock = step.clock
    about = audience.about[clock.ticket_id]
    data = {
        "clock": clock.pk,
        "metric": clock.metric,
        "step": step.rung.key,
        "due": clock.due_at.isoformat() if clock.due_at else None,
        "row_version": about.row_version,
    }
    if step.kind == ClockEventKind.ESCALATED:
        data["actions"] = [action["do"] for action in step.rung.actions]
    if step.counted is not None:
        data["counted"] = step.counted
    return Announcement(f"clock.{step.kind}", "ticket", clock.ticket_id, clock.ticket_id, about.customer_id, data)


# --- Acting ----------------------------------------------------------------------------------------------------------
def _queue_actions(told: Sequence[Told]) -> None:
    """A job for each action that changes a ticket; those of one ticket go in their order."""
    jobs = [
        Job(
            kind=ACT_JOB,
            queue="events",
            order_key=f"sla.act:{step.clock.ticket_id}",
            dedupe_key=f"sla.act:{step.clock.pk}:{step.clock.generation}:{step.rung.key}:{nth}",
            args={
                "ticket": step.clock.ticket_id,
                "version": step.clock.policy_version_id,
                "clock": step.clock.pk,
                "action": dict(action),
            },
        )
        for step in told
        for nth, action in enumerate(step.rung.actions)
        if action["do"] != NOTIFY
    ]
    if jobs:
        Job.objects.bulk_create(jobs)
        leasing.offer_all_on_commit(jobs)


def act(job: Job) -> dict[str, str]:
    """The job of one action. It calls the verb as automation; what a verb refuses parks the job with its reason. Nothing is
    done for a clock that ended meanwhile: the matter is settled."""
    clock = Clock.objects.filter(pk=job.args["clock"]).first()
    if clock is None or not clock.is_open:
        return {"skipped": "the clock has ended"}
    arguments = dict(job.args["action"])
    action = actions.get(arguments.pop("do"))
    action.run(job.args["ticket"], arguments, by=Actor.of_automation(), version_id=job.args["version"])
    return {"done": action.name}
