"""Panels of this room: on a claim's page, and on the page of approvers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aftersales.claims.asking import term_chip
from aftersales.claims.models import Claim, ClaimKind
from aftersales.compensation.models import CompensationState, Means, PayoutState, Purpose
from aftersales.compensation.selectors import compensation_waiting, deadlines_of
from aftersales.compensation.services.compensating import described
from helpdesk.accounts.models import Staff
from helpdesk.core.registries import Panel, panels
from tickets.sla.panel import chip

# Kinds whose claims never cost money by themselves; they are shown without the part until something was given.
_PAPERS = {ClaimKind.INVOICE, ClaimKind.ADDRESS_CHANGE}


def of_claim(*, claim: Claim, **_: Any) -> dict[str, Any] | None:
    """The place where the part is loaded after the page; no query."""
    return None if claim.kind in _PAPERS else {"number": claim.number}


def of_customer(*, claim: Claim, **_: Any) -> dict[str, Any] | None:
    """What the customer gets and owes; two queries. What failed is on its way still, what was reversed was never theirs."""
    payouts = claim.payouts.filter(purpose__in=[Purpose.REFUND, Purpose.RETURNED]).exclude(state=PayoutState.REVERSED)
    rows = list(payouts.exclude(means=Means.SUBSIDY).select_related("payment").defer("sealed").order_by("pk"))
    given = claim.compensations.filter(state__in=[CompensationState.GRANTED, CompensationState.GIVEN]).order_by("pk")
    gifts = [{"what": described(row)} for row in given if row.means != Means.APOLOGY]
    quote = _quote(claim)
    if not (rows or gifts or quote):
        return None
    return {"claim": claim, "payouts": rows, "given": gifts, "quote": quote}


def _quote(claim: Claim) -> dict[str, Any] | None:
    """The last quote with amounts to count with; it is kept as JSON."""
    try:
        kept = claim.details["quote"]
        lines = [{"label": line["label"], "amount": Decimal(line["amount"])} for line in kept["lines"]]
        return {"lines": lines, "total": Decimal(kept["total"])}
    except (KeyError, TypeError, ArithmeticError):  # none, or what an application brought under this name
        return None


def of_approver(*, staff: Staff, choices: list[tuple[str, str]], **_: Any) -> dict[str, Any] | None:
    """Compensation that waits for this person, or that a supervisor looks after; two queries, one when nothing does."""
    rows = compensation_waiting(staff)
    if not rows:
        return None
    clocks = deadlines_of([row.pk for row in rows])
    found = []
    for row in rows:
        clock = clocks.get(row.pk)
        mark = chip(clock) if clock is not None else term_chip(row.made_at, row.due_at)
        found.append({"row": row, "what": described(row), "clock": mark, "is_mine": row.approver_id == staff.pk})
    return {"rows": found, "choices": [choice for choice in choices if choice[0] != str(staff.pk)]}


def register() -> None:
    panels.add("claim.money", Panel("claim.money", "claim.page", 40, "aftersales/money/panel.html", of_claim))
    panels.add("portal.money", Panel("portal.money", "portal.claim", 30, "aftersales/money/portal.html", of_customer))
    panels.add(
        "approvals.compensation",
        Panel(
            "approvals.compensation",
            "approvals.page",
            10,
            "aftersales/money/asked.html",
            of_approver,
        ),
    )
