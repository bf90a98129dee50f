"""Consumer of the event log: tells people of the staff what concerns them, once per event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from helpdesk.accounts.models import Notification
from helpdesk.core import bus
from helpdesk.core.actors import ActorKind
from helpdesk.core.models import Event
from tickets.models import Ticket, Watcher

# What happened longer ago (an import, a history told afterwards) is no news.
NEWS = timedelta(days=7)
TOLD = {
    "ticket.assigned",
    "note.added",
    "message.received",
    "ticket.reopened",
    "message.failed",
    "ticket.watched",
    "ticket.sub_solved",
    "ticket.sub_changed",
    "ticket.offer_lapsed",
    "consultation.opened",
    "consultation.invited",
    "consultation.concluded",
}
# Events whose hearers they name themselves: name → (field of the event with a person or people, kind of notification).
NAMED = {
    "consultation.opened": ("invited", "consultation.invited"),
    "consultation.invited": ("invited", "consultation.invited"),
    "ticket.offer_lapsed": ("staff", "offer.missed"),
}


def notify_staff(events: Sequence[Event]) -> None:
    """Owners hear of new messages, people of assignments, mentions and questions, watchers of notes; nobody of their own
    deeds."""
    since = timezone.now() - NEWS
    told = [event for event in events if event.name in TOLD and event.ticket_id and event.at >= since]
    if not told:
        return
    ids = {event.ticket_id for event in told if event.ticket_id}
    owners = dict(Ticket.objects.filter(pk__in=ids).values_list("pk", "owner_id"))
    watchers: dict[int, set[int]] = {}
    # who is let in for a consultation hears of that alone
    experts: dict[int, set[int]] = {}
    watching = Watcher.objects.filter(ticket_id__in=ids).values_list("ticket_id", "staff_id", "consultation_id")
    for ticket_id, staff_id, consultation_id in watching:
        if consultation_id is None:
            watchers.setdefault(ticket_id, set()).add(staff_id)
        else:
            experts.setdefault(consultation_id, set()).add(staff_id)
    rows = []
    for event in told:
        assert event.ticket_id is not None
        hearing = watchers.get(event.ticket_id, set()) | experts.get(event.data.get("consultation") or 0, set())
        for staff_id, kind in _hearers(event, owners.get(event.ticket_id), hearing).items():
            by = event.actor_id if event.actor_kind == ActorKind.STAFF else event.data.get("by_staff")
            if by != staff_id:
                rows.append(
                    Notification(
                        staff_id=staff_id, kind=kind, event_id=event.pk, ticket_id=event.ticket_id, created_at=event.at
                    )
                )
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    groups = {row.staff_id for row in rows}
    transaction.on_commit(lambda: bus.push((f"staff:{staff_id}", {"t": "notice"}) for staff_id in groups))


def _hearers(event: Event, owner_id: int | None, watching: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    if event.name == "ticket.assigned":
        new = (event.data.get("owner") or [None, None])[1]
        return {new: "assigned"} if new else {}
    if event.name in NAMED:
        field, kind = NAMED[event.name]
        named = event.data.get(field) or []
        return {pk: kind for pk in (named if isinstance(named, list) else [named]) if isinstance(pk, int)}
    if event.data.get("is_question"):
        return {}  # those who are asked hear of the question itself
    if event.name == "ticket.sub_changed":
        late = event.data.get("what") == "clock.breached"
        return {owner_id: "ticket.sub_late"} if late and owner_id else {}
    if event.name == "ticket.watched" and event.data.get("by") in {"mention", "consultation", "parent"}:
        return {}  # the note, the question or the task itself tells them
    if event.name == "ticket.watched":
        return {event.data["staff"]: "watching"} if event.data.get("staff") else {}
    for staff_id in watching:
        found[staff_id] = event.name
    if owner_id:
        found[owner_id] = event.name
    if event.data.get("asked_by"):
        found[event.data["asked_by"]] = "consultation.answered" if event.name == "note.added" else event.name
    for staff_id in event.data.get("mentions") or []:
        found[staff_id] = "mentioned"
    return found
