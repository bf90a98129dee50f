"""Payouts in the ledger: each step is a booking of its own, idempotent by the payout's id."""

from __future__ import annotations

from aftersales.compensation.models import Means, Payout, Purpose, Receipt
from helpdesk.core.actors import Actor
from helpdesk.customers.models import LedgerAccountKind as Kind
from helpdesk.customers.services.ledger import Side, book, reverse

# Where a customer's own means stand.
_ACCOUNT = {
    Means.CREDIT: Kind.CREDIT,
    Means.POINTS: Kind.POINTS,
    Means.GIFT_CARD: Kind.GIFT_CARDS,
    Means.COUPON: Kind.COUPONS,
}
_COST = {Purpose.REFUND: Kind.REFUNDS, Purpose.COMPENSATION: Kind.COMPENSATION, Purpose.RETURNED: Kind.EARNED}


def book_order(payout: Payout, *, by: Actor) -> None:
    """What is ordered is owed: to the customer, to whoever bore a subsidy, or it is given at once."""
    cost, owed = _cost(payout), _owed(payout)
    sides = [Side(cost, payout.unit, -payout.amount), _side(owed, payout, 1)]
    book(order_key(payout), sides, reason=f"{payout.purpose}.ordered", by=by, subject=("payout", payout.pk))


def book_payment(payout: Payout, *, by: Actor) -> None:
    """What left the company is owed no more. What stands in a customer's account stays there."""
    if payout.means in _ACCOUNT:
        return
    sides = [_side(_owed(payout), payout, -1), Side(Kind.PAID_OUT, payout.unit, payout.amount)]
    book(payment_key(payout), sides, reason=f"{payout.purpose}.paid", by=by, subject=("payout", payout.pk))


def book_reversal(payout: Payout, *, by: Actor) -> None:
    """Both bookings are undone, the last first; refuses (`NotEnough`) what the customer has spent."""
    if payout.means not in _ACCOUNT:
        reverse(payment_key(payout), by=by, reason="payout.reversed")
    reverse(order_key(payout), by=by, reason="payout.reversed")


def book_receipt(receipt: Receipt, *, by: Actor) -> None:
    """What a customer paid for a difference or a quote."""
    sides = [
        Side(Kind.PAID_OUT, receipt.currency, -receipt.amount),
        Side(Kind.EARNED, receipt.currency, receipt.amount),
    ]
    book(f"receipt:{receipt.pk}", sides, reason="receipt", by=by, subject=("receipt", receipt.pk))


def order_key(payout: Payout) -> str:
    return f"payout:{payout.pk}:ordered"


def payment_key(payout: Payout) -> str:
    return f"payout:{payout.pk}:paid"


def _cost(payout: Payout) -> Kind:
    if payout.compensation is not None and payout.compensation.rule is not None:
        return Kind.FREIGHT if payout.compensation.rule.basis == "freight" else Kind.COMPENSATION
    return _COST[Purpose(payout.purpose)]


def _owed(payout: Payout) -> Kind:
    if payout.means == Means.SUBSIDY:
        return Kind.SUBSIDIES
    return _ACCOUNT.get(Means(payout.means), Kind.PAYABLE)


def _side(kind: Kind, payout: Payout, sign: int) -> Side:
    customer = None if kind == Kind.SUBSIDIES else payout.customer
    return Side(kind, payout.unit, sign * payout.amount, customer)
