"""Recomputing the clocks of many open tickets after a policy, a calendar, an account or a customer changed.

In the background and in batches, each a job that queues the next one in its own transaction: a kill in between loses
nothing, repeats nothing, and each job's result says how far it has come. A later change of the same kind takes over
what an earlier one has not reached, so ten edits in a row cost little more than one.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce, announce_all
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job, LeasedState
from tickets.models import UNFINISHED, Ticket
from tickets.sla.book import open_book
from tickets.sla.facts import facts_of
from tickets.sla.models import ClockState, Target
from tickets.sla.selectors import RECOMPUTING
from tickets.sla.services.clocks import Settling
from tickets.sla.services.next_deadline import Next, next_deadline, write_deadlines
from tickets.sla.services.telling import told
from tickets.sla.services.writing import Pen, lock_clocks

JOB = RECOMPUTING
BATCH = 100
# Cause → what its event is about.
_SUBJECTS = {"policy": "policy", "calendar": "calendar", "account": "channel_account", "customer": "customer"}
_UNFINISHED = [str(category) for category in UNFINISHED]
_OPEN = [str(ClockState.RUNNING), str(ClockState.PAUSED)]


def start_recomputing(cause: str, pk: int | None) -> Job | None:
    """Queue the first batch of a cause (`policy`, `calendar`, `account`, `customer`) and its row; None when one that has not
    begun is waiting already, since it will see this change too."""
    scope = f"{cause}:{pk}" if cause != "policy" else "policy"
    waiting = Job.objects.filter(kind=JOB, state=LeasedState.READY, args__scope=scope, args__after=0)
    if waiting.exists():
        return None
    args: dict[str, Any] = {"cause": cause, "pk": pk, "scope": scope, "after": 0, "done": 0, "changed": 0}
    return enqueue(JOB, queue="bulk", order_key=JOB, **args)


def concerned(cause: str, pk: int | None) -> QuerySet[Ticket]:
    """The open tickets that the cause can concern. A calendar concerns those that have a clock on it; a policy all, since it
    may be the first now that fits."""
    rows = Ticket.objects.filter(status_category__in=_UNFINISHED, is_spam=False)
    if cause == "calendar":
        targets = Target.objects.filter(calendar_id=pk).values("pk")
        return rows.filter(clocks__target__in=targets, clocks__state__in=_OPEN).distinct()
    if cause == "account":
        return rows.filter(account_id=pk)
    if cause == "customer":
        return rows.filter(customer_id=pk or 0)
    return rows


def recompute_batch(job: Job) -> dict[str, Any]:
    """Recompute the next hundred tickets; the result says how many are done, of how many, and how many clocks moved."""
    args = job.args
    root = args.get("root") or job.pk
    if Job.objects.filter(kind=JOB, pk__gt=root, args__scope=args["scope"], args__after=0).exists():
        return {**_progress(args), "superseded": True}
    rows = concerned(args["cause"], args["pk"])
    total = args.get("of") or rows.count()
    ids = list(rows.filter(pk__gt=args["after"]).order_by("pk").values_list("pk", flat=True)[:BATCH])
    moved = settle_tickets(ids, why=args["cause"])
    progress = {"done": args["done"] + len(ids), "of": max(total, args["done"] + len(ids))}
    following = {**args, **progress, "root": root, "changed": args["changed"] + moved}
    if len(ids) == BATCH:
        enqueue(JOB, queue="bulk", order_key=JOB, **{**following, "after": ids[-1]})
    elif following["changed"]:
        # one event for all of them: desks look again at what they show
        subject = _SUBJECTS[args["cause"]]
        announce(Announcement("clock.recomputed", subject, args["pk"] or 0, data=_progress(following)), by=SYSTEM)
    return _progress(following)


def _progress(args: dict[str, Any]) -> dict[str, Any]:
    return {name: args[name] for name in ("done", "of", "changed") if name in args}


@transaction.atomic
def settle_tickets(ids: list[int], *, why: str) -> int:
    """Bring the clocks of these tickets in line with the policies as they are now; returns how many clocks moved.

    Locks the tickets in the order of their ids, then their clocks, as every verb does. Higher rooms call it in their own
    verbs when a record that one of their metrics measures has changed.
    """
    locked = Ticket.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    before: dict[int, Next] = {pk: (due, shown) for pk, due, shown in locked.values_list("pk", "due_at", "next_clock")}
    ids = list(before)
    if not ids:
        return 0
    book, clocks = open_book(), lock_clocks(ids)
    pen = Pen(clock.now())
    facts = facts_of(ids)
    after: dict[int, Next] = {}
    for pk in ids:
        settling = Settling(facts[pk], clocks.get(pk, []), book, pen, why)
        settling.run()
        after[pk] = next_deadline(settling.open)
    pen.write()
    write_deadlines({pk: found for pk, found in after.items() if found != before[pk]})
    _announce(pen)
    return len(pen.clocks)


def _announce(pen: Pen) -> None:
    """What came to light only now (met, breached, a breach withdrawn) is an event as any other."""
    events = [(found, event) for found, kind, data in pen.lines if (event := told(kind, data)) is not None]
    if not events:
        return
    rows = dict(
        Ticket.objects.filter(pk__in={found.ticket_id for found, _event in events}).values_list("pk", "row_version")
    )
    announce_all(
        [
            Announcement(
                name,
                "ticket",
                found.ticket_id,
                found.ticket_id,
                None,
                {"clock": found.pk, "metric": found.metric, **data, "row_version": rows[found.ticket_id]},
            )
            for found, (name, data) in events
        ],
        by=SYSTEM,
        at=pen.now,
    )
