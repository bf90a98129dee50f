"""Training a model, choosing the one in use, and setting how sure it must be."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.permissions import RECOGNITION_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job, LeasedState
from tickets.models import FINISHED, Direction, Kind, Message, Ticket
from tickets.routing.recognition.consuming import enqueue_reading
from tickets.routing.recognition.models import (
    KindLabel,
    ModelState,
    Recognition,
    RecognitionSetting,
    Source,
    TrainedModel,
)
from tickets.routing.recognition.starting import Example, starter_examples
from tickets.services.labels import tell

TRAIN_JOB = "recognition.train"
PROGRESS = "recognition:training"
# The newest tickets that people have labelled or solved; older ones say little about today's matters.
MOST_TICKETS = 8000
MOST_UNREAD = 500
MODELS_KEPT = 20
WEEK = timedelta(days=7)
# So many solved tickets of one customer teach at most; whoever writes a thousand times shall not rule the model.
MOST_OF_A_CUSTOMER = 20
# One text of the desk's own counts as much as so many shipped ones; one that a person labelled more than one only solved.
CORRECTED_WEIGHT, SOLVED_WEIGHT = 2.0, 1.0


def settings_row() -> RecognitionSetting:
    """The one row, made when it is asked for first."""
    return RecognitionSetting.objects.get_or_create(id=1)[0]


# --- Examples --------------------------------------------------------------------------------------------------------
def desk_examples() -> list[Example]:
    """The desk's own tickets whose kind a person has said, and solved ones whose kind nobody objected to."""
    labelled = dict(KindLabel.objects.order_by("-at").values_list("ticket_id", "kind")[:MOST_TICKETS])
    tones = dict(KindLabel.objects.filter(ticket_id__in=labelled).values_list("ticket_id", "tone"))
    solved = (
        Ticket.objects.filter(status_category__in=[str(category) for category in FINISHED], is_spam=False)
        .exclude(kind=Kind.OTHER)
        .filter(recognition__kind_source__in=[Source.PERSON, Source.GIVEN, Source.RULE, Source.MODEL])
        .order_by("-last_activity_at", "-pk")
        .values_list("pk", "kind", "customer_id")
    )
    taught = islice(_of_many_customers(solved[: 3 * MOST_TICKETS]), MOST_TICKETS)
    kinds = {pk: (kind, SOLVED_WEIGHT) for pk, kind in taught}
    kinds |= {pk: (kind, CORRECTED_WEIGHT) for pk, kind in labelled.items()}
    texts = _first_texts(kinds)
    return [
        Example(
            text=texts[pk],
            kind=kind if kind != Kind.OTHER else "",
            tone=tones.get(pk) or "",
            source="corrected" if weight == CORRECTED_WEIGHT else "solved",
            weight=weight,
        )
        for pk, (kind, weight) in kinds.items()
        if pk in texts and (kind != Kind.OTHER or tones.get(pk))
    ]


def _of_many_customers(rows: Iterable[tuple[int, str, int]]) -> Iterator[tuple[int, str]]:
    """(ticket, kind) of the newest tickets, at most so many of one customer."""
    taken: Counter[int] = Counter()
    for pk, kind, customer_id in rows:
        taken[customer_id] += 1
        if taken[customer_id] <= MOST_OF_A_CUSTOMER:
            yield pk, kind


def _first_texts(ids: Iterable[int]) -> dict[int, str]:
    """Ticket → subject and first message of the customer."""
    found = (
        Message.objects.filter(ticket_id__in=list(ids), direction=Direction.IN, is_auto=False)
        .order_by("ticket_id", "pk")
        .distinct("ticket_id")
        .values_list("ticket_id", "ticket__subject", "text")
    )
    return {pk: f"{subject}\n{text}"[:4000] for pk, subject, text in found}


# --- Training --------------------------------------------------------------------------------------------------------
def start_training(*, by: Actor, when_idle: bool = True) -> Job:
    """Train in the background; `Invalid` while a training is under way."""
    require(by, RECOGNITION_MANAGE)
    if when_idle and training_job() is not None:
        raise Invalid(_("A training is under way already."))
    job = enqueue(TRAIN_JOB, queue="bulk", order_key="recognition", by=by.as_json())
    assert job is not None  # without a key it is never a repetition
    return job


def training_job() -> Job | None:
    """The training that waits or runs."""
    waiting = [LeasedState.READY, LeasedState.WORKING, LeasedState.BACK_OFF]
    return Job.objects.filter(kind=TRAIN_JOB, state__in=waiting).order_by("-pk").first()


def progress() -> int:
    """Per cent of the running training; it is lost with the cache, and only shown."""
    return int(cache.get(PROGRESS) or 0)


