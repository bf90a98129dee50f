"""Consumer of the event log: engineers hear of visits that they are given and that are taken from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from aftersales.visits.models import Engineer
from helpdesk.accounts.models import Notification
from helpdesk.core import bus
from helpdesk.core.actors import ActorKind
from helpdesk.core.models import Event

# What happened longer ago (an import, a history told afterwards) is no news.
NEWS = timedelta(days=7)
GIVEN, TAKEN, MOVED = "visit.given", "visit.taken", "visit.moved"
TOLD = frozenset({"visit.booked", "visit.rebooked", "visit.assigned", "visit.freed", "visit.cancelled"})


def tell_engineers(events: Sequence[Event]) -> None:
    """One line for each engineer whom a visit concerns, once for each event; nobody hears of their own deeds."""
    since = timezone.now() - NEWS
    told = [
        (event, *hearer) for event in events if event.name in TOLD and event.at >= since for hearer in _hearers(event)
    ]
    if not told:
        return
    ids = {engineer_id for _event, engineer_id, _kind in told}
    people = dict(Engineer.objects.filter(pk__in=ids, staff__is_active=True).values_list("pk", "staff_id"))
    rows = [
        Notification(
            staff_id=people[engineer_id],
            kind=kind,
            event_id=event.pk,
            ticket_id=event.ticket_id,
            data={"url": "/field/"},
            created_at=event.at,
        )
        for event, engineer_id, kind in told
        if engineer_id in people and not (event.actor_kind == ActorKind.STAFF and event.actor_id == people[engineer_id])
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    heard = sorted({row.staff_id for row in rows})
    transaction.on_commit(lambda: bus.push((f"staff:{pk}", {"t": "notice"}) for pk in heard))


def _hearers(event: Event) -> list[tuple[int, str]]:
    """(engineer, kind of notification): who has the visit now, and who had it before."""
    now, before = event.data.get("engineer"), event.data.get("before")
    if event.name == "visit.cancelled":
        return [(now, TAKEN)] if now else []
    if now == before:
        return [(now, MOVED)] if now and event.name == "visit.rebooked" else []
    found = [(now, GIVEN)] if now else []
    return [*found, (before, TAKEN)] if before else found
