"""What the company owes an outlet for one work order."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from aftersales.outlets.models.work import WorkOrder
from aftersales.visits.models import Outlet


class SettlementState(models.TextChoices):
    """`due`: made when the work was done; `disputed`: the outlet says that it is not right; `agreed`: may be paid."""

    DUE = "due", pgettext_lazy("settlement", "to be checked")
    DISPUTED = "disputed", pgettext_lazy("settlement", "disputed")
    AGREED = "agreed", pgettext_lazy("settlement", "agreed")
    PAID = "paid", pgettext_lazy("settlement", "paid")


class Settlement(models.Model):
    """The record of one work order, made once with its end. `total` is the sum of its lines; once paid it never changes."""

    work_order = models.OneToOneField(WorkOrder, on_delete=models.PROTECT, related_name="settlement")
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="settlements")
    state = models.CharField(max_length=8, choices=SettlementState, default=SettlementState.DUE)
    total = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3)
    words = models.CharField(max_length=300, blank=True, default="")
    made_at = models.DateTimeField(default=timezone.now)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by_id = models.BigIntegerField(null=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_by_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SettlementState.values), name="settlement_state_known"),
            models.CheckConstraint(condition=Q(total__gte=0), name="settlement_not_negative"),
            models.CheckConstraint(
                condition=Q(state="paid", paid_at__isnull=False) | (~Q(state="paid") & Q(paid_at__isnull=True)),
                name="settlement_paid_at",
            ),
        ]
        indexes = [
            # finance's list: a state's newest first; an outlet's newest first
            models.Index(fields=["state", "-made_at", "-id"], name="settlement_of_state"),
            models.Index(fields=["outlet", "-made_at", "-id"], name="settlement_of_outlet"),
        ]

    @property
    def number(self) -> str:
        return f"ST-{self.pk}"


class LineKind(models.TextChoices):
    LABOUR = "labour", pgettext_lazy("settlement", "labour")
    TRAVEL = "travel", pgettext_lazy("settlement", "travel")
    PART = "part", pgettext_lazy("settlement", "part")
    CORRECTION = "correction", pgettext_lazy("settlement", "correction")


class SettlementLine(models.Model):
    """One amount of a settlement; only a correction takes something away, and says why."""

    settlement = models.ForeignKey(Settlement, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10, choices=LineKind)
    words = models.CharField(max_length=200, blank=True, default="")
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    by_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="settlement_line_kind_known"),
            models.CheckConstraint(condition=Q(amount=F("quantity") * F("unit_price")), name="settlement_line_adds_up"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) | (Q(kind="correction") & ~Q(words="")), name="settlement_line_correction"
            ),
        ]
        indexes = [models.Index(fields=["settlement", "id"], name="settlement_lines")]
