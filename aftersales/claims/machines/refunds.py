"""Money without goods: refund only, and price protection (the difference to a lower price)."""

from __future__ import annotations

from aftersales.claims.machines import parts
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Machine

_STATES = (s.SUBMITTED, s.IN_APPROVAL, s.APPROVED, s.SETTLING, s.SETTLED, s.REJECTED, s.CLOSED, s.REFUSED, s.CANCELLED)
_MOVES = (
    *parts.deciding(s.APPROVED),
    *parts.paying_out(s.APPROVED),
    parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED),
)
REFUND_ONLY = Machine("refund_only", _STATES, _MOVES)
PRICE_PROTECTION = Machine("price_protection", _STATES, _MOVES)
