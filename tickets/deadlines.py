"""The next deadline of a ticket as its row shows it. The room that counts deadlines writes it and names the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from helpdesk.core.registries import Registry

# Metric → the word on a chip ("Reply"), shorter than its name.
chip_words: Registry[Any] = Registry("word of a chip")


def chip_of(next_clock: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the clock chip draws of `Ticket.next_clock`; None without a deadline.

    `next_clock` holds `metric`, `state` (running, paused) and for a running clock the moments `start`, `due`, `warn`.
    """
    if not next_clock:
        return None
    moments = {f"{name}_at": _moment(next_clock.get(key)) for name, key in _MOMENTS.items()}
    return {"label": chip_word(next_clock["metric"]), "state": next_clock["state"], **moments}


def chip_word(metric: str) -> str:
    """The short word of a metric; one that no room knows any more keeps its key."""
    return str(chip_words.get(metric)) if metric in chip_words else metric


_MOMENTS = {"started": "start", "due": "due", "warn": "warn"}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
