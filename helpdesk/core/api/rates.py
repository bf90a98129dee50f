"""Limits per API key and minute, counted in Redis; when it is away nobody is held up."""

from __future__ import annotations

import logging
import time
from typing import Any

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from helpdesk.core import bus
from helpdesk.core.errors import TooMany

log = logging.getLogger(__name__)


class KeyRate(BaseThrottle):
    """`API_RATE_PER_MINUTE` requests of one key; beyond, 429 with `Retry-After` until the minute is over."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """True, or `TooMany`."""
        if request.auth is None:
            return True
        hold(f"key:{request.auth.pk}", settings.API_RATE_PER_MINUTE)
        return True


def hold(name: str, most: int) -> None:
    """Count one use of `name` in this minute; `TooMany` beyond `most`. One round trip; silent when Redis is away."""
    now = time.time()
    minute = int(now // 60)
    try:
        pipe = bus.client().pipeline(transaction=False)
        pipe.incr(f"helpdesk:rate:{name}:{minute}")
        pipe.expire(f"helpdesk:rate:{name}:{minute}", 120)
        used = pipe.execute()[0]
    except redis.RedisError as error:
        log.warning("rate of %s not counted: %s", name, type(error).__name__)
        return
    if used > most:
        raise TooMany(retry_after=max(1, int((minute + 1) * 60 - now)))
