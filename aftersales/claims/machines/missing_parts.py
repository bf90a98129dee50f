"""Something was missing from the box, or the wrong thing was in it: the right one is sent, or its price is paid back."""

from __future__ import annotations

from aftersales.claims.machines import parts
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Machine

MISSING_PARTS = Machine(
    "missing_parts",
    states=(
        s.SUBMITTED,
        s.IN_APPROVAL,
        s.APPROVED,
        s.DISPATCHING,
        s.DISPATCHED,
        s.DELIVERED,
        s.SETTLING,
        s.SETTLED,
        s.REJECTED,
        s.CLOSED,
        s.REFUSED,
        s.CANCELLED,
    ),
    moves=(
        *parts.deciding(s.APPROVED),
        *parts.sending(s.APPROVED),
        *parts.paying_out(s.APPROVED, is_main=False),
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED),
    ),
)
