"""No clock is ever silently missing: a regular look at all open tickets, which reports what it finds and puts it right."""

from __future__ import annotations

import logging
from typing import Any

from django.db import connection
from django.utils import timezone

from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce_all
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job, LeasedState
from tickets.models import UNFINISHED, Ticket
from tickets.sla.book import Book, open_book
from tickets.sla.facts import facts_of
from tickets.sla.metrics import Facts, metrics
from tickets.sla.models import OPEN, Clock
from tickets.sla.services.clocks import is_impossible
from tickets.sla.services.next_deadline import Next, next_deadline
from tickets.sla.services.recomputing import settle_tickets

log = logging.getLogger(__name__)

JOB = "sla.check_clocks"
BATCH = 500
_UNFINISHED = [str(category) for category in UNFINISHED]

# Open tickets, and others that have an open clock though none is due on them.
_NEXT = """
(SELECT id FROM tickets_ticket WHERE id > %(after)s AND status_category = ANY(%(unfinished)s) AND NOT is_spam
 ORDER BY id LIMIT %(batch)s)
UNION
(SELECT DISTINCT ticket_id FROM sla_clock WHERE ticket_id > %(after)s AND state IN ('running', 'paused')
 ORDER BY 1 LIMIT %(batch)s)
ORDER BY 1 LIMIT %(batch)s
"""


def check_hourly() -> int:
    """Housekeeping step: start a round when none has been started within the hour; returns how many were started."""
    hour = timezone.now().strftime("%Y-%m-%dT%H")
    running = Job.objects.filter(kind=JOB, state__in=[LeasedState.READY, LeasedState.WORKING, LeasedState.BACK_OFF])
    if running.exists():
        return 0
    return 1 if enqueue(JOB, queue="bulk", dedupe_key=f"{JOB}:{hour}", after=0, checked=0, missing=0, stale=0) else 0


def check_batch(job: Job) -> dict[str, Any]:
    """Look at the next five hundred tickets. Those with a missing clock, or with one that an older policy or calendar made,
    that nothing would notice, or that runs on a finished ticket, are announced (clock.found_missing, clock.found_stale),
    logged as errors and put right."""
    args = job.args
    ids = _next_ids(args["after"])
    missing, stale = find_faults(ids)
    _report(missing, stale)
    for start in range(0, len(wrong := sorted({*missing, *stale})), 100):
        settle_tickets(wrong[start : start + 100], why="repair")
    result = {
        "checked": args["checked"] + len(ids),
        "missing": args["missing"] + sum(map(len, missing.values())),
        "stale": args["stale"] + sum(map(len, stale.values())),
    }
    if len(ids) == BATCH:
        enqueue(JOB, queue="bulk", after=ids[-1], **result)
    return result


def _next_ids(after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"after": after, "unfinished": _UNFINISHED, "batch": BATCH})
        return [pk for (pk,) in cursor.fetchall()]


def find_faults(ids: list[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Ticket → metrics whose clock is missing, and ticket → metrics whose open clock is out of date, or whose deadline the
    ticket does not show; four queries."""
    book = open_book()
    clocks: dict[int, dict[tuple[str, str, int], Clock]] = {}
    for clock in Clock.objects.filter(OPEN, ticket_id__in=ids):
        clocks.setdefault(clock.ticket_id, {})[(clock.metric, clock.subject_kind, clock.subject_id)] = clock
    missing: dict[int, list[str]] = {}
    stale: dict[int, list[str]] = {}
    rows = Ticket.objects.filter(pk__in=ids).values_list("pk", "due_at", "next_clock")
    shown: dict[int, Next] = {pk: (due_at, chip) for pk, due_at, chip in rows}
    for pk, facts in facts_of(ids).items():
        right = next_deadline(clocks.get(pk, {}).values())
        lacking, old = _faults(facts, clocks.get(pk, {}), book)
        if lacking:
            missing[pk] = lacking
        if not lacking and not old and shown[pk] != right:
            old = [str((right[1] or shown[pk][1] or {}).get("metric", ""))]
        if old:
            stale[pk] = old
    return missing, stale


def _faults(facts: Facts, clocks: dict[tuple[str, str, int], Clock], book: Book) -> tuple[list[str], list[str]]:
    policy = book.pick(facts)
    missing, stale = [], []
    for metric in metrics.values():
        _policy, rule = book.applying(metric, facts, policy)
        if rule is None and not any(key[0] == metric.key for key in clocks):
            continue
        for reading in metric.read(facts):
            clock = clocks.pop((metric.key, reading.subject_kind, reading.subject_id or facts.ticket_id), None)
            if rule is not None and reading.is_open and clock is None:
                missing.append(metric.key)
            if clock is not None and (
                rule is None
                or not reading.is_open
                or clock.target_id != rule.id
                or clock.calendar_version != book.calendars[rule.calendar_id]
                or is_impossible(clock, rule)
            ):
                stale.append(metric.key)
    return missing, [*stale, *(key[0] for key in clocks)]


def _report(missing: dict[int, list[str]], stale: dict[int, list[str]]) -> None:
    told = []
    for name, found in (("clock.found_missing", missing), ("clock.found_stale", stale)):
        if found:
            log.error("%s on tickets %s", name, sorted(found)[:20])
        versions = dict(Ticket.objects.filter(pk__in=found).values_list("pk", "row_version")) if found else {}
        for pk, keys in found.items():
            data = {"metrics": keys, "row_version": versions[pk]}
            told.append(Announcement(name, "ticket", pk, pk, None, data))
    announce_all(told, by=SYSTEM)
