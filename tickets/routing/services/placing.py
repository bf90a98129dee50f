"""Queue rows: written with their ticket, inside the verb's transaction; and the check that none is missing."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from helpdesk.core import bus
from helpdesk.core.events import Announcement
from tickets.models import Ticket
from tickets.routing.book import open_book
from tickets.routing.calc import lane_of, load_kind_of_ticket, needs_key, urgency_of

# Where rows of sub-tickets are counted, beside the channels.
INTERNAL = "internal"

_UPSERT = """
INSERT INTO routing_queueentry AS known (ticket_id, team_id, load_kind, channel, lane, urgency, due_at, entered_at, needs,
                                         needs_key, is_ready, not_before)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s)
ON CONFLICT (ticket_id) DO UPDATE SET team_id = EXCLUDED.team_id, channel = EXCLUDED.channel,
    lane = EXCLUDED.lane, urgency = EXCLUDED.urgency,
    due_at = EXCLUDED.due_at, needs = EXCLUDED.needs, needs_key = EXCLUDED.needs_key, is_ready = EXCLUDED.is_ready,
    not_before = EXCLUDED.not_before,
    entered_at = CASE WHEN known.team_id = EXCLUDED.team_id THEN known.entered_at ELSE EXCLUDED.entered_at END
RETURNING offered_until
"""


def place(ticket: Ticket, change: Any, *, is_ready: bool) -> None:
    """The ticket waits: its row with the rank as it is after the change. An offer made under other terms is withdrawn."""
    get = change.get
    needs = open_book().needs_of(
        team_id=get("team").pk if "team" in change.after else ticket.team_id,
        kind=get("kind"),
        language=get("language"),
        tags=get("tags"),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            [
                ticket.pk,
                get("team").pk if "team" in change.after else ticket.team_id,
                load_kind_of_ticket(ticket),
                channel_of(ticket),
                lane_of(ticket.customer.level),
                urgency_of(get("priority"), get("grade")),
                get("due_at"),
                change.now,
                "{" + ",".join(f'"{skill}": {level}' for skill, level in needs.items()) + "}",
                needs_key(needs),
                is_ready,
                change.now,
            ],
        )
        (offered_until,) = cursor.fetchone()
    if offered_until is not None and (not is_ready or change.changed("team")):
        withdraw(ticket, change, why="moved")


def channel_of(ticket: Ticket) -> str:
    """What the row is counted under: nobody waits on a channel for a sub-ticket."""
    return INTERNAL if ticket.is_sub else ticket.channel_kind


def remove(ticket: Ticket, change: Any) -> None:
    """Somebody holds the ticket, or it is over: the row goes, and with it an offer that is open."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM routing_queueentry WHERE ticket_id = %s RETURNING offered_until", [ticket.pk])
        row = cursor.fetchone()
    if row is not None and row[0] is not None:
        withdraw(ticket, change, why="taken")


def withdraw(ticket: Ticket, change: Any, *, why: str) -> None:
    """End the ticket's open offer, if it still is one; whoever had it sees their card go."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH ended AS (UPDATE routing_offer SET state = 'withdrawn', ended_at = %s, ended_why = %s
                              WHERE ticket_id = %s AND state = 'open' RETURNING id, staff_id),
                    freed AS (UPDATE routing_queueentry SET offered_until = NULL WHERE ticket_id = %s)
               SELECT id, staff_id FROM ended""",
            [change.now, why, ticket.pk, ticket.pk],
        )
        ended = cursor.fetchall()
    for offer_id, staff_id in ended:
        change.announcements.append(
            Announcement(
                "ticket.offer_lapsed",
                "ticket",
                ticket.pk,
                ticket.pk,
                ticket.customer_id,
                {"offer": offer_id, "staff": staff_id, "why": why},
            )
        )
        transaction.on_commit(lambda staff_id=staff_id: push_offers([staff_id]))  # type: ignore[misc]


def push_offers(staff_ids: Any) -> None:
    """Tell these people's desks to look at their offers; may be lost, the card also asks by itself."""
    bus.push((f"staff:{staff_id}", {"t": "offer"}) for staff_id in dict.fromkeys(staff_ids))
