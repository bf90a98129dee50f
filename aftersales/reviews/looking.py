"""Gathering what is known of a claim's customer, and writing hints for a person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from aftersales.claims.models import Claim, ClaimLine, Condition, Outcome
from aftersales.reviews.calc import Past, signals_of
from aftersales.reviews.models import AbuseSignal
from aftersales.reviews.repeating import OTHER_MATTERS
from aftersales.reviews.setting import review_setting
from helpdesk.core import clock
from helpdesk.customers.models import OrderLine, RegisteredProduct

HALF_A_YEAR = timedelta(days=183)
A_YEAR = timedelta(days=365)
# With these the customer has had the thing's price, or another thing.
_GIVEN = (
    Outcome.REFUND,
    Outcome.KEEP_ITEM,
    Outcome.EXCHANGE,
    Outcome.STORE_CREDIT,
    Outcome.GIFT_CARD,
    Outcome.POINTS,
)


def look_at_claim(claim: Claim) -> int:
    """Write a hint for each thing that stands out and is not written yet; returns how many do. Seven queries."""
    found = signals_of(past_of(claim))
    now = clock.now()
    AbuseSignal.objects.bulk_create(
        [AbuseSignal(claim=claim, kind=kind, facts=facts, found_at=now) for kind, facts in found.items()],
        ignore_conflicts=True,
    )
    return len(found)


def past_of(claim: Claim) -> Past:
    """What the rows tell, before this claim and with it."""
    recent = Claim.objects.filter(
        customer_id=claim.customer_id, opened_at__gte=claim.opened_at - HALF_A_YEAR, pk__lte=claim.pk
    ).exclude(kind__in=[str(kind) for kind in OTHER_MATTERS])
    counts = recent.aggregate(
        claims=Count("pk", filter=~Q(state="cancelled")),
        kept=Count("pk", filter=Q(outcome=Outcome.KEEP_ITEM, decided_at__isnull=False)),
        expired=Count("pk", filter=Q(state="expired")),
    )
    orders = OrderLine.objects.filter(
        order__customer_id=claim.customer_id,
        order__currency=claim.currency,
        order__placed_at__gte=claim.opened_at - A_YEAR,
    ).aggregate(
        orders=Count("order", distinct=True),
        bought=Sum(Coalesce(F("paid_amount"), F("quantity") * F("unit_price"))),
        refunded=Sum("refunded_amount"),
    )
    lines = list(ClaimLine.objects.filter(claim=claim).values_list("product_id", "serial", "condition"))
    serials = {(product, serial) for product, serial, _condition in lines if serial}
    return Past(
        claims=counts["claims"],
        many_claims=review_setting().many_claims,
        orders=orders["orders"],
        bought=orders["bought"] or Decimal(0),
        refunded=orders["refunded"] or Decimal(0),
        kept=counts["kept"],
        expired=counts["expired"],
        wrong_lines=sum(condition == Condition.WRONG for _product, _serial, condition in lines),
        serials_of_others=_of_others(claim, serials) if serials else (),
        serials_refunded=_refunded(claim, serials) if serials else (),
    )


def _any_of(serials: set[tuple[int, str]]) -> Q:
    wanted = Q()
    for product, serial in sorted(serials):
        wanted |= Q(product_id=product, serial=serial)
    return wanted


def _of_others(claim: Claim, serials: set[tuple[int, str]]) -> list[str]:
    """Registered by somebody else, or sold to somebody else."""
    registered = RegisteredProduct.objects.filter(_any_of(serials), customer__isnull=False)
    sold = OrderLine.objects.filter(_any_of(serials)).exclude(order__customer_id=claim.customer_id)
    found = set(registered.exclude(customer_id=claim.customer_id).values_list("serial", flat=True))
    return sorted(found | set(sold.values_list("serial", flat=True)[:20]))


def _refunded(claim: Claim, serials: set[tuple[int, str]]) -> list[str]:
    """Given its price or another thing in an earlier claim."""
    earlier = ClaimLine.objects.filter(_any_of(serials), claim_id__lt=claim.pk, claim__outcome__in=_GIVEN)
    ended = earlier.filter(claim__state__in=["closed", "settled", "delivered"])
    return sorted(set(ended.values_list("serial", flat=True)[:20]))
