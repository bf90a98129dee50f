"""What time it is for the verbs: the real time, or a moment set for a block (history for a demo, replays, tests).

Only verbs and announcements ask here. Leases, throttles and sessions keep to the real time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The moment of the enclosing `at` block, else the real time; aware, UTC."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Run the block as if it were `moment`."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
