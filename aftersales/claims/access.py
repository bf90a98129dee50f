"""Who may touch a claim: the one place that its verbs ask before they write."""

from __future__ import annotations

from aftersales.claims.machines import Move, Party
from aftersales.claims.models import NUMBER_PREFIX, Claim
from aftersales.claims.querysets import viewers
from helpdesk.accounts.permissions import (
    CLAIM_APPROVE,
    CLAIM_VIEW_ALL,
    CLAIM_WORK,
    GOODS_HANDLE,
    MONEY_PAY,
    SERVICE_DO,
)
from helpdesk.core.actors import Actor
from helpdesk.core.errors import NotFound
from tickets.access import MAX_ID
from tickets.access import can_see as can_see_ticket

# What a person of the staff needs to move a claim as one of these. Customers and the product itself hold no permissions.
PERMISSION_OF = {
    Party.AGENT: CLAIM_WORK,
    Party.APPROVAL: CLAIM_APPROVE,
    Party.WAREHOUSE: GOODS_HANDLE,
    Party.FINANCE: MONEY_PAY,
    Party.SERVICE: SERVICE_DO,
}


def parse_number(number: str) -> int:
    """The id in a claim number (`AS-123`, `as-123` or `123`); `NotFound` for anything else."""
    digits = number.strip().upper().removeprefix(NUMBER_PREFIX)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19 or int(digits) > MAX_ID:
        raise NotFound
    return int(digits)


def can_see(by: Actor, claim: Claim) -> bool:
    """Whether the actor may know that the claim exists."""
    if by.staff is not None:
        staff = by.staff
        if not staff.is_active:
            return False
        if staff.can(CLAIM_VIEW_ALL) or claim.handler_id == staff.pk:
            return True
        if staff.can(CLAIM_WORK) and can_see_ticket(by, claim.ticket):
            return True
        return any(Claim.objects.filter(viewer(staff), pk=claim.pk).exists() for viewer in viewers.values())
    if by.customer is not None:
        return claim.customer_id == by.customer.pk
    return by.is_trusted


def may_move(by: Actor, move: Move) -> bool:
    """Whether the actor is one of those who make this move."""
    if by.staff is not None:
        return any(by.staff.can(permission) for party, permission in PERMISSION_OF.items() if party in move.by)
    if by.customer is not None:
        return Party.CUSTOMER in move.by
    return by.is_trusted
