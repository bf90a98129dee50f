"""Panels of this room: on a claim's page, and on the page of approvers."""

from __future__ import annotations

from typing import Any

from aftersales.claims.asking import term_chip
from aftersales.claims.models import Claim, ClaimKind
from aftersales.compensation.selectors import compensation_waiting_for, deadlines_of
from aftersales.compensation.services.compensating import described
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE
from helpdesk.core.registries import Panel, panels
from tickets.sla.panel import chip

# Kinds whose claims never cost money by themselves; they are shown without the part until something was given.
_PAPERS = {ClaimKind.INVOICE, ClaimKind.ADDRESS_CHANGE}


def of_claim(*, claim: Claim, **_: Any) -> dict[str, Any] | None:
    """The place where the part is loaded after the page; no query."""
    return None if claim.kind in _PAPERS else {"number": claim.number}


def of_approver(*, staff: Staff, choices: list[tuple[str, str]], **_: Any) -> dict[str, Any] | None:
    """Compensation that waits for this person; two queries, one when nothing does."""
    rows = compensation_waiting_for(staff)
    if not rows:
        return None
    clocks = deadlines_of([row.pk for row in rows])
    found = []
    for row in rows:
        clock = clocks.get(row.pk)
        mark = chip(clock) if clock is not None else term_chip(row.made_at, row.due_at)
        found.append({"row": row, "what": described(row), "clock": mark})
    return {"rows": found, "choices": [choice for choice in choices if choice[0] != str(staff.pk)]}


def register() -> None:
    panels.add("claim.money", Panel("claim.money", "claim.page", 40, "aftersales/money/panel.html", of_claim))
    panels.add(
        "approvals.compensation",
        Panel(
            "approvals.compensation",
            "approvals.page",
            10,
            "aftersales/money/asked.html",
            of_approver,
            CLAIM_APPROVE,
        ),
    )
