"""Panels of the customers room: the orders on the portal's home and on the staff's profile page."""

from __future__ import annotations

from typing import Any

from helpdesk.customers.models import Customer, Order, OrderLine

SHOWN = 5


def orders_panel(*, customer: Customer, **_: Any) -> dict[str, Any] | None:
    """The customer's latest orders with their things, in one query; nothing to show without orders."""
    lines = (
        OrderLine.objects.filter(order__customer=customer)
        .select_related("order", "product")
        .order_by("-order__placed_at", "-order_id", "pk")[:40]
    )
    orders: dict[int, dict[str, Any]] = {}
    for line in lines:
        entry = orders.setdefault(line.order_id, {"order": line.order, "lines": []})
        entry["lines"].append(line)
    return {"orders": list(orders.values())[:SHOWN]} if orders else None


def profile_orders(*, customer: Customer, **_: Any) -> dict[str, Any] | None:
    """The customer's orders with their lines, newest first."""
    found = Order.objects.filter(customer_id=customer.pk).prefetch_related("lines__product").order_by("-placed_at")[:20]
    return {"orders": list(found)} if found else None
