"""Is the product ready: database, broker, heartbeats, and how late work is. A few look-ups in partial indexes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from helpdesk.core import bus
from helpdesk.core.models import Cursor, Event, Leased, LogHead
from helpdesk.core.models.leased import UNFINISHED
from helpdesk.core.registries import due_since, leased_workers, weaknesses_found
from helpdesk.core.tasks import HEARTBEAT

log = logging.getLogger(__name__)

# Processes whose sign of life is needed; the others beat too seldom to be waited for after a start.
NEEDED = ("dispatcher", "timers", "events")
# What the ages of leased work are called, by the model's label.
AGES = {"channels_app.inboundevent": "inbound_age", "core.delivery": "outbound_age", "core.job": "job_age"}


@dataclass
class Figures:
    """Seconds by name (None: nothing is waiting); `failing` names what is outside its bound or away."""

    values: dict[str, Any] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        return not self.failing

    def note(self, name: str, seconds: float | None) -> None:
        """Keep a figure and hold it against its bound."""
        self.values[name] = round(seconds, 1) if seconds is not None else None
        bound = settings.READY_BOUNDS.get(name)
        if bound is not None and seconds is not None and seconds > bound:
            self.failing.append(name)


def look() -> Figures:
    """Every figure as it is now; a part that is away is named, the others are still looked at."""
    figures = Figures()
    for name, step in (("database", _database), ("broker", _broker)):
        try:
            step(figures)
            figures.values[name] = "ok"
        except (DatabaseError, InterfaceError, redis.RedisError, OSError) as error:
            log.warning("%s is away: %s", name, type(error).__name__)
            figures.values[name] = "away"
            figures.failing.append(name)
            if name == "database":
                connection.close()
    return figures


def _database(figures: Figures) -> None:
    now = timezone.now()
    for kind in leased_workers.names():
        model = apps.get_model(kind)
        assert issubclass(model, Leased)
        oldest = (
            model._default_manager.filter(state__in=[str(state) for state in UNFINISHED])
            .order_by("pk")
            .values_list("created_at", flat=True)
            .first()
        )
        figures.note(AGES.get(kind, f"{kind}_age"), _age(oldest, now))
    figures.note("dispatcher_lag", dispatcher_lag(now))
    late = [_age(since, now) for since in (_oldest(ask) for _name, ask in due_since.items()) if since is not None]
    # told, but nothing to restart a process for
    figures.values["weak"] = sorted(weaknesses_found())
    figures.note("timer_lag", max((age for age in late if age is not None), default=None))


def _oldest(ask: Callable[[], datetime | None]) -> datetime | None:
    return ask()


def _age(since: datetime | None, now: datetime) -> float | None:
    return max(0.0, (now - since).total_seconds()) if since is not None else None


def dispatcher_lag(now: datetime) -> float | None:
    """The age of the oldest event that has no number yet, or that a consumer has not taken."""
    unnumbered = Event.objects.filter(position__isnull=True).order_by("pk").values_list("at", flat=True).first()
    head = LogHead.objects.values_list("position", flat=True).first() or 0
    taken = dict(Cursor.objects.filter(name__in=list(settings.EVENT_CONSUMERS)).values_list("name", "position"))
    behind = min((taken.get(name, 0) for name in settings.EVENT_CONSUMERS), default=head)
    waiting = None
    if behind < head:
        following = Event.objects.filter(position__gt=behind).order_by("position").values_list("at", flat=True)
        waiting = following.first()
    ages = [_age(since, now) for since in (unnumbered, waiting)]
    return max((age for age in ages if age is not None), default=None)


def _broker(figures: Figures) -> None:
    values: Any = bus.client().mget([f"{HEARTBEAT}:{name}" for name in (*NEEDED, "bulk")])
    beats: dict[str, float | None] = {}
    for name, value in zip((*NEEDED, "bulk"), values, strict=True):
        beats[name] = round(time.time() - float(value), 1) if value is not None else None
    figures.values["heartbeats"] = beats
    bound = settings.READY_BOUNDS["heartbeat_age"]
    for name in NEEDED:
        beat = beats[name]
        if beat is None or beat > bound:
            figures.failing.append(f"heartbeat:{name}")
