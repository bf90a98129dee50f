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


@dataclass(frozen=True)
class CaseFacts:
    """What a proposal looks at: the claim, what was paid for what it is about, and the freight that the policy repays."""

    kind: str
    reason: str
    level: str
    paid: Decimal
    freight: Decimal = Decimal(0)


@dataclass(frozen=True)
class ProposingRule:
    """When something is proposed and how much. Empty sets mean any; `most` is the most that a percentage comes to."""

    id: int
    means: str
    basis: str
    value: Decimal
    most: Decimal | None = None
    kinds: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    least_paid: Decimal = Decimal(0)

    def fits(self, facts: CaseFacts) -> bool:
        """Whether it speaks of such a claim."""
        wanted = ((self.kinds, facts.kind), (self.reasons, facts.reason), (self.levels, facts.level))
        return facts.paid >= self.least_paid and all(not some or one in some for some, one in wanted)

    def worth(self, facts: CaseFacts) -> Decimal:
        """In the claim's currency, in cents; nought proposes nothing, except an apology."""
        if self.basis == "freight":
            return facts.freight
        if self.basis == "percent":
            amount = (facts.paid * self.value / 100).quantize(CENT, ROUND_DOWN)
            return min(amount, self.most) if self.most is not None else amount
        return self.value


@dataclass(frozen=True)
class Proposed:
    """What a rule comes to for a claim."""

    rule_id: int
    means: str
    worth: Decimal


def propose(rules: Sequence[ProposingRule], facts: CaseFacts) -> list[Proposed]:
    """What the rules that fit propose, in their order; of one form only the first, so that gifts do not pile up."""
    found: list[Proposed] = []
    for rule in rules:
        if not rule.fits(facts):
            continue
        worth = Decimal(0) if rule.means == "apology" else rule.worth(facts)
        is_new = rule.basis == "freight" or all(one.means != rule.means for one in found)
        if is_new and (worth > 0 or rule.means == "apology"):
            found.append(Proposed(rule.id, rule.means, worth))
    return found
