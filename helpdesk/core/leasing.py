"""Taking, keeping and finishing leased work.

A row is taken by one UPDATE that also counts the attempt, so that a death is known afterwards. The lease is renewed by
one thread of the process while it works. Whoever finishes must still hold the token, in the transaction of the result:
work whose lease was lost changes nothing. The sweep offers lost and due rows again; the broker only carries ids.
"""

from __future__ import annotations

import logging
import random
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from helpdesk.core import bus
from helpdesk.core.errors import NotNeeded, Permanent, Refused, TryAgain
from helpdesk.core.models.leased import Leased, LeasedState
from helpdesk.core.registries import leased_workers

log = logging.getLogger(__name__)
L = TypeVar("L", bound=Leased)


class LeaseLost(Exception):
    """Somebody else holds the row now; the caller's transaction must roll back."""


def take(model: type[L], pk: int, *, now: datetime | None = None) -> L | None:
    """Take the row if it is due and the oldest unfinished of its key; None when it is not to be had now."""
    now = now or timezone.now()
    table = connection.ops.quote_name(model._meta.db_table)
    scope = " AND ".join(f"o.{column} = r.{column}" for column in model.order_scope)
    taken = model._default_manager.raw(
        f"""UPDATE {table} r SET state = 'working', attempts = attempts + 1, lease_token = %s, leased_until = %s
                WHERE id = %s
                  AND (state = 'ready' OR (state = 'back_off' AND next_attempt_at <= %s)
                       OR (state = 'working' AND leased_until < %s))
                  AND (order_key = '' OR NOT EXISTS (
                        SELECT 1 FROM {table} o
                        WHERE {scope} AND o.id < r.id AND o.state IN ('ready', 'working', 'back_off')))
                RETURNING r.*""",
        [uuid.uuid4(), now + timedelta(seconds=settings.LEASE_SECONDS), pk, now, now],
    )
    return next(iter(taken), None)


def finish(
    row: Leased, state: LeasedState, *, reason: str = "", next_attempt_at: datetime | None = None, **values: Any
) -> None:
    """Record the outcome (and further columns) if the lease is still ours; `LeaseLost` otherwise. Call it in the work's
    own transaction."""
    ended = state in {LeasedState.DONE, LeasedState.PARKED, LeasedState.DISCARDED}
    changed = (
        type(row)
        ._default_manager.filter(pk=row.pk, lease_token=row.lease_token, state=LeasedState.WORKING)
        .update(
            state=state,
            reason=reason[:4000],
            next_attempt_at=next_attempt_at,
            lease_token=None,
            leased_until=None,
            finished_at=timezone.now() if ended else None,
            **values,
        )
    )
    if not changed:
        raise LeaseLost(f"{row.leased_kind()} {row.pk}")
    row.state, row.reason = state, reason
    transaction.on_commit(lambda: offer_next(row))


def give_back(row: Leased) -> None:
    """A clean stop returns the row uncounted."""
    type(row)._default_manager.filter(pk=row.pk, lease_token=row.lease_token).update(
        state=LeasedState.READY, attempts=max(0, row.attempts - 1), lease_token=None, leased_until=None
    )


def back_off(attempts: int) -> timedelta:
    """Exponential from 2 s to 15 min with jitter of a quarter, so that failures do not march in step."""
    seconds = min(900.0, 2.0 ** min(attempts, 10))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


