"""Return: the goods come back, the money goes back. Sometimes the customer keeps the goods."""

from __future__ import annotations

from aftersales.claims.machines import parts
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Machine

RETURN = Machine(
    "return",
    states=(
        s.SUBMITTED,
        s.IN_APPROVAL,
        s.AWAITING_GOODS,
        s.RETURNING,
        s.RECEIVED,
        s.INSPECTED,
        s.SETTLING,
        s.SETTLED,
        s.SENDING_BACK,
        s.REJECTED,
        s.CLOSED,
        s.REFUSED,
        s.CANCELLED,
        s.EXPIRED,
    ),
    moves=(
        *parts.deciding(s.AWAITING_GOODS),
        *parts.goods_back(),
        # from the goods' return where the rule pays on the carrier's first scan, and without any where they are kept
        *parts.paying_out(s.INSPECTED, s.RETURNING, s.AWAITING_GOODS),
        *parts.after_inspection(),
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.AWAITING_GOODS),
    ),
)
