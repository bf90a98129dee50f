"""How much of a claim can still go back: never more than was paid for what is claimed and has not gone back before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from aftersales.claims.models import Claim, ClaimLine, Outcome
from aftersales.compensation.calc import CENT
from aftersales.compensation.models import PayoutState, Purpose
from helpdesk.customers.models import OrderLine

# Outcomes that are paid out.
MONEY_OUTCOMES = frozenset(
    {Outcome.REFUND, Outcome.KEEP_ITEM, Outcome.STORE_CREDIT, Outcome.GIFT_CARD, Outcome.POINTS},
)
# What a kind of claim comes to when nobody says otherwise.
USUAL_OUTCOME = {"return": Outcome.REFUND, "refund_only": Outcome.REFUND, "price_protection": Outcome.REFUND}


@dataclass(frozen=True)
class Room:
    """So much of an order line can go back for a claim."""

    line: OrderLine
    left: Decimal
    claim_line: ClaimLine | None = None


def rooms_of(claim: Claim, *, is_locked: bool = False) -> list[Room]:
    """What each line of the claim leaves to go back, by the line's id. A claim that names no line may take from the whole
    order; one without an order from nothing. `is_locked`: the order lines are locked first, by id."""
    claimed = {line.order_line_id: line for line in claim.lines.order_by("pk") if line.order_line_id}
    rows = OrderLine.objects.order_by("pk")
    if is_locked:
        rows = rows.select_for_update(no_key=True)
    if claimed:
        return [_room(line, claimed[line.pk]) for line in rows.filter(pk__in=list(claimed))]
    if claim.order_id is None or claim.lines.exists():
        return []
    return [Room(line, line.paid - line.refunded_amount) for line in rows.filter(order_id=claim.order_id)]


def _room(line: OrderLine, claimed: ClaimLine) -> Room:
    share = (line.paid * claimed.quantity / line.quantity).quantize(CENT, ROUND_HALF_UP)
    taken = claimed.amount or Decimal(0)
    return Room(line, max(Decimal(0), min(share - taken, line.paid - line.refunded_amount)), claimed)


def left_of(rooms: Sequence[Room]) -> Decimal:
    return sum((room.left for room in rooms), Decimal(0))


def ordered_of(claim: Claim) -> Decimal:
    """What of the approved amount is ordered or paid already."""
    rows = claim.payouts.filter(purpose=Purpose.REFUND).exclude(state=PayoutState.REVERSED)
    return rows.aggregate(worth=Sum("worth"))["worth"] or Decimal(0)


def most_granted(claim: Claim) -> Decimal:
    """The most that can be approved: what has been ordered of it, and what is left to go back."""
    return ordered_of(claim) + left_of(rooms_of(claim))
