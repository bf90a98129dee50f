"""How far each role may go, how money leaves, and what rules propose."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy

from aftersales.compensation.models.means import OF_COMPENSATION, Means
from helpdesk.accounts.permissions import Role
from tickets.automation.models import WebhookEndpoint


class Limit(models.Model):
    """What a role decides by itself, per claim: the refund, and all compensation together. None: without a limit. A role
    without a row decides nothing that costs money."""

    role = models.CharField(max_length=20, choices=Role, unique=True)
    refund = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    compensation = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(refund__isnull=True) | Q(refund__gte=0))
                & (Q(compensation__isnull=True) | Q(compensation__gte=0)),
                name="limit_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.role


class MoneySetting(models.Model):
    """One row. `points_per_unit`: how many points stand for one unit of currency. With an `endpoint`, money is ordered from the
    company's system by webhook, else finance pays by hand. `freight` is what a return's freight is repaid with when nobody
    says how much it was."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    points_per_unit = models.PositiveIntegerField(default=100)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    freight = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(12))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="money_setting_once"),
            models.CheckConstraint(condition=Q(points_per_unit__gte=1, freight__gte=0), name="money_setting_sensible"),
        ]

    def __str__(self) -> str:
        return "money"


class Basis(models.TextChoices):
    """What a rule's amount is measured by."""

    FIXED = "fixed", pgettext_lazy("compensation rule", "a fixed amount")
    PERCENT = "percent", pgettext_lazy("compensation rule", "per cent of what was paid for it")
    FREIGHT = "freight", pgettext_lazy("compensation rule", "the freight of the return, where the policy repays it")


class ProposalRule(models.Model):
    """When a compensation is proposed, and which. An empty list of kinds, reasons or levels means any. A rule is never deleted
    once used, only switched off, since compensations name it."""

    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    kinds = ArrayField(models.CharField(max_length=21), default=list, blank=True)
    reasons = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    levels = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    least_paid = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    means = models.CharField(max_length=9, choices=Means)
    basis = models.CharField(max_length=7, choices=Basis, default=Basis.FIXED)
    value = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    most = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    # what it shipped as, empty for the company's own
    preset = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(means__in=[str(one) for one in OF_COMPENSATION]), name="proposal_means_known"
            ),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="proposal_basis_known"),
            models.CheckConstraint(
                condition=Q(value__gte=0, least_paid__gte=0) & (Q(most__isnull=True) | Q(most__gt=0)),
                name="proposal_not_negative",
            ),
            models.UniqueConstraint(fields=["preset"], condition=~Q(preset=""), name="proposal_preset_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name
