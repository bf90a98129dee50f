"""Panels that after-sales adds to other rooms' pages: the claims of a ticket in its context column, and of a customer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import prefetch_related_objects

from aftersales.approvals.models import Side
from aftersales.claims.models import Claim
from aftersales.claims.possible import Possible, possible_moves, suggestion, usual_move, waits_for
from aftersales.compensation.limits import bounds_of
from aftersales.selectors.claim_page import in_language
from aftersales.warranty.selectors import warranties_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_WORK, VIEW_TEAM
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.registries import Panel, panels

MOST = 5
MOST_MOVES = 3


def claims_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The ticket's claims, the newest first: verdict, order, warranty, what is suggested, and what can be done next. Without
    claims one query, with them a few, however many."""
    if ticket.parent_id is not None:
        return None
    rows = Claim.objects.visible_to(staff).filter(ticket_id=ticket.pk).select_related("order", "customer", "handler")
    found = list(rows.order_by("-pk")[: MOST + 1])
    may_add = staff.can(CLAIM_WORK) and ticket.merged_into_id is None and not ticket.is_spam
    if not found and not may_add:
        return None
    by = Actor.of_staff(staff)
    for claim in found:
        claim.ticket = ticket
    if found:
        _load_lines(found)
    limit = bounds_of(by).refund if any(claim.state == "submitted" for claim in found) else None
    return {
        "ticket": ticket,
        "claims": [_shown(claim, by, limit) for claim in found[:MOST]],
        "has_more": len(found) > MOST,
        "may_add": may_add,
    }


def _load_lines(claims: list[Claim]) -> None:
    """Lines, products and warranties of all of them."""
    prefetch_related_objects(claims, "lines__product", "lines__order_line__order")
    every = [line for claim in claims for line in claim.lines.all()]
    warranties = warranties_of(every, clock.now())
    for claim in claims:
        claim.__dict__["loaded_lines"] = lines = sorted(claim.lines.all(), key=lambda line: line.pk)
        for line in lines:
            line.warranty = warranties[(line.product_id, line.serial)]  # type: ignore[attr-defined]


def _shown(claim: Claim, by: Actor, limit: Decimal | None) -> dict[str, Any]:
    found: list[Possible] = possible_moves(claim, by, limit) if claim.is_open else []
    usual = usual_move(claim, found, limit)
    return {
        "claim": claim,
        "lines": claim.loaded_lines,
        "words": in_language(claim.verdict_words),
        "suggestion": suggestion(claim, limit),
        "sides": [Side(side).label for side in claim.approval_sides],
        "waits_for": waits_for(claim),
        "moves": [{"one": one, "is_usual": one.name == usual} for one in found if not one.obstacle][:MOST_MOVES],
    }


def customer_claims(*, customer: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """A customer's newest claims on their profile; one query."""
    rows = Claim.objects.visible_to(staff).filter(customer_id=customer.pk).select_related("order")
    found = list(rows.order_by("-pk")[:20])
    return {"claims": found} if found else None


def register() -> None:
    """Fill the kernel's registry."""
    own = "aftersales/panels"
    panels.add(
        "aftersales.claims",
        Panel("aftersales.claims", "ticket.context", 22, f"{own}/claims.html", claims_panel, VIEW_TEAM),
    )
    panels.add(
        "aftersales.of_customer",
        Panel("aftersales.of_customer", "customer.profile", 45, f"{own}/customer.html", customer_claims, VIEW_TEAM),
    )
