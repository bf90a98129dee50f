"""The next deadline of a ticket, from its open clocks: what its row sorts by and shows, written beside the clocks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from tickets.sla.models import Clock, ClockState

Next = tuple[datetime | None, dict[str, Any] | None]


def next_deadline(clocks: Iterable[Clock]) -> Next:
    """(`due_at`, `next_clock`) of a ticket with these clocks: the running one that is due first, else one that stands still."""
    running = [clock for clock in clocks if clock.state == ClockState.RUNNING and clock.due_at is not None]
    if running:
        first = min(running, key=lambda clock: (clock.due_at, clock.metric))
        moments = {"start": first.started_at, "due": first.due_at, "warn": first.warn_at}
        told = {name: moment.astimezone(UTC).isoformat() for name, moment in moments.items() if moment is not None}
        return first.due_at, {"metric": first.metric, "state": "running", **told}
    paused = sorted(clock.metric for clock in clocks if clock.state == ClockState.PAUSED)
    return None, {"metric": paused[0], "state": "paused"} if paused else None


def write_deadlines(found: Mapping[int, Next]) -> None:
    """Write the next deadlines of locked tickets in one statement; `row_version` rises, since rows show them."""
    if not found:
        return
    due = [moment for moment, _shown in found.values()]
    shown = [None if clock is None else json.dumps(clock) for _due, clock in found.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE tickets_ticket t
               SET due_at = given.due, next_clock = given.shown::jsonb, row_version = t.row_version + 1
               FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS given(id, due, shown) WHERE t.id = given.id""",
            [list(found), due, shown],
        )
