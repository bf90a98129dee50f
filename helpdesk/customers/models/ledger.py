"""The one double-entry ledger: money, points, coupons and cards of customers, and where they came from.

Each transaction's entries add up to nought in every unit, so nothing appears or disappears; the database holds that.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from helpdesk.customers.models.people import Customer


class LedgerAccountKind(models.TextChoices):
    """Customers' accounts hold what they may spend or are owed; the company's say what it was for."""

    CREDIT = "credit", pgettext_lazy("ledger", "store credit")
    POINTS = "points", pgettext_lazy("ledger", "points")
    COUPONS = "coupons", pgettext_lazy("ledger", "coupons")
    GIFT_CARDS = "gift_cards", pgettext_lazy("ledger", "gift cards")
    PAYABLE = "payable", pgettext_lazy("ledger", "owed to the customer")
    REFUNDS = "refunds", pgettext_lazy("ledger", "refunds")
    COMPENSATION = "compensation", pgettext_lazy("ledger", "compensation")
    FREIGHT = "freight", pgettext_lazy("ledger", "freight")
    SUBSIDIES = "subsidies", pgettext_lazy("ledger", "subsidies to pay back")
    PAID_OUT = "paid_out", pgettext_lazy("ledger", "paid out")
    EARNED = "earned", pgettext_lazy("ledger", "earned")
    SPENT = "spent", pgettext_lazy("ledger", "spent")
    EXPIRED = "expired", pgettext_lazy("ledger", "expired")


# A customer cannot owe these: their balance never falls below nought.
OF_CUSTOMERS = ("credit", "points", "coupons", "gift_cards", "payable")


class LedgerAccount(models.Model):
    """One account in one unit: a currency (`CNY`), `points` or `coupon`. `balance` is the sum of its entries."""

    kind = models.CharField(max_length=12, choices=LedgerAccountKind)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="ledger_accounts"
    )
    unit = models.CharField(max_length=10)
    balance = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "customer", "unit"], nulls_distinct=False, name="ledger_account_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=LedgerAccountKind.values), name="ledger_account_kind_known"),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, kind__in=OF_CUSTOMERS, balance__gte=0)
                | (Q(customer__isnull=True) & ~Q(kind__in=OF_CUSTOMERS)),
                name="ledger_customer_never_owes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.unit} of {self.customer_id or 'the company'}"


class LedgerTransaction(models.Model):
    """What was booked together; append-only. `key` makes a repeated booking the same one; `reverses` undoes another, once."""

    key = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=30, blank=True, default="")
    subject_id = models.BigIntegerField(null=True)
    by_kind = models.CharField(max_length=12)
    by_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="ledger_of_subject")]

    def __str__(self) -> str:
        return self.key


class LedgerEntry(models.Model):
    """One side of a transaction; append-only. `balance_after` is the account's balance with it."""

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    balance_after = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_of_something")]
        indexes = [models.Index(fields=["account", "-id"], name="ledger_entry_of_account")]
