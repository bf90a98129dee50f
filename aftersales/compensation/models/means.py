"""In what form something is given."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class Means(models.TextChoices):
    """Money leaves the company; credit, points, cards and coupons stand in the ledger; a gift is sent, an apology is said."""

    MONEY = "money", pgettext_lazy("means", "Money")
    CREDIT = "credit", pgettext_lazy("means", "Store credit")
    POINTS = "points", pgettext_lazy("means", "Points")
    GIFT_CARD = "gift_card", pgettext_lazy("means", "Gift card")
    COUPON = "coupon", pgettext_lazy("means", "Coupon")
    SUBSIDY = "subsidy", pgettext_lazy("means", "Subsidy to its payer")
    GIFT = "gift", pgettext_lazy("means", "Gift")
    APOLOGY = "apology", pgettext_lazy("means", "Apology")


# What a desk may give in compensation.
OF_COMPENSATION = (
    Means.MONEY,
    Means.COUPON,
    Means.POINTS,
    Means.CREDIT,
    Means.GIFT_CARD,
    Means.GIFT,
    Means.APOLOGY,
)
# What a refund may be paid out in instead of money.
OF_REFUNDS = (Means.MONEY, Means.CREDIT, Means.POINTS, Means.GIFT_CARD, Means.COUPON)
# Given by the ledger itself, at once.
OF_THE_LEDGER = frozenset({Means.CREDIT, Means.POINTS, Means.GIFT_CARD, Means.COUPON})
