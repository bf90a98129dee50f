"""The verbs of predictions: learn anew, and score the clocks that run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from analytics.models import PredictionModel, Risk
from analytics.prediction.features import Situation
from analytics.prediction.learning import TOO_FEW, CannotLearn, learn
from analytics.prediction.sampling import closed_clocks, samples_of
from analytics.prediction.scoring import Scorer
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.calendars.errors import OutOfReach
from helpdesk.core.errors import Forbidden
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job, LeasedState
from tickets.sla.book import Book, open_book, rules_by_id
from tickets.sla.calc import Rule, within_reach
from tickets.sla.metrics import metrics

TRAIN_JOB = "analytics.train_prediction"
SCORE_JOB = "analytics.score_clocks"
# Below this many ended clocks of a metric, nothing is predicted.
LEAST_CLOCKS = 2_000
EVERY = timedelta(days=7)
# ... and where there were too few, looked at again.
AGAIN = timedelta(days=1)
# Scored in batches of so many tickets; what is less likely than `KEEP_FROM` has no row.
BATCH = 1_000
KEEP_FROM = 0.3
# A deadline is called likely to be missed from here on.
LIKELY_FROM = 0.5
UNFINISHED = [LeasedState.READY, LeasedState.WORKING, LeasedState.BACK_OFF]


# --- Learning --------------------------------------------------------------------------------------------------------
def may_train(staff: Staff | None) -> bool:
    """Those who see the figures of all teams."""
    return staff is not None and staff.can(ANALYTICS_VIEW) and staff.sees_all_tickets


def start_training(*, by: Actor, wanted: Iterable[str] | None = None) -> int:
    """Queue a training of every metric, or of those wanted; returns of how many. None is queued twice."""
    if not by.is_trusted and not may_train(by.staff):
        raise Forbidden
    waiting = set(Job.objects.filter(kind=TRAIN_JOB, state__in=UNFINISHED).values_list("args__metric", flat=True))
    found = [key for key in (metrics.names() if wanted is None else wanted) if key not in waiting]
    for key in found:
        enqueue(TRAIN_JOB, queue="bulk", order_key=TRAIN_JOB, metric=key, staff=by.staff.pk if by.staff else None)
    return len(found)


def train_weekly() -> int:
    """Housekeeping step: learn anew what was learned a week ago, and what had too few clocks yesterday."""
    now = timezone.now()
    latest = {model.metric: model for model in latest_models()}
    due = [
        key
        for key in metrics.names()
        if key not in latest or latest[key].trained_at < now - (AGAIN if latest[key].refusal == TOO_FEW else EVERY)
    ]
    return start_training(by=SYSTEM, wanted=due)


def latest_models() -> list[PredictionModel]:
    """The newest version of each metric, used or not."""
    return list(PredictionModel.objects.order_by("metric", "-number").distinct("metric").select_related("trained_by"))


def work_training(job: Job) -> dict[str, Any]:
    """Learn one metric; announces prediction.trained. What cannot be learned is kept with its reason."""
    model = train(job.args["metric"], staff_id=job.args.get("staff"))
    return {"metric": model.metric, "number": model.number, "refusal": model.refusal, "samples": model.samples}


def train(metric: str, *, staff_id: int | None = None, now: datetime | None = None) -> PredictionModel:
    """A new version for the metric, in use if it is better than always saying the usual share."""
    now = now or timezone.now()
    model = PredictionModel(metric=metric, trained_at=now, trained_by_id=staff_id, closed_clocks=closed_clocks(metric))
    try:
        if model.closed_clocks < LEAST_CLOCKS:
            raise CannotLearn(TOO_FEW)
        samples = samples_of(metric, now)
        model.samples = len(samples)
        learned = learn(samples)
        model.weights, model.report, model.is_active = learned.weights, learned.report, True
    except CannotLearn as refusal:
        model.refusal, model.report = refusal.code, refusal.report
    return _keep(model)


@transaction.atomic
def _keep(model: PredictionModel) -> PredictionModel:
    """Number it and let it take over; a metric about which nothing is known any more is not predicted by old knowledge."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"prediction:{model.metric}"])
    versions = PredictionModel.objects.filter(metric=model.metric)
    model.number = (versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    versions.filter(is_active=True).update(is_active=False)
    model.save()
    data = {"metric": model.metric, "number": model.number, "refusal": model.refusal}
    announce(Announcement("prediction.trained", "prediction", model.pk, data=data), by=SYSTEM)
    return model


# --- Scoring ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Running:
    """What a score needs of a running clock and its ticket."""

    id: int
    ticket_id: int
    metric: str
    target_id: int
    resumed_at: datetime
    spent_seconds: int
    length_seconds: int
    due_at: datetime
    priority: str
    kind: str
    channel: str
    level: str
    team_id: int
    is_owned: bool
    messages: int
    created_at: datetime


_RUNNING_SQL = """
SELECT c.id, c.ticket_id, c.metric, c.target_id, c.resumed_at, c.spent_seconds, c.length_seconds, c.due_at,
       t.priority, t.kind, t.channel_kind, u.level, t.team_id, t.owner_id IS NOT NULL, t.message_count, t.created_at
FROM sla_clock c
JOIN tickets_ticket t ON t.id = c.ticket_id
JOIN customers_customer u ON u.id = t.customer_id
WHERE c.ticket_id = ANY(%s) AND c.state = 'running' AND c.breached_at IS NULL AND c.due_at > %s
ORDER BY c.ticket_id, c.id
"""
# walks the partial index of open clocks by ticket
_TICKETS_SQL = """
SELECT DISTINCT ticket_id FROM sla_clock
WHERE state IN ('running', 'paused') AND ticket_id > %s ORDER BY ticket_id LIMIT %s
"""
_LOADS_SQL = """
SELECT c.metric, t.team_id, count(*) FROM sla_clock c JOIN tickets_ticket t ON t.id = c.ticket_id
WHERE c.state IN ('running', 'paused') GROUP BY 1, 2
"""


def start_scoring() -> bool:
    """Begin a round over all running clocks, unless one is under way."""
    if Job.objects.filter(kind=SCORE_JOB, state__in=UNFINISHED).exists():
        return False
    return enqueue(SCORE_JOB, queue="bulk", order_key=SCORE_JOB, after=0, loads=_loads(), scored=0, kept=0) is not None


def _loads() -> dict[str, int]:
    """How many clocks are open, by metric and team."""
    with connection.cursor() as cursor:
        cursor.execute(_LOADS_SQL)
        return {f"{metric}:{team}": number for metric, team, number in cursor.fetchall()}


def work_scoring(job: Job) -> dict[str, int]:
    """Score the clocks of the next thousand tickets and queue the batch after in the same transaction."""
    args, now = job.args, timezone.now()
    ids = _ticket_ids(args["after"])
    scored, kept = score_tickets(ids, now, args["loads"])
    last = ids[-1] if len(ids) == BATCH else None
    _drop(args["after"], last, kept)
    done = {"scored": args["scored"] + scored, "kept": args["kept"] + len(kept)}
    if last is not None:
        enqueue(SCORE_JOB, queue="bulk", order_key=SCORE_JOB, after=last, loads=args["loads"], **done)
    return done


def _ticket_ids(after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_TICKETS_SQL, [after, BATCH])
        return [row[0] for row in cursor.fetchall()]


def score_tickets(ids: Sequence[int], now: datetime, loads: dict[str, int]) -> tuple[int, list[int]]:
    """Score these tickets' running clocks; returns how many there were, and which are worth keeping."""
    clocks = running_clocks(ids, now)
    models = {model.metric: model for model in PredictionModel.objects.filter(is_active=True)} if clocks else {}
    scorers = {metric: Scorer(model.weights) for metric, model in models.items()}
    book, rules = open_book(), rules_by_id(clock.target_id for clock in clocks)
    rows = []
    for clock in clocks:
        rule = rules[clock.target_id]
        load = loads.get(f"{clock.metric}:{clock.team_id}", 1)
        row = _risk(clock, situation_of(clock, rule, book, now, load), scorers.get(clock.metric))
        if row is not None:
            row.model = models.get(clock.metric)
            row.warns_at = _warns_at(clock, rule, book)
            row.at = now
            rows.append(row)
    Risk.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["clock"], update_fields=_CHANGING, batch_size=500
    )
    return len(clocks), [row.clock_id for row in rows]


