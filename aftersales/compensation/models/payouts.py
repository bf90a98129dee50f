"""What goes out to customers (payouts) and what they pay (receipts), each of them once."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from aftersales.compensation.models.compensations import Compensation
from aftersales.compensation.models.means import Means
from helpdesk.core.secrets import open_sealed, seal
from helpdesk.customers.models import Customer, OrderPayment

__all__ = ["Means", "Payout", "PayoutState", "Purpose", "Receipt", "ReceiptMeans"]


class Purpose(models.TextChoices):
    """What a payout is for."""

    REFUND = "refund", pgettext_lazy("payout", "Refund")
    COMPENSATION = "compensation", pgettext_lazy("payout", "Compensation")
    RETURNED = "returned", pgettext_lazy("payout", "Payment given back")


class PayoutState(models.TextChoices):
    """Ordered, then paid or failed; a failed one is ordered again or given up, a paid one may be reversed."""

    ORDERED = "ordered", pgettext_lazy("payout", "ordered")
    PAID = "paid", pgettext_lazy("payout", "paid")
    FAILED = "failed", pgettext_lazy("payout", "failed")
    REVERSED = "reversed", pgettext_lazy("payout", "reversed")


class Payout(models.Model):
    """One transfer to one side by one means. Written only by `aftersales.compensation.services`.

    `worth` is its value in the claim's currency (what counts against the approved amount), `amount` what is given, in `unit`
    (a currency, `points`, or `piece` for a gift). `key` goes along to whoever pays and stays the same until they report a
    failure; `former_keys` are those of earlier orders, so that a late word about one of them still finds its payout.
    `shares` says how much of each order line went back with it.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payouts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose)
    compensation = models.ForeignKey(
        Compensation, on_delete=models.PROTECT, null=True, blank=True, related_name="payouts"
    )
    payment = models.ForeignKey(OrderPayment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    means = models.CharField(max_length=9, choices=Means)
    worth = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="CNY")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    unit = models.CharField(max_length=10)
    bearer = models.CharField(max_length=60, blank=True, default="")
    sealed = models.TextField(blank=True, default="")
    shares: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict, blank=True)

    state = models.CharField(max_length=8, choices=PayoutState, default=PayoutState.ORDERED)
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    former_keys = ArrayField(models.UUIDField(), default=list, blank=True)
    # the same order written twice is one row
    dedupe_key = models.CharField(max_length=80, unique=True)
    reference = models.CharField(max_length=120, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    ordered_at = models.DateTimeField(default=timezone.now)
    ordered_by_kind = models.CharField(max_length=12)
    ordered_by_id = models.BigIntegerField(null=True)
    paid_at = models.DateTimeField(null=True)
    paid_by_kind = models.CharField(max_length=12, blank=True, default="")
    paid_by_id = models.BigIntegerField(null=True)
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="payout_purpose_known"),
            models.CheckConstraint(condition=Q(means__in=Means.values), name="payout_means_known"),
            models.CheckConstraint(condition=Q(state__in=PayoutState.values), name="payout_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0, worth__gte=0), name="payout_of_something"),
            models.CheckConstraint(
                condition=Q(state__in=["paid", "reversed"], paid_at__isnull=False)
                | Q(state__in=["ordered", "failed"], paid_at__isnull=True),
                name="payout_paid_at",
            ),
            models.CheckConstraint(
                condition=Q(state="reversed", reversed_at__isnull=False)
                | (~Q(state="reversed") & Q(reversed_at__isnull=True)),
                name="payout_reversed_at",
            ),
            models.CheckConstraint(
                condition=Q(purpose="compensation", compensation__isnull=False)
                | (~Q(purpose="compensation") & Q(compensation__isnull=True)),
                name="payout_of_compensation",
            ),
            models.UniqueConstraint(
                fields=["compensation"],
                condition=Q(compensation__isnull=False) & ~Q(state="reversed"),
                name="payout_once_a_compensation",
            ),
        ]
        indexes = [
            # finance: what is to be paid, what failed, the oldest first
            models.Index(
                fields=["state", "ordered_at", "id"], condition=Q(state__in=["ordered", "failed"]), name="payout_to_do"
            ),
            # the list by API: all of them in their order
            models.Index(fields=["ordered_at", "id"], name="payout_ordered"),
            # finance: what was paid, the newest first
            models.Index(fields=["-paid_at", "-id"], condition=Q(paid_at__isnull=False), name="payout_paid"),
            models.Index(fields=["claim", "id"], name="payout_of_claim"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="payout_of_reference"),
        ]

    def __str__(self) -> str:
        return f"P-{self.pk}"

    @property
    def number(self) -> str:
        return f"P-{self.pk}"

    @property
    def account(self) -> str:
        """Where the money goes, as the customer gave it; empty when it goes back the way it came."""
        return str(open_sealed(self.sealed).get("account") or "") if self.sealed else ""

    @property
    def is_unfinished(self) -> bool:
        return self.state in {PayoutState.ORDERED, PayoutState.FAILED}

    @staticmethod
    def sealed_account(account: str) -> str:
        """What is stored of an account: sealed, since it is personal."""
        return seal({"account": account}) if account else ""

    def as_message(self) -> dict[str, Any]:
        """What whoever pays is told, in words of the API."""
        return {
            "payout": self.number,
            "idempotency_key": str(self.key),
            "claim": self.claim.number,
            "order": self.claim.order.number if self.claim.order else None,
            "purpose": self.purpose,
            "means": self.means,
            "amount": str(self.amount),
            "unit": self.unit,
            "bearer": self.bearer,
            "payment": self.payment.external_id if self.payment else "",
            "account": self.account,
        }


class ReceiptMeans(models.TextChoices):
    """How a customer paid us."""

    ONLINE = "online", _("paid online")
    TRANSFER = "transfer", _("bank transfer")
    CASH = "cash", _("cash")


class Receipt(models.Model):
    """What a customer paid for a claim: a difference in price, an accepted quote. `reference` makes it appear once; what was
    given back of it is counted, so that it is never more than was paid."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="receipts")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="CNY")
    means = models.CharField(max_length=8, choices=ReceiptMeans)
    reference = models.CharField(max_length=120)
    returned_amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    at = models.DateTimeField(default=timezone.now)
    by_kind = models.CharField(max_length=12)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(means__in=ReceiptMeans.values), name="receipt_means_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_of_something"),
            models.CheckConstraint(
                condition=Q(returned_amount__gte=0, returned_amount__lte=F("amount")), name="receipt_returned_within"
            ),
            models.UniqueConstraint(fields=["means", "reference"], name="receipt_once"),
        ]
        indexes = [models.Index(fields=["claim", "id"], name="receipt_of_claim")]

    def __str__(self) -> str:
        return self.reference
