"""Rows of money as the API answers them, with examples for its description. No account of a customer."""

from __future__ import annotations

from typing import Any

from aftersales.compensation.models import Compensation, Payout, Receipt
from helpdesk.core.api.paging import moment

PAYOUT: dict[str, Any] = {
    "id": 12, "number": "P-12", "idempotency_key": "78ee6da8-6101-4a2a-a929-6817bf78ab91", "claim": "AS-3", "purpose": "refund",
    "means": "money", "worth": "150.00", "currency": "CNY", "amount": "150.00", "unit": "CNY", "bearer": "", "state": "ordered",
    "reference": "", "reason": "", "ordered_at": "2026-11-22T12:00:00+00:00", "paid_at": None, "reversed_at": None,
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    "id": 4, "claim": "AS-3", "amount": "30.00", "currency": "CNY", "means": "transfer", "reference": "T-9",
    "at": "2026-11-22T12:00:00+00:00",
}  # fmt: skip
COMPENSATION: dict[str, Any] = {
    "id": 7, "claim": "AS-3", "means": "coupon", "worth": "20.00", "amount": "20.00", "unit": "CNY", "words": "",
    "state": "given", "approver": None, "due_at": None,
    "made_at": "2026-11-22T12:00:00+00:00", "decided_at": "2026-11-22T12:00:00+00:00",
}  # fmt: skip


def payout(row: Payout) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "idempotency_key": str(row.key),
        "claim": f"AS-{row.claim_id}",
        "purpose": row.purpose,
        "means": row.means,
        "worth": str(row.worth),
        "currency": row.currency,
        "amount": str(row.amount),
        "unit": row.unit,
        "bearer": row.bearer,
        "state": row.state,
        "reference": row.reference,
        "reason": row.reason,
        "ordered_at": moment(row.ordered_at),
        "paid_at": moment(row.paid_at),
        "reversed_at": moment(row.reversed_at),
    }


def receipt(row: Receipt) -> dict[str, Any]:
    return {
        "id": row.pk,
        "claim": f"AS-{row.claim_id}",
        "amount": str(row.amount),
        "currency": row.currency,
        "means": row.means,
        "reference": row.reference,
        "at": moment(row.at),
    }


def compensation(row: Compensation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "claim": f"AS-{row.claim_id}",
        "means": row.means,
        "worth": str(row.worth),
        "amount": str(row.amount),
        "unit": row.unit,
        "words": row.words,
        "state": row.state,
        "approver": row.approver_id,
        "due_at": moment(row.due_at),
        "made_at": moment(row.made_at),
        "decided_at": moment(row.decided_at),
    }
