"""Splitting a refund over the payments of an order: plain amounts in, plain amounts out.

What each payment bore of the goods goes back the way it came: money to the customer by the same means, points to points, a
subsidy to whoever paid it, a trade-in as its value. A part of an order is split in proportion to what is left of each payment;
cents go by the largest remainder, so the parts add up to the amount exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

CENT = Decimal("0.01")


class To(StrEnum):
    """Where a part goes."""

    CUSTOMER = "customer"
    CREDIT = "credit"
    POINTS = "points"
    COUPON = "coupon"
    BEARER = "bearer"


_WAY = {"store_credit": To.CREDIT, "points": To.POINTS, "coupon": To.COUPON, "subsidy": To.BEARER}


@dataclass(frozen=True)
class Paid:
    """A payment: its amount, and how much of it went back before."""

    id: int
    method: str
    amount: Decimal
    refunded: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        return self.amount - self.refunded


@dataclass(frozen=True)
class Part:
    """So much of a refund, by one payment, to one side."""

    payment_id: int
    amount: Decimal
    to: To


class TooMuch(ValueError):
    """More is to go back than was paid and has not gone back; `left` is what there is."""

    def __init__(self, left: Decimal) -> None:
        super().__init__(f"only {left} is left to go back")
        self.left = left


def split_refund(amount: Decimal, payments: Sequence[Paid]) -> list[Part]:
    """The parts of a refund, in the order of the payments; none of nought. Raises `TooMuch`."""
    shares = in_proportion(amount, [payment.left for payment in payments])
    return [
        Part(payment.id, share, _WAY.get(payment.method, To.CUSTOMER))
        for payment, share in zip(payments, shares, strict=True)
        if share
    ]


def in_proportion(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in cents over `weights`, each share at most its weight; raises `TooMuch` when they do not suffice."""
    whole = sum(weights, Decimal(0))
    if amount > whole:
        raise TooMuch(whole)
    if not amount:
        return [Decimal(0)] * len(weights)
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    missing = int((amount - sum(shares)) / CENT)
    by_remainder = sorted(range(len(weights)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder:
        if missing and shares[place] + CENT <= weights[place]:
            shares[place] += CENT
            missing -= 1
    return shares


def to_customer(parts: Sequence[Part]) -> Decimal:
    """What the customer gets of it in money."""
    return sum((part.amount for part in parts if part.to == To.CUSTOMER), Decimal(0))


def after_use(amount: Decimal, days: int, percent_a_day: Decimal) -> Decimal:
    """What is left of a price after so many days of use, at so many per cent of the price a day, never below nought."""
    left = amount * (1 - percent_a_day / 100 * days)
    return max(Decimal(0), left.quantize(CENT))
