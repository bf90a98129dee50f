"""Consumer of the event log: what may let the matcher give something wakes it at once; its sweep finds it a second later."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import redis
from celery import current_app
from django.db import transaction
from django.db.models.functions import Now

from helpdesk.core import bus
from helpdesk.core.models import Event
from helpdesk.customers.models import Customer
from tickets.routing.calc import lane_of
from tickets.routing.models import QueueEntry
from tickets.routing.selectors.waiting import matched_queues

log = logging.getLogger(__name__)

_WAKING = {
    "ticket.created",
    "ticket.handed_over",
    "ticket.assigned",
    "ticket.transferred",
    "ticket.status_changed",
    "ticket.reopened",
    "ticket.woken",
    "ticket.unmarked_spam",
    "ticket.edited",
    "ticket.offer_declined",
    "ticket.offer_lapsed",
    "presence.changed",
    "staff.deactivated",
    "staff.role_changed",
    "membership.changed",
    "routing.changed",
    "roster.changed",
}
# After these somebody new may take what everybody else was asked about.
_NEW_PEOPLE = {"presence.changed", "staff.reactivated", "membership.changed", "routing.changed", "roster.changed"}
_ASKED = "routing:asked"


def wake_matcher(events: Sequence[Event]) -> None:
    """One task for a batch of events, however many of them matter."""
    _follow_levels(events)
    if not any(event.name in _WAKING for event in events) or not matched_queues():
        return
    if any(event.name in _NEW_PEOPLE for event in events):
        _end_rests()
    transaction.on_commit(ask)


def ask() -> None:
    """Send the task unless one is on its way; a lost broker costs nothing, the sweep comes within a second."""
    try:
        if bus.client().set(_ASKED, b"1", nx=True, px=2000):
            current_app.send_task("routing.match", queue="timers", expires=5, ignore_result=True)
    except (redis.RedisError, OSError) as error:
        log.warning("the matcher was not woken: %s", type(error).__name__)
    except Exception as error:
        log.warning("the matcher was not woken: %s", type(error).__name__)


def forget_asked() -> None:
    """The task has begun: what commits from now on wants another one."""
    try:
        bus.client().delete(_ASKED)
    except redis.RedisError as error:
        log.warning("the mark of the matcher's task stays for two seconds: %s", type(error).__name__)


def _end_rests() -> None:
    QueueEntry.objects.filter(not_before__gt=Now()).update(not_before=Now())


def _follow_levels(events: Sequence[Event]) -> None:
    """A customer's new level moves their waiting tickets to its lane."""
    ids = {e.subject_id for e in events if e.name == "customer.changed" and e.data.get("level") is not None}
    for pk, level in Customer.objects.filter(pk__in=ids).values_list("pk", "level") if ids else ():
        QueueEntry.objects.filter(ticket__customer_id=pk).update(lane=lane_of(level))
