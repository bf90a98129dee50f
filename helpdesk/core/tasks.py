"""Celery entry points of the kernel: one row by its id, and the ticks of the sweeps."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.apps import apps
from django.utils import timezone

from helpdesk.core import bus, idempotency, leasing, throttle
from helpdesk.core.models import Leased
from helpdesk.core.registries import due_rows, housekeeping, leased_workers

log = logging.getLogger(__name__)

HEARTBEAT = "helpdesk:heartbeat"


@shared_task(name="core.work_leased")
def work_leased(kind: str, pk: int) -> None:
    """Work one leased row; a row that is gone, taken or done is left alone."""
    model = apps.get_model(kind)
    assert issubclass(model, Leased)
    leasing.run(model, pk)


@shared_task(name="core.work_several")
def work_several(kind: str, pks: list[int]) -> None:
    """Work leased rows that were offered together, one after the other; a death costs the rest only their offer."""
    for pk in pks:
        work_leased(kind, pk)


@shared_task(name="core.sweep_leased")
def sweep_leased() -> None:
    """Every 5 s: offer what is due in each leased table."""
    for kind in leased_workers.names():
        model = apps.get_model(kind)
        assert issubclass(model, Leased)
        leasing.sweep(model)
    beat("events")


@shared_task(name="core.sweep_due_rows")
def sweep_due_rows() -> None:
    """Every second: run the registered due rows in small batches until nothing is due or the second is over."""
    ends = time.monotonic() + 0.9
    now = timezone.now()
    for name, sweep in due_rows.items():
        try:
            while sweep(now, 200) and time.monotonic() < ends:
                pass
        except Exception:
            log.exception("due rows %s failed; the next tick tries again", name)
    beat("timers")


@shared_task(name="core.housekeeping")
def run_housekeeping() -> None:
    """Every 5 min: what keeps tables small and rights right."""
    throttle.sweep()
    idempotency.sweep()
    for name, step in housekeeping.items():
        try:
            step()
        except Exception:
            log.exception("housekeeping %s failed", name)
    beat("bulk")


def beat(name: str) -> None:
    """Leave a sign of life that `/readyz` reads; losing it only costs the sign."""
    try:
        bus.client().set(f"{HEARTBEAT}:{name}", str(time.time()), ex=600)
    except Exception as error:
        log.warning("heartbeat %s lost: %s", name, type(error).__name__)
