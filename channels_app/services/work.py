"""What a person does with work that stands still: try again, or let go. Each act is one event in the log."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import MD5, Left
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from channels_app.models import InboundEvent
from channels_app.selectors.work import LEASED, REASON_LENGTH, rows_of
from helpdesk.accounts.permissions import CUSTOMER_UNMASK, WORK_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core import leasing
from helpdesk.core.actors import Actor
from helpdesk.core.dispatcher import consumers
from helpdesk.core.errors import Conflict, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.leasing import describe
from helpdesk.core.models import Delivery, DeliveryStatus, Job, Leased, LeasedState, ParkedEvent
from helpdesk.core.sending import send_again
from tickets.models import Message

RETRY_JOB = "work.retry_reason"
BATCH = 200
SUBJECTS = {
    "inbound": "inbound_event",
    "delivery": "delivery",
    "job": "job",
    "webhook": "webhook_call",
    "event": "parked_event",
}


class NotParked(Conflict):
    """Somebody was quicker, or the work went on by itself."""

    code = "not_parked"
    message = _("This is no longer parked. Somebody else may have decided already.")


class StillFailing(Conflict):
    code = "still_failing"
    message = _("The consumer failed again. The new reason is shown.")


def _tell(name: str, kind: str, pk: int, by: Actor, **data: Any) -> None:
    announce(Announcement(name, SUBJECTS[kind], pk, data=data), by=by)


def retry_work(kind: str, pk: int, *, by: Actor) -> None:
    """Offer a parked piece of work again, with its counters anew; announces work.retried.

    An event of the log is handed to its consumer at once; `StillFailing` when that fails, with the new reason kept.
    """
    require(by, WORK_MANAGE)
    if kind == "event":
        if _hand_over(pk, by):
            raise StillFailing  # after the commit, which keeps the new reason
        return
    with transaction.atomic():
        retry_row(_parked(kind, pk))
        _tell("work.retried", kind, pk, by)


def retry_row(row: Leased) -> None:
    """A failed delivery goes back into the queue with its status; everything else as it is."""
    if isinstance(row, Delivery) and row.status == DeliveryStatus.FAILED:
        send_again(row)
    else:
        leasing.retry(row)


def _parked(kind: str, pk: int) -> Leased:
    if kind not in LEASED:
        raise NotFound
    row = rows_of(kind).select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound
    if row.state != LeasedState.PARKED:
        raise NotParked
    return row


@transaction.atomic
def _hand_over(pk: int, by: Actor) -> str:
    """Hand a parked event to its consumer; the reason when it fails again, else nothing."""
    parked = ParkedEvent.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if parked is None:
        raise NotFound
    if parked.resolved_at is not None:
        raise NotParked
    failure = _consume(parked)
    if failure:
        ParkedEvent.objects.filter(pk=pk).update(reason=failure)
    else:
        ParkedEvent.objects.filter(pk=pk).update(resolved_at=timezone.now())
    _tell("work.retried", "event", pk, by, consumer=parked.consumer, failed=bool(failure))
    return failure


def _consume(parked: ParkedEvent) -> str:
    """Hand the event to its consumer; the reason when it fails, else nothing."""
    consumer = consumers().get(parked.consumer)
    if consumer is None:
        return f"there is no consumer {parked.consumer!r} any more"
    try:
        with transaction.atomic():
            consumer([parked.event])
    except Exception as error:
        return describe(error)
    return ""


@transaction.atomic
def discard_work(kind: str, pk: int, *, by: Actor) -> None:
    """A person decides that nothing is to be done; it stays on record. Announces work.discarded."""
    require(by, WORK_MANAGE)
    if kind == "event":
        changed = ParkedEvent.objects.filter(pk=pk, resolved_at__isnull=True).update(resolved_at=timezone.now())
        if not changed:
            raise NotParked
    else:
        leasing.discard(_parked(kind, pk))
    _tell("work.discarded", kind, pk, by)


@transaction.atomic
def retry_reason(kind: str, key: str, *, by: Actor) -> Job | None:
    """Try everything again that is parked now for a reason (`ReasonGroup.key`), in batches by a job; announces
    work.retried_all."""
    require(by, WORK_MANAGE)
    if kind not in SUBJECTS or not re.fullmatch("[0-9a-f]{32}", key):
        raise NotFound
    _tell("work.retried_all", kind, 0, by)
    return enqueue(
        RETRY_JOB,
        queue="events",
        work=kind,
        reason=key,
        parked_before=timezone.now().isoformat(),
        before=None,
    )


def _with_reason(rows: QuerySet[Any], key: str) -> QuerySet[Any]:
    first_line = Func(F("reason"), Value("\n"), Value(1), function="split_part", output_field=TextField())
    return rows.annotate(reason_key=MD5(Left(first_line, REASON_LENGTH))).filter(reason_key=key)


def retry_batch(job: Job) -> dict[str, int]:
    """Up to two hundred rows, newest first; those that are parked again for the same reason are not taken twice."""
    kind, before = job.args["work"], job.args["before"]
    asked_at = parse_datetime(job.args["parked_before"])
    rows: QuerySet[Any]
    if kind == "event":
        rows = ParkedEvent.objects.filter(resolved_at__isnull=True, parked_at__lte=asked_at)
    else:
        rows = rows_of(kind).filter(state=LeasedState.PARKED, finished_at__lte=asked_at)
    rows = rows.filter(pk__lt=before) if before is not None else rows
    found = list(_with_reason(rows, job.args["reason"]).order_by("-pk")[:BATCH])
    for row in found:
        _retry_one(row)
    if len(found) == BATCH:
        enqueue(RETRY_JOB, queue="events", **{**job.args, "before": found[-1].pk})
    return {"retried": len(found)}


def _retry_one(row: Leased | ParkedEvent) -> None:
    if isinstance(row, Leased):
        retry_row(row)
        return
    failure = _consume(row)
    values: dict[str, Any] = {"reason": failure} if failure else {"resolved_at": timezone.now()}
    ParkedEvent.objects.filter(pk=row.pk, resolved_at__isnull=True).update(**values)


@transaction.atomic
def read_source(event_id: int, *, by: Actor, whole: bool = False) -> tuple[InboundEvent, bytes]:
    """The raw item; announces inbound.source_read. The whole of it (a download) is for those who may see customers'
    addresses; others read it masked."""
    require(by, WORK_MANAGE)
    if whole:
        require(by, CUSTOMER_UNMASK)
    event = InboundEvent.objects.filter(pk=event_id).first()
    if event is None or event.raw is None:
        raise NotFound(_("The source is not kept any more."))
    return event, _noted(event, bytes(event.raw), event.ticket_id, by=by, whole=whole)


@transaction.atomic
def read_mail_source(message: Message, *, by: Actor, whole: bool = False) -> bytes | None:
    """The raw mail of a message on a ticket that the person may see (its view has asked), None when it was dropped after
    the retention time; announces inbound.source_read in the ticket's history. `NotFound` when the message came by no mail.
    """
    event = InboundEvent.objects.filter(pk=message.inbound_event_id or 0).first()
    if event is None:
        raise NotFound
    return None if event.raw is None else _noted(event, bytes(event.raw), message.ticket_id, by=by, whole=whole)


def _noted(event: InboundEvent, raw: bytes, ticket_id: int | None, *, by: Actor, whole: bool) -> bytes:
    data = {"account": event.account_id, "whole": whole}
    announce(Announcement("inbound.source_read", "inbound_event", event.pk, ticket_id, data=data), by=by)
    return raw
