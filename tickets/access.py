"""Who may touch a ticket: the one place that services ask before they write."""

from __future__ import annotations

from typing import Any

from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, NotFound
from tickets.models import NUMBER_PREFIX, Ticket, Watcher

MAX_ID = 2**63 - 1


def parse_number(number: str) -> int:
    """The id in a ticket number (`HD-123`, `hd-123` or `123`); `NotFound` for anything else."""
    digits = number.strip().upper().removeprefix(NUMBER_PREFIX)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19 or int(digits) > MAX_ID:
        raise NotFound
    return int(digits)


def can_see(by: Actor, ticket: Ticket) -> bool:
    """Whether the actor may know that the ticket exists."""
    if by.staff is not None:
        staff = by.staff
        if not staff.is_active:
            return False
        return (
            staff.sees_all_tickets
            or ticket.team_id in staff.team_ids
            or ticket.owner_id == staff.pk
            or Watcher.objects.filter(ticket_id=ticket.pk, staff_id=staff.pk).exists()
        )
    if by.customer is not None:
        return ticket.customer_id == by.customer.pk
    return by.is_trusted


def require(by: Actor, permission: str, ticket: Ticket | None = None) -> None:
    """Raise `NotFound` when the actor may not see the ticket, `Forbidden` when their role lacks the permission.

    Customers hold no permissions: the verbs meant for them say so by not asking for one.
    """
    if ticket is not None and not can_see(by, ticket):
        raise NotFound
    if by.is_trusted:
        return
    if by.staff is None or not by.staff.can(permission):
        raise Forbidden


def get_visible(by: Actor, number: str, **related: Any) -> Ticket:
    """The ticket with this number if the actor may see it."""
    ticket = Ticket.objects.for_rows().filter(pk=parse_number(number)).first()
    if ticket is None or not can_see(by, ticket):
        raise NotFound
    return ticket
