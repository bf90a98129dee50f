"""Questions about reviews and hints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from aftersales.claims.models import Claim
from aftersales.reviews.costs import PARTS
from aftersales.reviews.models import AbuseSignal, Review, SignalState
from aftersales.reviews.repeating import OTHER_MATTERS, earlier_of
from aftersales.reviews.setting import review_setting
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_EXCEPT, CLAIM_VIEW_ALL, CLAIM_WORK
from helpdesk.core import clock, keyset

PAGE_SIZE = 50
SCOPES = ("owed", "repeats", "all")
MONTH = timedelta(days=30)


def reviews_for(staff: Staff, scope: str) -> QuerySet[Review]:
    """Those of claims that the person sees, with what a row shows."""
    rows = Review.objects.select_related("claim__customer", "claim__cause", "claim__ticket", "repeat_of")
    if not staff.can(CLAIM_VIEW_ALL):
        rows = rows.filter(claim__in=Claim.objects.visible_to(staff).values("pk"))
    if scope == "owed":
        return rows.filter(is_done=False)
    return rows.filter(repeat_of__isnull=False) if scope == "repeats" else rows


def review_page(staff: Staff, scope: str, cursor: str | None) -> keyset.Page[Review]:
    """One page, the latest first."""
    return keyset.page(reviews_for(staff, scope), cursor, by="closed_at", size=PAGE_SIZE)


@dataclass(frozen=True)
class Rate:
    """How many of the claims that ended in a month were repeats; `share` in per cent, None without claims."""

    ended: int
    repeats: int

    @property
    def share(self) -> Decimal | None:
        return round(Decimal(100) * self.repeats / self.ended, 1) if self.ended else None


def repeat_rates() -> tuple[Rate, Rate]:
    """Of the last thirty days, and of the thirty before; one query. Matters that cannot come again do not count."""
    now = clock.now()
    counted = Review.objects.filter(closed_at__gte=now - 2 * MONTH).exclude(
        claim__kind__in=[str(kind) for kind in OTHER_MATTERS]
    )
    fresh = Q(closed_at__gte=now - MONTH)
    again = Q(repeat_of__isnull=False)
    sums = counted.aggregate(
        now_ended=Count("pk", filter=fresh),
        now_again=Count("pk", filter=fresh & again),
        then_ended=Count("pk", filter=~fresh),
        then_again=Count("pk", filter=~fresh & again),
    )
    return Rate(sums["now_ended"], sums["now_again"]), Rate(sums["then_ended"], sums["then_again"])


def cost_lines(review: Review) -> list[tuple[Any, Decimal]]:
    """The parts of the cost with their labels."""
    return [(PARTS.get(name, name), Decimal(amount)) for name, amount in review.costs.items()]


def review_panel(*, claim: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The review of a claim at its end (one query); of an open one, whether it is the same problem again (three)."""
    if claim.is_open:
        products = {line.product_id for line in claim.loaded_lines}
        earlier = earlier_of(claim, products=products)
        return {"claim": claim, "earlier": earlier} if earlier is not None else None
    review = Review.objects.select_related("repeat_of").filter(pk=claim.pk).first()
    if review is None:
        return None
    return {"claim": claim, "review": review, "costs": cost_lines(review), "may_review": staff.can(CLAIM_WORK)}


def signals_for(staff: Staff, scope: str, cursor: str | None) -> keyset.Page[AbuseSignal]:
    """One page of hints, the latest first: those that nobody has looked at, or the others."""
    rows = AbuseSignal.objects.select_related("claim__customer", "claim__ticket")
    rows = rows.exclude(state=SignalState.OPEN) if scope == "seen" else rows.filter(state=SignalState.OPEN)
    if not staff.can(CLAIM_VIEW_ALL):
        rows = rows.filter(claim__in=Claim.objects.visible_to(staff).values("pk"))
    return keyset.page(rows, cursor, by="found_at", size=PAGE_SIZE)


def signal_panel(*, claim: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """What stands out about a claim, without what was found harmless; one query."""
    rows = list(claim.abuse_signals.exclude(state=SignalState.HARMLESS).order_by("pk"))
    if not rows:
        return None
    return {"claim": claim, "signals": rows, "may_judge": staff.can(CLAIM_EXCEPT)}


def goal() -> Decimal:
    """The repeat rate that is aimed at, in per cent."""
    return review_setting().repeat_goal
