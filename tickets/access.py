"""Who may touch a ticket: the one place that services ask before they write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpdesk.accounts.models import Membership, Staff
from helpdesk.accounts.permissions import ASSIGN, ASSIGN_SELF, EDIT, REPLY, SUB_WORK, TRANSFER
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
        return ticket.customer_id == by.customer.pk and ticket.parent_id is None
    return by.is_trusted


def those_who_see(ticket: Ticket, people: Sequence[Staff]) -> set[int]:
    """The ids of those among these people who may see the ticket, as `can_see` decides it; two queries for all of them."""
    ids = [person.pk for person in people]
    let_in = set(Watcher.objects.filter(ticket_id=ticket.pk, staff_id__in=ids).values_list("staff_id", flat=True))
    let_in |= set(
        Membership.objects.filter(team_id=ticket.team_id, staff_id__in=ids).values_list("staff_id", flat=True)
    )
    return {
        person.pk
        for person in people
        if person.is_active and (person.sees_all_tickets or person.pk == ticket.owner_id or person.pk in let_in)
    }


def may_let_in(by: Actor, ticket: Ticket) -> bool:
    """Whether the actor may show this one ticket to somebody who does not see it: its owner may, and whoever could show it
    to a whole team by moving it there or to a person by assigning it (docs/decisions/0002-mentions.md)."""
    if by.staff is None:
        return by.is_trusted
    return by.staff.can(TRANSFER) or by.staff.can(ASSIGN) or ticket.owner_id == by.staff.pk


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


# What another department may do to a sub-ticket of its team: the verbs that these permissions stand for.
_SUB_WORK = {EDIT: {"set_status", "snooze"}, ASSIGN_SELF: {"assign"}}


def may(by: Actor, permission: str, ticket: Ticket, verb: str = "") -> bool:
    """Whether the actor's role lets them carry out the verb on this ticket. On a sub-ticket `ticket.sub_work` stands in
    for the further permissions of the desk, as far as a task needs them: its status, a snooze, taking it."""
    if by.is_trusted:
        return True
    if by.staff is None:
        return False
    if by.staff.can(permission):
        return True
    return ticket.parent_id is not None and verb in _SUB_WORK.get(permission, ()) and by.staff.can(SUB_WORK)


def can_work_on(staff: Staff, ticket: Ticket) -> bool:
    """Whether this person's role can own the ticket: whoever answers customers, and on a sub-ticket whoever works on them."""
    return staff.is_active and (staff.can(REPLY) or (ticket.parent_id is not None and staff.can(SUB_WORK)))


def get_visible(by: Actor, number: str, **related: Any) -> Ticket:
    """The ticket with this number if the actor may see it."""
    ticket = Ticket.objects.for_rows().filter(pk=parse_number(number)).first()
    if ticket is None or not can_see(by, ticket):
        raise NotFound
    return ticket
