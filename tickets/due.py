"""The ticket's own due rows in the one-second sweep: releases, automatic closing, the end of a snooze,
the question after a solving."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job, LeasedState
from helpdesk.core.registries import job_handlers
from tickets.models import Message, Ticket
from tickets.services.releasing import release_message
from tickets.services.status import close_ticket, wake_ticket
from tickets.services.surveys import ask_by_mail

log = logging.getLogger(__name__)

Verb = Callable[..., Any]
# The verb by the name that a set-aside row's job bears.
VERBS: dict[str, Verb] = {
    "release": lambda pk, now: release_message(pk, now=now),
    "close": lambda pk, now: close_ticket(pk, due_before=now),
    "wake": lambda pk, now: wake_ticket(pk, now=now),
    "ask": lambda pk, now: ask_by_mail(pk, now=now),
}


def release_due(now: datetime, limit: int) -> int:
    """Answers whose undo time or schedule has come; each in a transaction of its own."""
    due = Message.objects.filter(release_at__lte=now, released_at__isnull=True, withdrawn_at__isnull=True)
    return _each("release", due.order_by("release_at"), now, limit)


def close_due(now: datetime, limit: int) -> int:
    """Solved tickets whose closing time has come."""
    return _each("close", Ticket.objects.filter(auto_close_at__lte=now).order_by("auto_close_at"), now, limit)


def wake_due(now: datetime, limit: int) -> int:
    """Tickets whose snooze has ended."""
    return _each("wake", Ticket.objects.filter(snoozed_until__lte=now).order_by("snoozed_until"), now, limit)


def ask_due(now: datetime, limit: int) -> int:
    """Solved tickets whose customers are to be asked how it went."""
    return _each("ask", Ticket.objects.filter(survey_at__lte=now).order_by("survey_at"), now, limit)


def oldest_due() -> datetime | None:
    """The due time of the ticket room's oldest row that is late; None when nothing is. Four looks at partial indexes."""
    now = timezone.now()
    release = Message.objects.filter(release_at__lte=now, released_at__isnull=True, withdrawn_at__isnull=True)
    oldest = [release.order_by("release_at").values_list("release_at", flat=True).first()]
    for name in ("auto_close_at", "snoozed_until", "survey_at"):
        late = Ticket.objects.filter(**{f"{name}__lte": now}).order_by(name)
        oldest.append(late.values_list(name, flat=True).first())
    return min((moment for moment in oldest if moment is not None), default=None)


def _each(name: str, due: QuerySet[Any], now: datetime, limit: int) -> int:
    """Run the verb on each due row; returns how many succeeded. A row whose verb fails is set aside: a job tries it again and is
    parked with the reason in the end, and the rows behind it are not held up."""
    aside = Job.objects.filter(kind=_job_kind(name)).exclude(state=LeasedState.DONE)
    ids = due.exclude(pk__in=list(aside.values_list("args__pk", flat=True))).values_list("pk", flat=True)[:limit]
    done = 0
    for pk in list(ids):
        try:
            VERBS[name](pk, now)
            done += 1
        except Exception as error:
            log.warning("due row %s of %s is set aside: %s", pk, name, type(error).__name__)
            connection.close_if_unusable_or_obsolete()
            enqueue(_job_kind(name), pk=pk)
    return done


def _job_kind(name: str) -> str:
    return f"tickets.due.{name}"


def _again(name: str) -> Callable[[Job], None]:
    def work(job: Job) -> None:
        VERBS[name](job.args["pk"], timezone.now())

    return work


for _name in VERBS:
    job_handlers.add(_job_kind(_name), _again(_name))