_CHANGING = ["team_id", "risk", "probability", "share", "due_at", "warns_at", "at", "model", "reasons"]


def running_clocks(ids: Sequence[int], now: datetime) -> list[Running]:
    """The running clocks of these tickets that are not over; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING_SQL, [list(ids), now])
        return [Running(*row) for row in cursor.fetchall()]


def situation_of(clock: Running, rule: Rule, book: Book, now: datetime, load: int) -> Situation:
    """The clock's situation now, from rows alone: the same numbers that a training reads from ledger and event log."""
    hours = within_reach(book.hours(rule.calendar_id), clock.resumed_at, rule)
    used = clock.spent_seconds + max(0.0, hours.between(clock.resumed_at, now).total_seconds())
    length = max(1, clock.length_seconds)
    return Situation(
        at=now,
        share=used / length,
        left_seconds=length - used,
        length_seconds=length,
        priority=clock.priority,
        kind=clock.kind,
        channel=clock.channel,
        level=clock.level,
        team_id=clock.team_id,
        is_owned=clock.is_owned,
        messages=clock.messages,
        age_seconds=(now - clock.created_at).total_seconds(),
        load=load,
    )


def _risk(clock: Running, situation: Situation, scorer: Scorer | None) -> Risk | None:
    """The row of a clock that is worth a look; without a model, by the share of its time."""
    share = min(1.0, max(0.0, situation.share))
    probability, reasons = None, []
    if scorer is not None:
        score = scorer.score(situation)
        probability = score.probability
        reasons = [[name, _value(name, situation), value] for name, value in score.reasons]
    risk = share if probability is None else probability
    if risk < (LIKELY_FROM if probability is None else KEEP_FROM):
        return None
    return Risk(
        clock_id=clock.id,
        ticket_id=clock.ticket_id,
        metric=clock.metric,
        team_id=clock.team_id,
        risk=risk,
        probability=probability,
        share=share,
        due_at=clock.due_at,
        reasons=reasons,
    )


