"""Consumer of the event log that pushes changes to open desks: ids, version and position, only to who may see them."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.models import Event


def push_events(events: Sequence[Event]) -> None:
    """Push each changed ticket once per batch."""
