"""The bus over Redis pub/sub: wake-ups and live pushes. Everything on it may be lost; rows hold what must happen."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

WAKE_CHANNEL = "helpdesk:wake"
LIVE_CHANNEL = "helpdesk:live"


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """This process's connection pool; short time-outs, so that a lost server delays nobody."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2, health_check_interval=30, retry_on_timeout=False
    )


def queue_length(queue: str) -> int:
    """How many messages wait on a Celery queue; 0 when the broker is away, which then takes no offers anyway."""
    try:
        return int(client().llen(queue))
    except redis.RedisError:
        return 0


def wake(name: str) -> None:
    """Tell the waiting process called `name` to look at its rows now. Silent when Redis is away: it polls too."""
    try:
        client().publish(f"{WAKE_CHANNEL}:{name}", b"1")
    except redis.RedisError as error:
        log.warning("wake %s lost: %s", name, type(error).__name__)


def wake_on_commit(name: str) -> None:
    """Wake after this transaction's commit, once per name however often it is asked for."""
    connection = transaction.get_connection()
    if not any(isinstance(entry[1], _Wake) and entry[1].name == name for entry in connection.run_on_commit):
        transaction.on_commit(_Wake(name))


class _Wake:
    """A wake-up waiting for its commit, which can be recognised so that it is asked for once."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> None:
        wake(self.name)


def push(messages: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Publish live messages (group, payload) in one round trip; a lost server loses them, sockets then catch up."""
    try:
        pipe = client().pipeline(transaction=False)
        for group, payload in messages:
            pipe.publish(LIVE_CHANNEL, json.dumps([group, payload], separators=(",", ":")))
        pipe.execute()
    except redis.RedisError as error:
        log.warning("live push lost: %s", type(error).__name__)
