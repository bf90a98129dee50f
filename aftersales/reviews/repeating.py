"""Whether the same customer had the same problem with the same product before (F11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from aftersales.claims.models import Claim, ClaimKind
from aftersales.reviews.setting import review_setting

# No problems of a thing: a paper, an address, somebody else's letter.
OTHER_MATTERS = (
    ClaimKind.INVOICE,
    ClaimKind.ADDRESS_CHANGE,
    ClaimKind.PRICE_PROTECTION,
    ClaimKind.CASE,
    ClaimKind.INSTALLATION,
    ClaimKind.DELIVERY_INSTALLATION,
)


def earlier_of(claim: Claim, *, days: int | None = None, products: Iterable[int] | None = None) -> Claim | None:
    """The latest earlier claim of this customer within the days of the setting that shares a product (or has none either, as
    a complaint may) and the cause; the reason stands for a cause that is not known yet. One query, two where the products
    are not given."""
    if claim.kind in OTHER_MATTERS:
        return None
    days = review_setting().repeat_days if days is None else days
    products = list(claim.lines.values_list("product_id", flat=True) if products is None else products)
    rows = Claim.objects.filter(
        customer_id=claim.customer_id, opened_at__gte=claim.opened_at - timedelta(days=days), pk__lt=claim.pk
    )
    rows = rows.exclude(state="cancelled").exclude(kind__in=[str(kind) for kind in OTHER_MATTERS])
    rows = rows.filter(cause_id=claim.cause_id) if claim.cause_id else rows.filter(reason=claim.reason)
    rows = rows.filter(lines__product__in=products) if products else rows.filter(lines=None)
    return rows.order_by("-pk").first()
