"""Panels of the portal's home: the claims that are open, and the latest orders with a way to apply for each thing."""

from __future__ import annotations

from typing import Any

from aftersales.claims.models import ClaimLine
from aftersales.portal import words
from helpdesk.customers.models import Customer, OrderLine

SHOWN = 5
_LINES = 40


def claims_panel(*, customer: Customer, **_: Any) -> dict[str, Any] | None:
    """The customer's open claims, the newest first; nothing without one. One query."""
    lines = (
        ClaimLine.objects.filter(claim__customer=customer, claim__closed_at__isnull=True)
        .exclude(claim__kind="case")
        .select_related("claim", "product")
        .order_by("-claim_id", "pk")[:_LINES]
    )
    rows: dict[int, dict[str, Any]] = {}
    for line in lines:
        claim = line.claim
        rows.setdefault(
            claim.pk,
            {
                "number": claim.number,
                "kind": claim.get_kind_display(),
                "thing": line.product.label,
                "state": words.headline(claim),
                "at": claim.moved_at,
                "is_open": True,
                "is_turn": claim.state in words.THEIR_TURN,
                "has_failed": claim.state == "rejected",
            },
        )
    return {"claims": list(rows.values())[:SHOWN]} if rows else None


def orders_panel(*, customer: Customer, **_: Any) -> dict[str, Any] | None:
    """The customer's latest orders with their things, in one query; nothing to show without orders."""
    lines = (
        OrderLine.objects.filter(order__customer=customer)
        .select_related("order", "product")
        .order_by("-order__placed_at", "-order_id", "pk")[:_LINES]
    )
    orders: dict[int, dict[str, Any]] = {}
    for line in lines:
        entry = orders.setdefault(line.order_id, {"order": line.order, "lines": []})
        entry["lines"].append(line)
    return {"orders": list(orders.values())[:SHOWN]} if orders else None
