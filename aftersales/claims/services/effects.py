"""What a move does to the claim's own columns, by the move's name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F

from aftersales.claims.machines.guards import amount_granted
from aftersales.claims.models import ClaimLine, Outcome
from helpdesk.customers.models import OrderLine

if TYPE_CHECKING:
    from aftersales.claims.services.moving import Moving

Effect = Callable[["Moving"], None]
# With these the customer keeps what was bought, so it can be claimed again.
_KEPT = {Outcome.REPAIR, Outcome.REPLACEMENT_PART, Outcome.SERVICE}
_GIVEN_UP = {"cancelled", "refused", "expired"}


def take_effect(moving: Moving) -> None:
    """Set the columns; the caller saves the claim."""
    if effect := _EFFECTS.get(moving.move.name):
        effect(moving)
    claim, target = moving.claim, moving.move.target
    if target == "awaiting_goods":
        claim.goods_due_at = moving.now + settings.CLAIM_GOODS_WITHIN
    elif moving.came_from == "awaiting_goods":
        claim.goods_due_at = None
    place = claim.machine.by_key[target]
    waits = any(one.name == "confirm" for one in claim.machine.from_state(target))
    claim.confirm_due_at = moving.now + settings.CLAIM_CONFIRMED_AFTER if waits and not place.ends else None
    if place.ends and (target in _GIVEN_UP or claim.outcome in _KEPT):
        release_quantities(claim.pk)


def release_quantities(claim_id: int) -> None:
    """What a claim took from its order lines can be claimed again."""
    lines = ClaimLine.objects.filter(claim_id=claim_id, is_counted=True).order_by("order_line_id")
    for line in lines:
        assert line.order_line_id is not None, "only lines of an order are counted"
        OrderLine.objects.filter(pk=line.order_line_id).update(claimed_quantity=F("claimed_quantity") - line.quantity)
    lines.update(is_counted=False)


def _approve(moving: Moving) -> None:
    claim, arguments = moving.claim, moving.arguments
    claim.outcome = arguments.get("outcome") or claim.outcome or claim.details.get("outcome", "")
    claim.approved_amount = amount_granted(claim, arguments)
    claim.keeps_goods = claim.outcome == Outcome.KEEP_ITEM
    claim.decided_at = moving.now
    claim.approvals_missing = []
    moving.data |= {"outcome": claim.outcome, "amount": str(claim.approved_amount)}


def _ask_approval(moving: Moving) -> None:
    claim, arguments = moving.claim, moving.arguments
    claim.outcome = arguments.get("outcome") or claim.outcome
    if arguments.get("amount") is not None:
        claim.approved_amount = arguments["amount"]


def _reject(moving: Moving) -> None:
    moving.claim.refusal = moving.arguments.get("refusal", "")
    moving.claim.decided_at = moving.now
    moving.data |= {"refusal": moving.claim.refusal}


def _appeal(moving: Moving) -> None:
    moving.claim.appeals += 1
    moving.claim.decided_at = None


def _receive(moving: Moving) -> None:
    for line, received in moving.arguments["received"]:
        line.received_quantity = received
        line.save(update_fields=["received_quantity"])
    moving.data |= {"received": {str(line.pk): count for line, count in moving.arguments["received"]}}


def _inspect(moving: Moving) -> None:
    for line, found in moving.arguments["inspection"]:
        line.condition, line.damaged_quantity, line.remark = found["condition"], found["damaged"], found["remark"]
        line.save(update_fields=["condition", "damaged_quantity", "remark"])
    moving.data |= {"condition": {str(line.pk): found["condition"] for line, found in moving.arguments["inspection"]}}


def _quote(moving: Moving) -> None:
    moving.claim.details["quote"] = moving.arguments["quote"]


def _accept_quote(moving: Moving) -> None:
    moving.claim.owed_amount += Decimal(moving.claim.details["quote"]["total"])


def _order_invoice(moving: Moving) -> None:
    moving.claim.details["invoice"] = moving.arguments["invoice"]
    # the row of the move keeps no name and no address
    moving.data |= {"kind": moving.arguments["invoice"]["kind"]}


def _issue(moving: Moving) -> None:
    moving.claim.details["invoice_number"] = moving.arguments["invoice_number"]
    moving.data |= {"invoice_number": moving.arguments["invoice_number"]}


def _analyse(moving: Moving) -> None:
    moving.claim.cause = moving.arguments.get("cause") or moving.claim.cause


def _plan(moving: Moving) -> None:
    moving.claim.plan = moving.arguments.get("plan") or moving.claim.plan


def _follow_up(moving: Moving) -> None:
    if moving.arguments.get("agreement"):
        moving.claim.customer_agreed_at = moving.now


def _dispute(moving: Moving) -> None:
    moving.claim.customer_agreed_at = None
    moving.claim.decided_at = None


_EFFECTS: dict[str, Effect] = {
    "approve": _approve,
    "ask_approval": _ask_approval,
    "regrade": _approve,
    "reject": _reject,
    "redirect_failed": _reject,
    "turn_down": _reject,
    "appeal": _appeal,
    "receive": _receive,
    "hand_in": _receive,
    "inspect": _inspect,
    "quote": _quote,
    "accept_quote": _accept_quote,
    "order_invoice": _order_invoice,
    "issue": _issue,
    "analyse": _analyse,
    "plan": _plan,
    "follow_up": _follow_up,
    "dispute": _dispute,
}
