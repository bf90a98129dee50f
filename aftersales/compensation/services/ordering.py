"""Ordering payouts: what each payment bore goes back the way it came, once, and is booked as it is ordered.

Lock order: ticket → claim → order lines by id → payments by id → ledger accounts by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from aftersales.claims.models import Claim, ClaimLine, Outcome
from aftersales.compensation.calc import Paid, Part, To, TooMuch, in_proportion, split_refund
from aftersales.compensation.errors import AbovePaid
from aftersales.compensation.models import Compensation, Means, MoneySetting, Payout, PayoutState, Purpose, Receipt
from aftersales.compensation.models.means import OF_THE_LEDGER
from aftersales.compensation.refundable import Room, left_of, ordered_of, rooms_of
from aftersales.compensation.services import booking
from aftersales.compensation.services.payers import tell_payer
from helpdesk.core.actors import Actor
from helpdesk.customers.models import OrderLine, OrderPayment
from tickets.services.changing import Change

MEANS_OF_OUTCOME = {
    Outcome.STORE_CREDIT: Means.CREDIT,
    Outcome.GIFT_CARD: Means.GIFT_CARD,
    Outcome.POINTS: Means.POINTS,
}
_MEANS_OF_PART = {To.CREDIT: Means.CREDIT, To.POINTS: Means.POINTS, To.COUPON: Means.COUPON, To.BEARER: Means.SUBSIDY}
POINTS, PIECE = "points", "piece"


@dataclass(frozen=True)
class Wish:
    """How the customer wants to be paid; `account` where the money goes, empty: the way it came."""

    means: Means
    account: str = ""


def order_refund(claim: Claim, wish: Wish, change: Change, *, by: Actor) -> list[Payout]:
    """Order what of the approved amount is not ordered yet. Refuses (`AbovePaid`) what was never paid, or went back before.
    What stands in the ledger is given at once; the caller saves the claim."""
    return _order_back(claim, (claim.approved_amount or Decimal(0)) - ordered_of(claim), wish, change, by=by)


def order_difference(claim: Claim, change: Change, *, by: Actor) -> list[Payout]:
    """What the new items of an exchange cost less than was paid for the old ones goes back while they leave."""
    cheaper = sum((-line.difference for line in claim.lines.filter(difference__lt=0)), Decimal(0))
    remaining = cheaper - ordered_of(claim)
    if remaining <= 0:
        return []
    claim.approved_amount = max(claim.approved_amount or Decimal(0), cheaper)
    return _order_back(claim, remaining, Wish(Means.MONEY), change, by=by)


def _order_back(claim: Claim, remaining: Decimal, wish: Wish, change: Change, *, by: Actor) -> list[Payout]:
    if remaining <= 0:
        return []
    rooms = rooms_of(claim, is_locked=True)
    payments = list(OrderPayment.objects.select_for_update(no_key=True).filter(order=claim.order_id).order_by("pk"))
    parts = _parts(remaining, payments)
    shares = _shares(parts, rooms)
    made = []
    for nth, (part, share) in enumerate(zip(parts, shares, strict=True)):
        payment = next((one for one in payments if one.pk == part.payment_id), None)
        _take(payment, part.amount, share, rooms)
        payout = _refund_row(claim, part, payment, wish, share)
        payout.dedupe_key = f"refund:{claim.pk}:{claim.row_version}:{nth}"
        made.append(_order(payout, change, by=by))
    return made


def order_again(former: Payout, change: Change, *, by: Actor) -> Payout:
    """A payout that was reversed is ordered anew, as a row of its own: what went back is taken once more."""
    claim = former.claim
    rooms = {room.line.pk: room for room in rooms_of(claim, is_locked=True)}
    share = {int(line): Decimal(amount) for line, amount in former.shares.items()}
    if any(line not in rooms or amount > rooms[line].left for line, amount in share.items()):
        raise AbovePaid(left=str(left_of(list(rooms.values()))))
    payment = None
    if former.payment_id:
        payment = OrderPayment.objects.select_for_update(no_key=True).get(pk=former.payment_id)
        if former.worth > payment.amount - payment.refunded_amount:
            raise AbovePaid(left=str(payment.amount - payment.refunded_amount))
    _take(payment, former.worth, share, list(rooms.values()))
    payout = Payout(
        claim=claim,
        customer_id=former.customer_id,
        purpose=former.purpose,
        payment_id=former.payment_id,
        means=former.means,
        worth=former.worth,
        currency=former.currency,
        amount=former.amount,
        unit=former.unit,
        bearer=former.bearer,
        sealed=former.sealed,
        shares=former.shares,
        dedupe_key=f"again:{former.pk}",
    )
    return _order(payout, change, by=by)


def order_compensation(compensation: Compensation, change: Change, *, by: Actor) -> Payout | None:
    """Order a granted compensation; an apology is said, not paid."""
    if compensation.means == Means.APOLOGY:
        return None
    claim = compensation.claim
    payout = Payout(
        claim=claim,
        customer_id=claim.customer_id,
        purpose=Purpose.COMPENSATION,
        compensation=compensation,
        means=compensation.means,
        worth=compensation.worth,
        currency=claim.currency,
        amount=compensation.amount,
        unit=compensation.unit,
        dedupe_key=f"compensation:{compensation.pk}",
    )
    return _order(payout, change, by=by)


def return_receipts(claim: Claim, change: Change, *, by: Actor) -> list[Payout]:
    """What the customer paid for work or goods that they do not get goes back to them."""
    made = []
    for receipt in Receipt.objects.select_for_update(no_key=True).filter(claim=claim).order_by("pk"):
        left = receipt.amount - receipt.returned_amount
        if left <= 0:
            continue
        Receipt.objects.filter(pk=receipt.pk).update(returned_amount=F("returned_amount") + left)
        payout = Payout(
            claim=claim,
            customer_id=claim.customer_id,
            purpose=Purpose.RETURNED,
            means=Means.MONEY,
            worth=left,
            currency=receipt.currency,
            amount=left,
            unit=receipt.currency,
            dedupe_key=f"returned:{receipt.pk}:{receipt.returned_amount}",
        )
        made.append(_order(payout, change, by=by))
    return made


def in_unit(means: str, worth: Decimal, currency: str) -> tuple[Decimal, str]:
    """What a value is in the unit of its means: points by the setting, a gift as one piece."""
    if means == Means.POINTS:
        return worth * setting().points_per_unit, POINTS
    if means == Means.GIFT:
        return Decimal(1), PIECE
    return worth, currency


def setting() -> MoneySetting:
    """The one row, as it ships until somebody saves another."""
    return MoneySetting.objects.select_related("endpoint").filter(pk=1).first() or MoneySetting(pk=1)


def give_back_shares(payout: Payout) -> None:
    """What a reversed payout had taken of order lines and a payment can go back again."""
    claim_lines = ClaimLine.objects.filter(claim_id=payout.claim_id)
    for line_id, amount in sorted((int(line), Decimal(share)) for line, share in payout.shares.items()):
        OrderLine.objects.filter(pk=line_id).update(refunded_amount=F("refunded_amount") - amount)
        claim_lines.filter(order_line_id=line_id).update(amount=F("amount") - amount)
    if payout.payment_id:
        taken = OrderPayment.objects.filter(pk=payout.payment_id)
        taken.update(refunded_amount=F("refunded_amount") - payout.worth)


def _parts(amount: Decimal, payments: Sequence[OrderPayment]) -> list[Part]:
    """Over the payments of the order; an order whose payments nobody told us was paid by the customer, in money."""
    if not payments:
        return [Part(0, amount, To.CUSTOMER)]
    try:
        return split_refund(amount, [Paid(one.pk, one.method, one.amount, one.refunded_amount) for one in payments])
    except TooMuch as refusal:
        raise AbovePaid(_above(refusal.left), left=str(refusal.left)) from None


def _shares(parts: Sequence[Part], rooms: Sequence[Room]) -> list[dict[int, Decimal]]:
    """How much of each order line goes back with each part: in proportion to what the lines leave."""
    left = {room.line.pk: room.left for room in rooms}
    found = []
    for part in parts:
        try:
            amounts = in_proportion(part.amount, list(left.values()))
        except TooMuch as refusal:
            whole = left_of(rooms)
            raise AbovePaid(_above(whole), left=str(whole)) from refusal
        share = {line: amount for line, amount in zip(left, amounts, strict=True) if amount}
        for line, amount in share.items():
            left[line] -= amount
        found.append(share)
    return found


def _above(left: Decimal) -> str:
    return _("Only %(left)s is left of what was paid; more cannot go back.") % {"left": left}


def _take(payment: OrderPayment | None, amount: Decimal, share: Mapping[int, Decimal], rooms: Sequence[Room]) -> None:
    """Count what goes back where it was paid; constraints refuse what would be too much."""
    claim_lines = {room.line.pk: room.claim_line for room in rooms}
    for line_id, part in sorted(share.items()):
        OrderLine.objects.filter(pk=line_id).update(refunded_amount=F("refunded_amount") + part)
        claim_line = claim_lines.get(line_id)
        if claim_line is not None:
            claim_line.amount = (claim_line.amount or Decimal(0)) + part
            claim_line.save(update_fields=["amount"])
    if payment is not None:
        OrderPayment.objects.filter(pk=payment.pk).update(refunded_amount=F("refunded_amount") + amount)


def _refund_row(
    claim: Claim, part: Part, payment: OrderPayment | None, wish: Wish, share: Mapping[int, Decimal]
) -> Payout:
    means = _MEANS_OF_PART.get(part.to, wish.means)
    amount, unit = in_unit(means, part.amount, claim.currency)
    return Payout(
        claim=claim,
        customer_id=claim.customer_id,
        purpose=Purpose.REFUND,
        payment=payment,
        means=means,
        worth=part.amount,
        currency=claim.currency,
        amount=amount,
        unit=unit,
        bearer=payment.bearer if payment is not None and means == Means.SUBSIDY else "",
        sealed=Payout.sealed_account(wish.account) if means == Means.MONEY else "",
        shares={str(line): str(amount) for line, amount in share.items()},
    )


def _order(payout: Payout, change: Change, *, by: Actor) -> Payout:
    payout.ordered_at, payout.ordered_by_kind, payout.ordered_by_id = change.now, by.kind, by.id
    payout.save(force_insert=True)
    booking.book_order(payout, by=by)
    change.announce("payout.ordered", **facts(payout))
    if payout.means in OF_THE_LEDGER:
        mark_paid(payout, change.now, by=by, reference="")
        change.announce("payout.paid", **facts(payout))
    else:
        tell_payer(payout, setting())
    return payout


def mark_paid(payout: Payout, now: datetime, *, by: Actor, reference: str) -> None:
    """Write that it has been paid, book it, and count it in the claim's columns; the caller holds the locks and saves the
    claim."""
    payout.state, payout.paid_at, payout.reference, payout.reason = PayoutState.PAID, now, reference, ""
    payout.paid_by_kind, payout.paid_by_id = by.kind, by.id
    payout.save(update_fields=["state", "paid_at", "reference", "reason", "paid_by_kind", "paid_by_id"])
    booking.book_payment(payout, by=by)
    if payout.purpose == Purpose.REFUND:
        payout.claim.paid_amount += payout.worth
    elif payout.compensation is not None:
        payout.compensation.state, payout.compensation.given_at = "given", now
        payout.compensation.save(update_fields=["state", "given_at"])


def facts(payout: Payout) -> dict[str, Any]:
    """What events say of a payout; no account."""
    return {
        "payout": payout.pk,
        "claim": payout.claim_id,
        "purpose": payout.purpose,
        "means": payout.means,
        "amount": str(payout.amount),
        "unit": payout.unit,
        "state": payout.state,
    }
