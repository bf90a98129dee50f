"""Panels of the portal's home: the claims that are open, and the latest orders with a way to apply for each thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aftersales.claims.models import ClaimLine
from aftersales.portal.following import row_of
from helpdesk.customers.models import Customer, OrderLine
from tickets.models import Ticket

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
    rows = _rows_of(lines)
    return {"claims": rows[:SHOWN]} if rows else None


def _rows_of(lines: Iterable[ClaimLine]) -> list[dict[str, Any]]:
    """One row a claim, named by its first thing, from lines that are loaded with both."""
    rows: dict[int, dict[str, Any]] = {}
    for line in lines:
        rows.setdefault(line.claim_id, row_of(line.claim, line.product.label))
    return list(rows.values())


def request_panel(*, ticket: Ticket, **_: Any) -> dict[str, Any] | None:
    """The claims of a request, so that its reader finds their steps; nothing without one. One query."""
    lines = (
        ClaimLine.objects.filter(claim__ticket=ticket)
        .exclude(claim__kind="case")
        .select_related("claim", "product")
        .order_by("-claim_id", "pk")[:_LINES]
    )
    rows = _rows_of(lines)
    return {"claims": rows} if rows else None


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
