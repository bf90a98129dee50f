"""What a claim cost the company, as far as its rows tell: money and its like, work of outlets. The rest is typed."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from aftersales.compensation.models import Payout, PayoutState, Purpose
from aftersales.outlets.models import Settlement

PARTS = {
    "refund": pgettext_lazy("cost", "Refund"),
    "compensation": pgettext_lazy("cost", "Compensation"),
    "service": pgettext_lazy("cost", "Work of outlets"),
    "other": pgettext_lazy("cost", "Other"),
}


def costs_of(claim: Claim) -> dict[str, Decimal]:
    """Part → amount, without those of nothing; two queries. A refund that no payout tells of stands on the claim."""
    payouts = Payout.objects.filter(claim=claim).exclude(state=PayoutState.REVERSED)
    worth = dict(payouts.values_list("purpose").annotate(worth=Sum("worth")).values_list("purpose", "worth"))
    service = Settlement.objects.filter(work_order__claim=claim, currency=claim.currency).aggregate(total=Sum("total"))
    found = {
        "refund": worth.get(Purpose.REFUND) or claim.paid_amount,
        "compensation": worth.get(Purpose.COMPENSATION),
        "service": service["total"],
    }
    return {name: amount for name, amount in found.items() if amount}