class Keeper:
    """Renews the leases that this process holds, from one thread of its own with a connection of its own."""

    def __init__(self) -> None:
        self._held: dict[tuple[type[Leased], int], uuid.UUID] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    @contextmanager
    def holding(self, row: Leased) -> Iterator[None]:
        """Keep the row's lease alive while the block runs."""
        key = (type(row), int(row.pk))
        with self._lock:
            assert row.lease_token is not None
            self._held[key] = row.lease_token
            if self._thread is None or not self._thread.is_alive():
                self._stop.clear()
                self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(key, None)

    def stop(self) -> None:
        """End the thread (a clean stop of the process, a test)."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        try:
            while not self._stop.wait(settings.LEASE_RENEW_SECONDS):
                with self._lock:
                    held = list(self._held.items())
                if held:
                    self._renew(held)
                else:
                    connection.close()
        finally:
            connection.close()

    def _renew(self, held: list[tuple[tuple[type[Leased], int], uuid.UUID]]) -> None:
        close_old_connections()
        try:
            until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
            for (model, pk), token in held:
                model._default_manager.filter(pk=pk, lease_token=token).update(leased_until=until)
        except Exception:
            log.exception("leases could not be renewed; they run out and are offered again")
            connection.close()


keeper = Keeper()


def run(model: type[L], pk: int, work: Callable[[L], Any] | None = None) -> LeasedState | None:
    """Take one row and work it: done, tried again with back-off, or parked with the reason. None when not taken.

    `work(row)` runs in one transaction together with the finish. A worker that must commit on the way (an outgoing
    delivery) is registered with `manages_transactions = True` and calls `finish` itself.
    """
    row = take(model, pk)
    return work_taken(row, work) if row is not None else None


def work_taken(row: L, work: Callable[[L], Any] | None = None) -> LeasedState | None:
    """The same with a row that this process holds already."""
    work = work or leased_workers.get(row.leased_kind())
    try:
        with keeper.holding(row):
            if getattr(work, "manages_transactions", False):
                work(row)
            else:
                with transaction.atomic():
                    work(row)
                    if row.state == LeasedState.WORKING:
                        finish(row, LeasedState.DONE)
    except LeaseLost:
        log.warning("lease lost: %s %s", row.leased_kind(), row.pk)
        return None
    except (SystemExit, KeyboardInterrupt):
        give_back(row)
        raise
    except Exception as error:
        return _failed(row, error)
    return LeasedState(row.state)


def _failed(row: Leased, error: Exception) -> LeasedState:
    """Decide what a failure means: never again (parked), or later."""
    if not connection.in_atomic_block:
        close_old_connections()  # the failure may be the connection's own; it is recorded over a sound one
    reason = describe(error)
    if isinstance(error, NotNeeded):
        return _set_aside(row, reason)
    permanent = isinstance(error, (Permanent, Refused)) and not isinstance(error, TryAgain)
    if permanent or row.attempts >= settings.MAX_ATTEMPTS:
        state, when = LeasedState.PARKED, None
    else:
        after = error.after if isinstance(error, TryAgain) else None
        state = LeasedState.BACK_OFF
        when = timezone.now() + (timedelta(seconds=after) if after is not None else back_off(row.attempts))
    if not isinstance(error, (Permanent, TryAgain, Refused)):
        log.error("%s %s failed", row.leased_kind(), row.pk, exc_info=error)
    try:
        with transaction.atomic():
            finish(row, state, reason=reason, next_attempt_at=when)
    except LeaseLost:
        log.warning("lease lost: %s %s", row.leased_kind(), row.pk)
    return state


def _set_aside(row: Leased, reason: str) -> LeasedState:
    """Nothing is to be done, and nobody has to decide it."""
    try:
        with transaction.atomic():
            finish(row, LeasedState.DISCARDED, reason=reason)
    except LeaseLost:
        log.warning("lease lost: %s %s", row.leased_kind(), row.pk)
    return LeasedState.DISCARDED


def describe(error: BaseException) -> str:
    """The reason as a person reads it on the page of parked work."""
    return f"{type(error).__name__}: {error}"[:4000] if str(error) else type(error).__name__


# --- Offering --------------------------------------------------------------------------------------------------------
def offer(row: Leased) -> None:
    """Put the row's id before a worker; silent when the broker is away, the sweep finds the row."""
    from helpdesk.core.tasks import work_leased

    try:
        work_leased.apply_async((row.leased_kind(), row.pk), queue=row.wake_queue(), retry=False)
    except Exception as error:
        log.warning("broker is away, the sweep will offer %s %s: %s", row.leased_kind(), row.pk, type(error).__name__)


# How many rows one broker message may carry: more saves overhead, fewer spread better over the workers.
_OFFERED_TOGETHER = 8


def offer_all_on_commit(rows: Sequence[Leased]) -> None:
    """Offer rows of one model, written together, after their transaction: several ids in one broker message."""
    for start in range(0, len(rows), _OFFERED_TOGETHER):
        together = rows[start : start + _OFFERED_TOGETHER]
        transaction.on_commit(lambda together=together: _offer_together(together))  # type: ignore[misc]


