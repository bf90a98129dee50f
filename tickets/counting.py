"""Counters of the standard views. A database trigger appends differences; here they are read and folded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from helpdesk.accounts.models import Staff
from tickets.models import UNFINISHED, TicketCount

FOLD_LOCK = 715_002


@dataclass(frozen=True)
class Bucket:
    """How many tickets lie with a team and owner in one status category."""

    team_id: int
    owner_id: int | None
    status_category: str
    is_snoozed: bool
    is_spam: bool
    number: int


def buckets_for(staff: Staff) -> list[Bucket]:
    """The counters of the teams a person works in and of their own tickets (all teams for those who see everything)."""
    where = ""
    values: list[Any] = []
    if not staff.sees_all_tickets:
        where, values = "WHERE team_id = ANY(%s) OR owner_id = %s", [staff.team_ids, staff.pk]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT team_id, owner_id, status_category, is_snoozed, is_spam, sum(number)::bigint
                FROM tickets_ticketcount {where} GROUP BY 1, 2, 3, 4, 5""",
            values,
        )
        return [Bucket(*row) for row in cursor.fetchall()]


def total(buckets: Iterable[Bucket]) -> int:
    return max(0, sum(bucket.number for bucket in buckets))


def total_unfinished(*, team_id: int | None = None, owner_id: int | None = None) -> int:
    """How many unfinished tickets lie with a team, or with a person."""
    rows = TicketCount.objects.filter(status_category__in=[str(category) for category in UNFINISHED])
    rows = rows.filter(team_id=team_id) if team_id is not None else rows.filter(owner_id=owner_id)
    return max(0, rows.aggregate(total=Sum("number"))["total"] or 0)


@transaction.atomic
def fold_counts() -> int:
    """Replace the differences by their sums; returns how many rows went. Readers see either all or none of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            """WITH gone AS (DELETE FROM tickets_ticketcount RETURNING *),
                    kept AS (INSERT INTO tickets_ticketcount (team_id, owner_id, status_category, is_snoozed, is_spam, number)
                             SELECT team_id, owner_id, status_category, is_snoozed, is_spam, sum(number) FROM gone
                             GROUP BY 1, 2, 3, 4, 5 HAVING sum(number) <> 0 RETURNING 1)
               SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)"""
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def recount() -> None:
    """Count anew from the tickets; for a restore or a doubt, not for a page."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE tickets_ticket IN SHARE MODE")
        cursor.execute("DELETE FROM tickets_ticketcount")
        cursor.execute(
            """INSERT INTO tickets_ticketcount (team_id, owner_id, status_category, is_snoozed, is_spam, number)
               SELECT team_id, owner_id, status_category, snoozed_until IS NOT NULL, is_spam, count(*)
               FROM tickets_ticket WHERE status_category NOT IN ('solved', 'closed') GROUP BY 1, 2, 3, 4, 5"""
        )
