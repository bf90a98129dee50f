"""Claims, moves, approvals and incidents as the API writes them."""

from __future__ import annotations

from typing import Any

from aftersales.approvals.models import Approval
from aftersales.claims.models import NUMBER_PREFIX, Claim, ClaimLine, ClaimMove
from aftersales.claims.possible import possible_moves
from aftersales.incidents.models import Incident
from helpdesk.core.actors import Actor
from helpdesk.core.api.paging import moment

CLAIM: dict[str, Any] = {
    "number": "AS-41", "ticket": "HD-123", "customer": 311, "order": 501, "kind": "exchange", "state": "submitted",
    "reason": "defect", "outcome": "", "verdict": "allowed", "rule": "within_fifteen_days", "currency": "CNY",
    "asked_amount": None, "approved_amount": None, "paid_amount": "0.00", "owed_amount": "0.00", "handler": None,
    "opened_at": "2026-05-10T02:00:00.000Z", "decided_at": None, "moved_at": "2026-05-10T02:00:00.000Z",
    "closed_at": None, "row_version": 1,
}  # fmt: skip
ONE_CLAIM: dict[str, Any] = CLAIM | {
    "words": "It stops with E21.",
    "verdict_words": {"en": "Within 15 days …", "zh-hans": "15 天内……"},
    "details": {"has_photos": True},
    "lines": [
        {"id": 61, "sku": "W1-WHITE", "order_line": 9001, "serial": "W1-000123", "lot": "L7", "quantity": 1,
         "received_quantity": 0, "damaged_quantity": 0, "condition": "", "replacement_sku": None, "difference": "0.00"},
    ],
    "possible_moves": [{"name": "approve", "asks": ["outcome", "amount", "note"], "obstacle": ""}],
}  # fmt: skip
MOVE: dict[str, Any] = {
    "move": "approve", "from_state": "submitted", "to_state": "awaiting_goods", "at": "2026-05-10T03:00:00.000Z",
    "by": "Ann Lee", "words": "", "note": "",
}  # fmt: skip
APPROVAL: dict[str, Any] = {
    "id": 5, "claim": "AS-41", "side": "business", "state": "asked", "asked_at": "2026-05-10T03:00:00.000Z",
    "decided_at": None, "words": "",
}  # fmt: skip
INCIDENT: dict[str, Any] = {
    "number": "INC-3", "id": 3, "sku": "W1-WHITE", "lot": "L7", "state": "open", "count": 12, "expected": 0.3,
    "p": 1.2e-14, "limit": 0.0002, "tied_claims": 14, "opened_at": "2026-05-10T03:00:00.000Z", "closed_at": None,
}  # fmt: skip


def claim(row: Claim) -> dict[str, Any]:
    """A claim loaded with its handler."""
    return {
        "number": row.number,
        "ticket": f"HD-{row.ticket_id}",
        "customer": row.customer_id,
        "order": row.order_id,
        "kind": row.kind,
        "state": row.state,
        "reason": row.reason,
        "outcome": row.outcome,
        "verdict": row.verdict,
        "rule": row.rule_key,
        "currency": row.currency,
        "asked_amount": _amount(row.asked_amount),
        "approved_amount": _amount(row.approved_amount),
        "paid_amount": str(row.paid_amount),
        "owed_amount": str(row.owed_amount),
        "handler": row.handler.username if row.handler else None,
        "opened_at": moment(row.opened_at),
        "decided_at": moment(row.decided_at),
        "moved_at": moment(row.moved_at),
        "closed_at": moment(row.closed_at),
        "row_version": row.row_version,
    }


def one_claim(row: Claim, by: Actor) -> dict[str, Any]:
    """A claim whole, with what this actor may do next; one query more."""
    lines = row.lines.select_related("product", "replacement").order_by("pk")
    return claim(row) | {
        "words": row.words,
        "verdict_words": row.verdict_words,
        "details": row.details,
        "lines": [_line(line) for line in lines],
        "possible_moves": [
            {"name": one.name, "asks": list(one.move.asks), "obstacle": one.obstacle} for one in possible_moves(row, by)
        ],
    }


def _line(line: ClaimLine) -> dict[str, Any]:
    return {
        "id": line.pk,
        "sku": line.product.sku,
        "order_line": line.order_line_id,
        "serial": line.serial,
        "lot": line.lot,
        "quantity": line.quantity,
        "received_quantity": line.received_quantity,
        "damaged_quantity": line.damaged_quantity,
        "condition": line.condition,
        "replacement_sku": line.replacement.sku if line.replacement else None,
        "difference": str(line.difference),
    }


def move(row: ClaimMove) -> dict[str, Any]:
    return {
        "move": row.name,
        "from_state": row.from_state,
        "to_state": row.to_state,
        "at": moment(row.at),
        "by": row.by_name or row.by_kind,
        "words": row.words,
        "note": row.note,
    }


def approval(row: Approval) -> dict[str, Any]:
    return {
        "id": row.pk,
        "claim": f"{NUMBER_PREFIX}{row.claim_id}",
        "side": row.side,
        "state": row.state,
        "asked_at": moment(row.asked_at),
        "decided_at": moment(row.decided_at),
        "words": row.words,
    }


def incident(row: Incident) -> dict[str, Any]:
    return {
        "number": row.number,
        "id": row.pk,
        "sku": row.product.sku,
        "lot": row.lot,
        "state": row.state,
        "count": row.count,
        "expected": row.expected,
        "p": row.p,
        "limit": row.limit,
        "tied_claims": row.tied_count,
        "opened_at": moment(row.opened_at),
        "closed_at": moment(row.closed_at),
    }


def _amount(value: Any) -> str | None:
    return str(value) if value is not None else None
