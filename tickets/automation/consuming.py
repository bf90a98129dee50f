"""Consumer of the event log: a ticket hears how its sub-tickets get on, and its new owner sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce_all
from helpdesk.core.models import Event
from tickets.models import FINISHED, Ticket, Watcher

# What of a sub-ticket its parent shows, with the facts that go along.
_TOLD = {
    "ticket.status_changed": ("status_category", "status"),
    "ticket.assigned": ("owner",),
    "ticket.transferred": ("team",),
    "clock.breached": (),
}


def follow_sub_tickets(events: Sequence[Event]) -> None:
    """Announces ticket.sub_changed (and ticket.sub_solved) on parents. Rows only, written with the position: once each.

    Parents are not locked: nothing of them changes but what their page shows beside them.
    """
    _let_new_owners_watch(events)
    told = [event for event in events if event.name in _TOLD and event.ticket_id and not _is_of_parents(event)]
    if not told:
        return
    parents = _parents_of({event.ticket_id for event in told if event.ticket_id})
    announcements = [
        announcement
        for event in told
        if (parent := parents.get(event.ticket_id or 0)) is not None
        for announcement in _announcements(event, parent)
    ]
    announce_all(announcements, by=SYSTEM)


def _is_of_parents(event: Event) -> bool:
    """Verbs say of each event of a sub-ticket whose it is; the sweep does not know, and is asked about."""
    return event.name != "clock.breached" and event.data.get("parent") is None


def _parents_of(ticket_ids: set[int]) -> dict[int, tuple[int, int, int]]:
    rows = Ticket.objects.filter(pk__in=ticket_ids, parent__isnull=False)
    return {
        pk: (parent, customer, version)
        for pk, parent, customer, version in rows.values_list("pk", "parent", "customer", "parent__row_version")
        if parent is not None
    }


def _announcements(event: Event, parent: tuple[int, int, int]) -> list[Announcement]:
    parent_id, customer_id, version = parent
    data: dict[str, Any] = {name: event.data[name] for name in _TOLD[event.name] if name in event.data}
    data |= {"sub": event.ticket_id, "what": event.name, "row_version": version}
    found = [Announcement("ticket.sub_changed", "ticket", parent_id, parent_id, customer_id, data)]
    moved = event.data.get("status_category")
    if event.name == "ticket.status_changed" and moved and moved[1] == "solved":
        found.append(
            Announcement(
                "ticket.sub_solved",
                "ticket",
                parent_id,
                parent_id,
                customer_id,
                {
                    "sub": event.ticket_id,
                    "row_version": version,
                    "by_staff": event.actor_id if event.actor_kind == "staff" else None,
                },
            )
        )
    return found


def _let_new_owners_watch(events: Sequence[Event]) -> None:
    """Who gets a ticket with open sub-tickets sees those."""
    owners = {
        event.ticket_id: event.data["owner"][1]
        for event in events
        if event.name == "ticket.assigned"
        and event.data.get("parent") is None
        and (event.data.get("owner") or [0, 0])[1]
    }
    if not owners:
        return
    tasks = Ticket.objects.filter(parent_id__in=owners).exclude(status_category__in=[str(word) for word in FINISHED])
    rows = [
        (Watcher(ticket_id=pk, staff_id=owners[parent]), customer, version)
        for pk, parent, customer, version in tasks.values_list("pk", "parent", "customer", "row_version")
    ]
    if not rows:
        return
    there = set(
        Watcher.objects.filter(ticket_id__in=[row.ticket_id for row, _c, _v in rows]).values_list(
            "ticket_id", "staff_id"
        )
    )
    fresh = [entry for entry in rows if (entry[0].ticket_id, entry[0].staff_id) not in there]
    Watcher.objects.bulk_create([row for row, _c, _v in fresh], ignore_conflicts=True)
    announce_all(
        [
            Announcement(
                "ticket.watched", "ticket", row.ticket_id, row.ticket_id, customer,
                {"staff": row.staff_id, "by": "parent", "is_let_in": True, "row_version": version},
            )
            for row, customer, version in fresh
        ],
        by=SYSTEM,
    )  # fmt: skip
