"""Panels of the customers room: the orders on the staff's profile page."""

from __future__ import annotations

from typing import Any

from helpdesk.customers.models import Customer, Order


def profile_orders(*, customer: Customer, **_: Any) -> dict[str, Any] | None:
    """The customer's orders with their lines, newest first."""
    found = Order.objects.filter(customer_id=customer.pk).prefetch_related("lines__product").order_by("-placed_at")[:20]
    return {"orders": list(found)} if found else None
