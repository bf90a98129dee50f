"""The cache that may be lost at any moment: when Redis is away, everything is a miss and nothing fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache

log = logging.getLogger(__name__)


def _forgiving(name: str, default: Any) -> Callable[..., Any]:
    original = getattr(RedisCache, name)

    @wraps(original)
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except redis.RedisError as error:
            log.warning("cache is away: %s", type(error).__name__)
            if name == "get":
                return args[1] if len(args) > 1 else kwargs.get("default")
            return default() if callable(default) else default

    return method


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, except that a lost server reads as an empty cache."""

    get = _forgiving("get", None)
    get_many = _forgiving("get_many", dict)
    set = _forgiving("set", None)
    set_many = _forgiving("set_many", list)
    add = _forgiving("add", False)
    delete = _forgiving("delete", False)
    delete_many = _forgiving("delete_many", None)
    touch = _forgiving("touch", False)
    incr = _forgiving("incr", 0)
    has_key = _forgiving("has_key", False)
