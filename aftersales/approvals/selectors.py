"""What waits for an approver, and what they decided: each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from aftersales.approvals.models import Approval, ApprovalState
from aftersales.claims.asking import term_chip
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE, PERMISSIONS
from helpdesk.core.keyset import Page, page
from tickets.sla.models import Clock
from tickets.sla.panel import chip

MOST_WAITING = 200
PAGE_SIZE = 50


@dataclass(frozen=True)
class Waiting:
    """A question to an approver, with what is needed to answer it. `clock` is the chip of its deadline: that of the policy,
    where the ticket's has one, else the term of the setting."""

    approval: Approval
    asked_by: str
    clock: dict[str, Any] | None
    due_at: datetime | None

    @property
    def sort_key(self) -> tuple[bool, datetime, int]:
        """The earliest deadline first, then the oldest question."""
        return (self.due_at is None, self.due_at or self.approval.asked_at, self.approval.pk)


def waiting_for(staff: Staff) -> list[Waiting]:
    """What waits for this person, the most pressing first; three queries."""
    return _with_deadlines(_asked().filter(approver=staff)[:MOST_WAITING])


def waiting_for_others(staff: Staff) -> list[Waiting]:
    """What waits for anybody else, for a supervisor who looks after it; three queries."""
    return _with_deadlines(_asked().exclude(approver=staff)[:MOST_WAITING])


def decided_by(staff: Staff, cursor: str | None) -> Page[Approval]:
    """What this person decided, the newest first; one query."""
    rows = Approval.objects.select_related("claim__customer", "claim__order").filter(
        approver=staff, state__in=[ApprovalState.APPROVED, ApprovalState.REFUSED]
    )
    return page(rows, cursor, by="decided_at", size=PAGE_SIZE)


def deadlines_of(kind: str, ids: Iterable[int]) -> dict[int, Clock]:
    """The running deadline of each question of a kind; one query."""
    clocks = Clock.objects.filter(metric="approval", subject_kind=kind, subject_id__in=list(ids), ended_at__isnull=True)
    return {clock.subject_id: clock for clock in clocks}


def approver_choices(*, but: Sequence[int] = ()) -> list[tuple[str, str]]:
    """Everybody who can approve, by name; one query."""
    roles = [role for role, permissions in PERMISSIONS.items() if CLAIM_APPROVE in permissions]
    people = Staff.objects.filter(role__in=roles, is_active=True).exclude(pk__in=but).order_by("name", "pk")
    return [(str(pk), name) for pk, name in people.values_list("pk", "name")]


def _asked() -> QuerySet[Approval]:
    rows = Approval.objects.filter(state=ApprovalState.ASKED).order_by("asked_at", "pk")
    return rows.select_related("claim__customer", "claim__order", "claim__ticket", "approver")


def _with_deadlines(rows: QuerySet[Approval]) -> list[Waiting]:
    found = list(rows)
    clocks = deadlines_of("approval", [row.pk for row in found])
    askers = dict(Staff.objects.filter(pk__in={row.asked_by_id for row in found}).values_list("pk", "name"))
    waiting = []
    for row in found:
        clock = clocks.get(row.pk)
        waiting.append(
            Waiting(
                row,
                askers.get(row.asked_by_id or 0, ""),
                chip(clock) if clock is not None else term_chip(row.asked_at, row.due_at),
                clock.due_at if clock is not None else row.due_at,
            )
        )
    return sorted(waiting, key=lambda one: one.sort_key)
