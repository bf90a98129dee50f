"""No ticket waits unseen: a regular look at all waiting tickets and their queue rows, which reports and mends what it finds."""

from __future__ import annotations

import logging
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce_all
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job, LeasedState
from tickets.models import Ticket
from tickets.routing.book import open_book
from tickets.routing.calc import lane_of, needs_key, urgency_of
from tickets.routing.models import QueueEntry
from tickets.routing.participant import is_ready, waits
from tickets.routing.services.placing import channel_of, place
from tickets.services.changing import Change

log = logging.getLogger(__name__)

JOB = "routing.check_queues"
BATCH = 500
_COLUMNS = (
    "id", "customer_id", "team_id", "status_category", "holder", "is_spam", "snoozed_until", "merged_into_id", "priority",
    "grade", "kind", "language", "tags", "channel_kind", "due_at", "parent_id",
)  # fmt: skip


def check_hourly() -> int:
    """Housekeeping step: start a round when none has been started within the hour; returns how many were started."""
    hour = timezone.now().strftime("%Y-%m-%dT%H")
    running = Job.objects.filter(kind=JOB, state__in=[LeasedState.READY, LeasedState.WORKING, LeasedState.BACK_OFF])
    if running.exists():
        return 0
    return 1 if enqueue(JOB, queue="bulk", dedupe_key=f"{JOB}:{hour}", after=0, missing=0, stale=0, left=0) else 0


def start_check() -> None:
    """The rules changed: look at every waiting ticket soon, in batches."""
    enqueue(JOB, queue="bulk", after=0, missing=0, stale=0, left=0)


def check_batch(job: Job) -> dict[str, int]:
    """Look at the next five hundred tickets that wait or have a queue row. A missing row is announced
    (ticket.found_unqueued), logged as an error and made; one that is out of date is written anew; one without a waiting
    ticket goes."""
    args = job.args
    ids = _next_ids(args["after"])
    found = {key: args[key] + number for key, number in mend(ids).items()}
    if len(ids) == BATCH:
        enqueue(JOB, queue="bulk", after=ids[-1], **found)
    return found


def _next_ids(after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """(SELECT id FROM tickets_ticket
                WHERE id > %s AND holder = 'queue' AND status_category NOT IN ('solved', 'closed') AND NOT is_spam
                ORDER BY id LIMIT %s)
               UNION (SELECT ticket_id FROM routing_queueentry WHERE ticket_id > %s ORDER BY ticket_id LIMIT %s)
               ORDER BY 1 LIMIT %s""",
            [after, BATCH, after, BATCH, BATCH],
        )
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def mend(ticket_ids: list[int]) -> dict[str, int]:
    """Bring the queue rows of these tickets in line; tickets that somebody works on at this moment are theirs to write."""
    rows = Ticket.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(pk__in=ticket_ids)
    tickets = list(rows.select_related("customer").only(*_COLUMNS, "customer__level").order_by("pk"))
    entries = QueueEntry.objects.in_bulk([ticket.pk for ticket in tickets])
    now, missing, stale, left = clock.now(), [], 0, []
    for ticket in tickets:
        entry = entries.get(ticket.pk)
        change = Change(ticket, "check", SYSTEM, now)
        if not waits(change.get):
            left += [ticket.pk] if entry is not None else []
        elif entry is None:
            missing.append(ticket)
            place(ticket, change, is_ready=is_ready(change.get))
        elif _shown(entry) != _wanted(ticket, change):
            stale += 1
            place(ticket, change, is_ready=is_ready(change.get))
            QueueEntry.objects.filter(pk=ticket.pk).update(entered_at=entry.entered_at)
    QueueEntry.objects.filter(pk__in=left).delete()
    if missing:
        _report(missing)
    return {"missing": len(missing), "stale": stale, "left": len(left)}


def _shown(entry: QueueEntry) -> tuple[Any, ...]:
    return (entry.team_id, entry.channel, entry.lane, entry.urgency, entry.due_at, entry.needs_key, entry.is_ready)


def _wanted(ticket: Ticket, change: Change) -> tuple[Any, ...]:
    needs = open_book().needs_of(team_id=ticket.team_id, kind=ticket.kind, language=ticket.language, tags=ticket.tags)
    return (
        ticket.team_id,
        channel_of(ticket),
        lane_of(ticket.customer.level),
        urgency_of(ticket.priority, ticket.grade),
        ticket.due_at,
        needs_key(needs),
        is_ready(change.get),
    )


def _report(missing: list[Ticket]) -> None:
    log.error("%s waiting tickets had no queue row: %s", len(missing), [ticket.pk for ticket in missing][:20])
    announce_all(
        [
            Announcement("ticket.found_unqueued", "ticket", ticket.pk, ticket.pk, ticket.customer_id)
            for ticket in missing
        ],
        by=SYSTEM,
    )