def train_job(job: Job) -> dict[str, Any]:
    """Train, keep the version with its figures, and use it when it is as good as the one in use."""
    from tickets.routing.recognition.model import dump
    from tickets.routing.recognition.training import TrainingRefused, train

    began = time.monotonic()
    own = desk_examples()
    examples = [*starter_examples(), *own]
    sources = {name: sum(example.source == name for example in examples) for name in ("starter", "corrected", "solved")}
    row = TrainedModel(number=_next_number(), sources=sources)
    try:
        trained = train(examples, progress=lambda percent: cache.set(PROGRESS, percent, timeout=900))
    except TrainingRefused as refusal:
        row.state, row.reason = ModelState.REFUSED, str(refusal.words)
        row.seconds = round(time.monotonic() - began, 1)
        row.save()
        cache.delete(PROGRESS)
        tell("model.trained", row, SYSTEM, state=row.state)
        return {"model": row.number, "state": row.state}
    row.weights, row.sha256 = dump(trained.model)
    row.metrics, row.seconds = trained.metrics, round(time.monotonic() - began, 1)
    row.save()
    cache.delete(PROGRESS)
    tell("model.trained", row, SYSTEM, state=row.state, macro_f1=trained.metrics["kind"]["macro_f1"])
    _activate_if_good(row)
    _forget_old()
    read_unread()
    return {"model": row.number, "state": row.state}


def _next_number() -> int:
    return (TrainedModel.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _activate_if_good(row: TrainedModel) -> None:
    """A new model takes over by itself unless it is clearly worse than the one in use (or nobody wants that)."""
    setting = RecognitionSetting.objects.select_for_update(no_key=True).get(pk=settings_row().pk)
    active = setting.active
    if active is not None and active.state == ModelState.READY:
        if not setting.activates_itself:
            return
        before = active.metrics.get("kind", {}).get("macro_f1", 0)
        if row.metrics["kind"]["macro_f1"] < before - 0.05:
            return
    setting.active = row
    setting.save(update_fields=["active", "updated_at"])
    tell("model.activated", row, SYSTEM)


def _forget_old() -> None:
    """Keep the newest versions, and the one in use."""
    kept = list(TrainedModel.objects.order_by("-number").values_list("pk", flat=True)[:MODELS_KEPT])
    active = settings_row().active_id
    TrainedModel.objects.exclude(pk__in=[*kept, active or 0]).delete()


def train_if_due() -> int:
    """Housekeeping: the starter model when there is none yet, and a training each week while it is wanted."""
    setting = settings_row()
    newest = TrainedModel.objects.order_by("-number").first()
    is_due = newest is None or (setting.trains_weekly and newest.created_at < timezone.now() - WEEK)
    if not is_due or training_job() is not None:
        return 0
    start_training(by=SYSTEM)
    return 1


def read_unread() -> int:
    """Hand tickets that no model has read yet (there was none, or a worker lost them) to the one in use; how many."""
    if settings_row().active_id is None:
        return 0
    since = timezone.now() - WEEK
    waiting = Recognition.objects.filter(message_id__isnull=True, created_at__gt=since, created_at__lt=_a_minute_ago())
    ids = list(waiting.order_by("-created_at").values_list("pk", flat=True)[:MOST_UNREAD])
    newest = (
        Message.objects.filter(ticket_id__in=ids, direction=Direction.IN, is_auto=False)
        .values_list("ticket_id")
        .annotate(newest=Max("pk"))
    )
    enqueue_reading(dict(newest))
    return len(ids)


def _a_minute_ago() -> datetime:
    return timezone.now() - timedelta(minutes=1)


def ensure_model() -> None:
    """First rows: a new installation trains its starter model at once."""
    if not TrainedModel.objects.exists():
        train_if_due()


# --- Choosing --------------------------------------------------------------------------------------------------------
@transaction.atomic
def activate_model(number: int, *, by: Actor) -> TrainedModel:
    """Use this version from now on (also an older one); announces model.activated."""
    require(by, RECOGNITION_MANAGE)
    row = TrainedModel.objects.filter(number=number).first()
    if row is None:
        raise NotFound
    if row.state != ModelState.READY:
        raise Invalid(_("This version cannot be used: %(reason)s") % {"reason": row.reason})
    setting = RecognitionSetting.objects.select_for_update(no_key=True).get(pk=settings_row().pk)
    if setting.active_id != row.pk:
        setting.active = row
        setting.save(update_fields=["active", "updated_at"])
        tell("model.activated", row, by)
    return row


@transaction.atomic
def change_setting(
    *, by: Actor, threshold: Any, tone_threshold: Any, trains_weekly: bool, activates_itself: bool
) -> RecognitionSetting:
    """How sure the model must be, and whether it trains itself; announces recognition_setting.changed."""
    require(by, RECOGNITION_MANAGE)
    setting = RecognitionSetting.objects.select_for_update(no_key=True).get(pk=settings_row().pk)
    values = {
        "threshold": _share(threshold, "threshold"),
        "tone_threshold": _share(tone_threshold, "tone_threshold"),
        "trains_weekly": trains_weekly,
        "activates_itself": activates_itself,
    }
    changed = [name for name, value in values.items() if getattr(setting, name) != value]
    for name in changed:
        setattr(setting, name, values[name])
    if changed:
        setting.save(update_fields=[*changed, "updated_at"])
        tell("recognition_setting.changed", setting, by, fields=changed)
    return setting


def _share(value: Any, name: str) -> Decimal:
    try:
        share = Decimal(str(value))
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 <= share <= 1:
        raise Invalid(fields={name: _("Write a share between 0 and 1, such as 0.60.")})
    return share.quantize(Decimal("0.01"))
