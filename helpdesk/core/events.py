"""Announcing: one row in the event log, inside the transaction of the change it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from helpdesk.core import bus, clock
from helpdesk.core.actors import Actor
from helpdesk.core.models import Event, EventPersonal

DISPATCHER = "dispatcher"


@dataclass
class Announcement:
    """An event to be written: `data` without personal values, `personal` with them (kept in an erasable row)."""

    name: str
    subject_kind: str
    subject_id: int
    ticket_id: int | None = None
    customer_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    personal: dict[str, Any] | None = None


def announce(announcement: Announcement, *, by: Actor, at: datetime | None = None) -> Event:
    """Write one event; call it inside the transaction of the change."""
    return announce_all([announcement], by=by, at=at)[0]


def announce_all(announcements: Sequence[Announcement], *, by: Actor, at: datetime | None = None) -> list[Event]:
    """Write several events in one statement, in their order, and wake the dispatcher on commit."""
    if not announcements:
        return []
    at = at or clock.now()
    events = Event.objects.bulk_create(
        Event(
            name=item.name,
            subject_kind=item.subject_kind,
            subject_id=item.subject_id,
            ticket_id=item.ticket_id,
            customer_id=item.customer_id,
            actor_kind=by.kind,
            actor_id=by.id,
            origin=by.origin,
            at=at,
            data=item.data,
        )
        for item in announcements
    )
    personal = [
        EventPersonal(event=event, data=item.personal)
        for event, item in zip(events, announcements, strict=True)
        if item.personal
    ]
    if personal:
        EventPersonal.objects.bulk_create(personal)
    bus.wake_on_commit(DISPATCHER)
    return events


def log_head() -> int:
    """The last position given. A page that reads it before its rows can later ask for what changed since."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM core_loghead WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0
