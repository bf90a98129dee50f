"""The dispatcher: numbers committed events without gaps and hands them to each consumer, in order, from its own cursor.

Numbering takes an advisory lock in a statement of its own, so that the next statement's snapshot sees everything that
committed before; two dispatchers by mistake only wait for each other.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from helpdesk.core import bus
from helpdesk.core.events import DISPATCHER
from helpdesk.core.leasing import describe
from helpdesk.core.models import Cursor, Event, ParkedEvent
from helpdesk.core.tasks import beat

log = logging.getLogger(__name__)

Consumer = Callable[[Sequence[Event]], None]
NUMBERING_LOCK = 715_001
NUMBERED_AT_ONCE = 2000
BATCH = 500
MAX_FAILURES = 5
# A round costs nearly the same for one event as for fifty: under load events gather for so long, on a quiet machine none waits.
GATHERING_SECONDS = 0.04


def number_events(limit: int = NUMBERED_AT_ONCE) -> int:
    """Give the next positions to committed events that have none; returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])
        cursor.execute("INSERT INTO core_loghead (id, position) VALUES (1, 0) ON CONFLICT DO NOTHING")
        cursor.execute(
            """WITH head AS (SELECT position FROM core_loghead WHERE id = 1),
                    fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM
                              (SELECT id FROM core_event WHERE position IS NULL ORDER BY id LIMIT %s) unnumbered),
                    given AS (UPDATE core_event e SET position = head.position + fresh.nth
                              FROM fresh, head WHERE e.id = fresh.id RETURNING 1)
               UPDATE core_loghead SET position = position + (SELECT count(*) FROM given)
               WHERE id = 1 AND EXISTS (SELECT 1 FROM given) RETURNING (SELECT count(*) FROM given)""",
            [limit],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def feed(name: str, consumer: Consumer, *, batch: int = BATCH) -> int:
    """Hand the consumer its next events together with its cursor, in one transaction; returns how many it took."""
    events: list[Event] = []
    try:
        with transaction.atomic():
            cursor = _lock_cursor(name)
            events = list(Event.objects.filter(position__gt=cursor.position).order_by("position")[:batch])
            if not events:
                return 0
            consumer(events)
            cursor.position, cursor.failures = events[-1].position or 0, 0
            cursor.save(update_fields=["position", "failures", "updated_at"])
    except Exception as error:
        log.exception("consumer %s failed", name)
        _after_failure(name, consumer, events, error)
        return 0
    return len(events)


def _lock_cursor(name: str) -> Cursor:
    locked = Cursor.objects.select_for_update(no_key=True)
    found = locked.filter(name=name).first()
    if found is None:
        Cursor.objects.get_or_create(name=name)
        found = locked.get(name=name)
    return found


def _after_failure(name: str, consumer: Consumer, events: Sequence[Event], error: Exception) -> None:
    """Count the failure; after several, find the event that fails by handing them over one by one, and park it."""
    if not events:
        return
    with transaction.atomic():
        cursor = _lock_cursor(name)
        cursor.failures += 1
        cursor.save(update_fields=["failures", "updated_at"])
    if cursor.failures < MAX_FAILURES:
        return
    for event in events:
        with transaction.atomic():
            cursor = _lock_cursor(name)
            if cursor.position >= (event.position or 0):
                continue
            try:
                with transaction.atomic():
                    consumer([event])
            except Exception as single:
                ParkedEvent.objects.get_or_create(consumer=name, event=event, defaults={"reason": describe(single)})
                log.error("event %s parked for %s: %s", event.pk, name, describe(single))
            cursor.position, cursor.failures = event.position or 0, 0
            cursor.save(update_fields=["position", "failures", "updated_at"])


def consumers() -> dict[str, Consumer]:
    return {name: import_string(path) for name, path in settings.EVENT_CONSUMERS.items()}


def run_once(of: dict[str, Consumer] | None = None) -> int:
    """Number what has been committed and feed it to every consumer; returns how many events were handed over."""
    total = 0
    while True:
        numbered = number_events()
        fed = [feed(name, consumer) for name, consumer in (of or consumers()).items()]
        total += sum(fed)
        if numbered < NUMBERED_AT_ONCE and max(fed, default=0) < BATCH:
            return total


def run_forever(stop: threading.Event) -> None:
    """Serve until told to stop: woken by the bus, polling twice a second without it."""
    listening: redis.client.PubSub | None = None
    of = consumers()
    while not stop.is_set():
        rested_until = 0.0
        try:
            if run_once(of):
                rested_until = time.monotonic() + GATHERING_SECONDS
            beat(DISPATCHER)
        except Exception:
            log.exception("dispatcher stumbled; it goes on in a second")
            connection.close()
            stop.wait(1)
        try:
            if listening is None:
                listening = bus.client().pubsub(ignore_subscribe_messages=True)
                listening.subscribe(f"{bus.WAKE_CHANNEL}:{DISPATCHER}")
            if listening.get_message(timeout=0.5):
                time.sleep(max(0.0, rested_until - time.monotonic()))
                # one round serves every call that has come by now
                while listening.get_message(timeout=0):
                    pass
        except redis.RedisError:
            listening = None
            time.sleep(0.5)
