"""The rule sets that ship, in the order in which they are asked. Each is an ordinary set from the first day on: it can be
edited, switched off, and brought back."""

from __future__ import annotations

from aftersales.policy.shipped.arrival import ARRIVAL
from aftersales.policy.shipped.guarantees import OUT_OF_WARRANTY, THREE_GUARANTEES
from aftersales.policy.shipped.no_reason import NO_REASON
from aftersales.policy.shipped.orders import ADDRESSES, INVOICES, PRICE_PROTECTION
from aftersales.policy.shipped.second_looks import SECOND_LOOKS
from aftersales.policy.shipped.shape import Shipped
from aftersales.policy.shipped.visits import INSTALLATIONS

SHIPPED: tuple[Shipped, ...] = (
    ARRIVAL,
    THREE_GUARANTEES,
    OUT_OF_WARRANTY,
    NO_REASON,
    PRICE_PROTECTION,
    ADDRESSES,
    INVOICES,
    INSTALLATIONS,
    SECOND_LOOKS,
)

__all__ = ["SHIPPED", "Shipped"]
