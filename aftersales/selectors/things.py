"""What a customer's claim can be about: orders with what is left of their lines, and registered products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aftersales.claims.models import ClaimLine
from helpdesk.customers.models import Order, OrderLine, RegisteredProduct

MOST_ORDERS = 12


@dataclass(frozen=True)
class OrderThings:
    """An order with its lines."""

    order: Order
    lines: Sequence[OrderLine]


def newest_orders(customer_id: int) -> list[Order]:
    """The customer's newest orders; one query."""
    return list(Order.objects.filter(customer_id=customer_id).order_by("-placed_at", "-pk")[:MOST_ORDERS])


def lines_of_order(order: Order) -> list[OrderLine]:
    """The lines of an order with their products and how many are left to be claimed (`available`); one query."""
    found = list(order.lines.select_related("product", "order").order_by("pk"))
    for line in found:
        line.available = line.quantity - line.claimed_quantity  # type: ignore[attr-defined]
    return found


def registered_of(customer_id: int) -> list[RegisteredProduct]:
    """Things of the customer that are known by their serial number; one query."""
    rows = RegisteredProduct.objects.filter(customer_id=customer_id).select_related("product", "order_line__order")
    return list(rows.order_by("-pk")[:MOST_ORDERS])


def paid_for(line: OrderLine, quantity: int) -> Decimal:
    """What the customer paid for so many of a line."""
    return (line.paid * quantity / line.quantity).quantize(Decimal("0.01"))


def unsaved_line(line: OrderLine, quantity: int) -> ClaimLine:
    """The line as a claim would have it, for a verdict before anything is opened."""
    return ClaimLine(product=line.product, order_line=line, serial=line.serial, lot=line.lot, quantity=quantity)


def delivered_at(order: Order | None) -> datetime | None:
    return order.delivered_at if order else None