def _value(name: str, situation: Situation) -> Any:
    """What a reason says of the situation."""
    return {
        "time": round(100 * situation.share),
        "load": situation.load,
        "owner": situation.is_owned,
        "messages": situation.messages,
        "age": round(situation.age_seconds),
        "priority": situation.priority,
        "kind": situation.kind,
        "channel": situation.channel,
        "level": situation.level,
        "team": situation.team_id,
    }.get(name)


def _warns_at(clock: Running, rule: Rule, book: Book) -> datetime | None:
    """When the first warning comes; None when the target has none."""
    first = next((rung for rung in rule.ladder if rung.key.startswith("warn-") and rung.share is not None), None)
    if first is None or first.share is None:
        return None
    hours = within_reach(book.hours(rule.calendar_id), clock.resumed_at, rule)
    total = clock.spent_seconds + int(hours.between(clock.resumed_at, clock.due_at).total_seconds())
    try:
        return hours.add(clock.resumed_at, timedelta(seconds=int(total * first.share / 100) - clock.spent_seconds))
    except OutOfReach:
        return None


def _drop(after: int, last: int | None, kept: Iterable[int]) -> None:
    """The rows of this batch's tickets that are not worth keeping any more."""
    rows = Risk.objects.filter(ticket_id__gt=after).exclude(clock_id__in=list(kept))
    (rows if last is None else rows.filter(ticket_id__lte=last)).delete()
