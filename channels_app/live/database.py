"""A database thread of the hub's own: a hundred desks that connect at once wait for each other, the hub for none of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import DatabaseSyncToAsync

P = ParamSpec("P")
R = TypeVar("R")

_thread = ThreadPoolExecutor(1, thread_name_prefix="hub")


async def ask(question: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a few short queries; one question at a time, over one connection a process."""
    answer: R = await DatabaseSyncToAsync(question, thread_sensitive=False, executor=_thread)(*args, **kwargs)
    return answer
