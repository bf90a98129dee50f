"""The thinking of reviews, pure: what makes somebody look at a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aftersales.reviews.models import SignalKind

# Of at least so many orders, this share of the money came back.
LEAST_ORDERS = 3
MOST_REFUNDED = Decimal("0.6")
KEPT_OFTEN = 3
NEVER_SENT = 2


@dataclass(frozen=True)
class Past:
    """What is known of the customer of a claim. Counts are of the last half year, this claim included; money is that of
    orders of the last year, in one currency. Serials are those of this claim's lines."""

    claims: int = 0
    many_claims: int = 6
    orders: int = 0
    bought: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    kept: int = 0
    expired: int = 0
    wrong_lines: int = 0
    serials_of_others: Sequence[str] = ()
    serials_refunded: Sequence[str] = ()


def signals_of(past: Past) -> dict[str, dict[str, Any]]:
    """Kind → the figures behind it, for whoever looks. A hint alone: nothing is refused because of it."""
    found: dict[str, dict[str, Any]] = {}
    if past.claims >= past.many_claims:
        found[SignalKind.MANY_CLAIMS] = {"claims": past.claims}
    if past.orders >= LEAST_ORDERS and past.bought > 0 and past.refunded >= past.bought * MOST_REFUNDED:
        share = int(past.refunded * 100 / past.bought)
        found[SignalKind.MOST_REFUNDED] = {"orders": past.orders, "percent": share}
    if past.wrong_lines:
        found[SignalKind.WRONG_GOODS] = {"lines": past.wrong_lines}
    if past.serials_of_others:
        found[SignalKind.SERIAL_ELSEWHERE] = {"serials": list(past.serials_of_others)}
    if past.serials_refunded:
        found[SignalKind.SERIAL_AGAIN] = {"serials": list(past.serials_refunded)}
    if past.kept >= KEPT_OFTEN:
        found[SignalKind.KEPT_OFTEN] = {"claims": past.kept}
    if past.expired >= NEVER_SENT:
        found[SignalKind.NEVER_SENT] = {"claims": past.expired}
    return found