def _offer_together(rows: Sequence[Leased]) -> None:
    from helpdesk.core.tasks import work_several

    if len(rows) == 1:
        offer(rows[0])
        return
    try:
        kind, pks = rows[0].leased_kind(), [row.pk for row in rows]
        work_several.apply_async((kind, pks), queue=rows[0].wake_queue(), retry=False)
    except Exception as error:
        log.warning("broker is away, the sweep will offer %s rows: %s", len(rows), type(error).__name__)


def offer_on_commit(row: Leased) -> None:
    """Offer after the transaction that wrote the row."""
    transaction.on_commit(lambda: offer(row))


def offer_next(row: Leased) -> None:
    """When a row of a key has ended, the next of the same key is due at once."""
    if not row.order_key or row.state == LeasedState.BACK_OFF:
        return
    table = connection.ops.quote_name(row._meta.db_table)
    scope = " AND ".join(f"{column} = %s" for column in row.order_scope)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE {scope} AND state = 'ready' AND id > %s ORDER BY id LIMIT 1",
            [*(getattr(row, column) for column in row.order_scope), row.pk],
        )
        found = cursor.fetchone()
    if found:
        offer(type(row)._default_manager.only("pk", "state", "order_key", *row.order_scope).get(pk=found[0]))


def retry(row: Leased) -> None:
    """A person offers a parked row again; its counters start anew."""
    changed = (
        type(row)
        ._default_manager.filter(pk=row.pk, state=LeasedState.PARKED)
        .update(state=LeasedState.READY, attempts=0, deaths=0, reason="", next_attempt_at=None, finished_at=None)
    )
    if changed:
        offer_on_commit(row)


def discard(row: Leased) -> None:
    """A person decides that a parked row needs no work; it stays on record."""
    type(row)._default_manager.filter(pk=row.pk, state=LeasedState.PARKED).update(
        state=LeasedState.DISCARDED, finished_at=timezone.now()
    )


def sweep(model: type[Leased], *, now: datetime | None = None, limit: int = 500) -> int:
    """Offer what is due: leases that ran out (a death, counted; too many park the row), back-offs that ended, and rows
    whose offer was lost. Returns how many rows were offered."""
    now = now or timezone.now()
    rows = model._default_manager.only(*_columns(model))
    dead = rows.filter(state=LeasedState.WORKING, leased_until__lt=now)
    for row in dead[:limit]:
        _count_death(row)
    due = list(rows.filter(state=LeasedState.BACK_OFF, next_attempt_at__lte=now).order_by("pk")[:limit])
    # ready for longer than an offer takes: the offer was lost, or an elder of its key was in the way
    ready = rows.filter(state=LeasedState.READY, created_at__lt=now - timedelta(seconds=3)).order_by("pk")[:limit]
    crowded: dict[str, bool] = {}
    for row in ready:
        queue = row.wake_queue()
        if queue not in crowded:
            # in a backlog the offers are there, only the workers are behind: a second one for each would slow them more
            crowded[queue] = bus.queue_length(queue) > _ENOUGH_OFFERED
        if not crowded[queue]:
            due.append(row)
    for row in due:
        offer(row)
    return len(due)


# So many waiting broker messages keep every worker busy until the next sweep but one.
_ENOUGH_OFFERED = 50


def _columns(model: type[Leased]) -> list[str]:
    """What a sweep needs of a row; never its payload, which may be megabytes."""
    names = {field.name for field in Leased._meta.local_fields} - {"reason"}
    own = {field.attname for field in model._meta.local_concrete_fields}
    return ["pk", *names, *model.order_scope, *({"queue"} & own)]


def _count_death(row: Leased) -> None:
    deaths = row.deaths + 1
    values: dict[str, Any] = {"deaths": deaths, "lease_token": None, "leased_until": None}
    if deaths >= settings.MAX_DEATHS:
        values |= {
            "state": LeasedState.PARKED,
            "finished_at": timezone.now(),
            "reason": f"The worker died {deaths} times while working on this.",
        }
    else:
        values["state"] = LeasedState.READY
    changed = type(row)._default_manager.filter(
        pk=row.pk, state=LeasedState.WORKING, lease_token=row.lease_token, leased_until=row.leased_until
    )
    if changed.update(**values):
        if values["state"] == LeasedState.READY:
            offer(row)
        else:
            row.state = LeasedState.PARKED
            offer_next(row)
