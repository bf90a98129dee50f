"""Celery entry points of routing."""

from __future__ import annotations

import time

from celery import shared_task

from helpdesk.core import clock
from tickets.routing.consuming import forget_asked
from tickets.routing.services.matching import BATCH, match_batch
from tickets.routing.services.offers import lapse_due

SECONDS = 0.9


@shared_task(name="routing.match")
def match() -> None:
    """Woken after a commit that made something to match: lapse what is over, then give until nothing fits."""
    # first, so that whatever commits from here on asks again
    forget_asked()
    ends = time.monotonic() + SECONDS
    now = clock.now()
    lapse_due(now, BATCH)
    while match_batch(now) and time.monotonic() < ends:
        now = clock.now()
