"""What waits: groups of alike queue rows, found without reading the rows between them, and what the choice needs to know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from tickets.routing.calc import Waiting, needs_of_key
from tickets.routing.models import AccountOwner, Offer, OfferState, QueueSettings, Strategy

# Somebody who did not take a ticket is not asked about it again for so long.
COOL_DOWN = timedelta(minutes=5)


@dataclass(frozen=True)
class Group:
    """Rows of one team that cost and need the same."""

    team_id: int
    load_kind: str
    needs_key: str

    def waiting(self) -> Waiting:
        """A stand-in for any of its rows, to see whether anybody comes into question."""
        return Waiting(0, self.team_id, self.load_kind, needs=needs_of_key(self.needs_key))


def matched_queues() -> dict[int, QueueSettings]:
    """The queues of active teams that the matcher serves, by team."""
    rows = QueueSettings.objects.exclude(strategy=Strategy.MANUAL).filter(team__is_active=True)
    return {row.team_id: row for row in rows}


# A loose scan: from each group the index is entered anew behind it, so the cost follows the groups, not the rows.
_GROUPS = """
WITH RECURSIVE found AS (
    (SELECT team_id, load_kind, needs_key FROM routing_queueentry
     WHERE is_ready AND offered_until IS NULL ORDER BY team_id, load_kind, needs_key LIMIT 1)
    UNION ALL
    SELECT next.team_id, next.load_kind, next.needs_key FROM found, LATERAL (
        SELECT q.team_id, q.load_kind, q.needs_key FROM routing_queueentry q
        WHERE q.is_ready AND q.offered_until IS NULL
          AND (q.team_id, q.load_kind, q.needs_key) > (found.team_id, found.load_kind, found.needs_key)
        ORDER BY q.team_id, q.load_kind, q.needs_key LIMIT 1) next
)
SELECT team_id, load_kind, needs_key FROM found LIMIT 2000
"""


def groups_of(team_ids: Collection[int]) -> list[Group]:
    """The groups with a row to match in these teams' queues."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS)
        return [Group(*row) for row in cursor.fetchall() if row[0] in team_ids]


@dataclass(frozen=True)
class Row:
    """A queue row with its ticket's customer, in the order of its rank."""

    ticket_id: int
    customer_id: int
    team_id: int
    load_kind: str
    lane: int
    needs_key: str
    rank: tuple[Any, ...]


def knowing(rows: Sequence[Row], now: datetime) -> list[Waiting]:
    """The rows with who knows the customer and who was asked already; three queries."""
    tickets, customers = [row.ticket_id for row in rows], [row.customer_id for row in rows]
    owners = dict(AccountOwner.objects.filter(customer_id__in=customers).values_list("customer_id", "staff_id"))
    last, asked = last_agents(customers), asked_lately(tickets, now)
    return [
        Waiting(
            row.ticket_id,
            row.team_id,
            row.load_kind,
            row.lane,
            needs_of_key(row.needs_key),
            owners.get(row.customer_id),
            last.get(row.customer_id),
            asked.get(row.ticket_id, frozenset()),
        )
        for row in rows
    ]


def last_agents(customer_ids: Collection[int]) -> dict[int, int]:
    """Customer → who had their latest ticket that somebody had; who does a task behind it has not spoken with them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id, last.owner_id FROM unnest(%s::bigint[]) AS c(id), LATERAL (
                   SELECT t.owner_id FROM tickets_ticket t WHERE t.customer_id = c.id AND t.owner_id IS NOT NULL
                     AND t.parent_id IS NULL
                   ORDER BY t.last_activity_at DESC, t.id DESC LIMIT 1) last""",
            [sorted(set(customer_ids))],
        )
        return dict(cursor.fetchall())


def asked_lately(ticket_ids: Collection[int], now: datetime) -> Mapping[int, frozenset[int]]:
    """Ticket → who declined it or let it lapse within the cool-down."""
    found: dict[int, set[int]] = {}
    rows = Offer.objects.filter(ticket_id__in=ticket_ids, ended_at__gt=now - COOL_DOWN)
    rows = rows.filter(state__in=[OfferState.DECLINED, OfferState.LAPSED]).exclude(ended_why="gone")
    for ticket_id, staff_id in rows.values_list("ticket_id", "staff_id"):
        found.setdefault(ticket_id, set()).add(staff_id)
    return {ticket_id: frozenset(people) for ticket_id, people in found.items()}
