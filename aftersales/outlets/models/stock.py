"""Parts on a shelf, of an outlet or our own, everything that moved them, and claims that wait for one."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from aftersales.visits.models import Outlet
from helpdesk.customers.models import Product


class PartStock(models.Model):
    """How many of a part an outlet has, or the company's own engineers (`outlet` empty). `quantity` is the sum of its moves
    and never below nothing. `unit_price` is what the company pays the outlet back for one that it used (0: it was ours)."""

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, null=True, blank=True, related_name="stock")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="part_stock")
    quantity = models.PositiveIntegerField(default=0)
    reorder_below = models.PositiveIntegerField(default=0)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "product"],
                nulls_distinct=False,
                name="part_stock_once",
                violation_error_message=_("This outlet keeps this part already."),
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="part_price_not_negative"),
        ]


class StockMoveKind(models.TextChoices):
    RECEIVED = "received", pgettext_lazy("stock", "received")
    USED = "used", pgettext_lazy("stock", "used")
    PUT_BACK = "put_back", pgettext_lazy("stock", "put back")
    COUNTED = "counted", pgettext_lazy("stock", "counted")


class StockMove(models.Model):
    """One change of a stock, append-only: how many came (positive) or went (negative), and what was left then. The same
    `key` is the same move, however often it is sent."""

    stock = models.ForeignKey(PartStock, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=8, choices=StockMoveKind)
    quantity = models.IntegerField()
    quantity_after = models.PositiveIntegerField()
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="stock_moves")
    key = models.CharField(max_length=120, unique=True)
    note = models.CharField(max_length=200, blank=True, default="")
    by_kind = models.CharField(max_length=12)
    by_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StockMoveKind.values), name="stock_move_kind_known"),
            models.CheckConstraint(condition=~Q(quantity=0) | Q(kind="counted"), name="stock_move_of_something"),
        ]
        indexes = [
            models.Index(fields=["stock", "-id"], name="stock_moves"),
            models.Index(fields=["claim", "id"], condition=Q(claim__isnull=False), name="stock_moves_of_claim"),
        ]


class PartWait(models.Model):
    """A claim that cannot go on before a part has come. `outlet` is whose shelf it is to come to (empty: our own)."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="part_waits")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, null=True, blank=True, related_name="part_waits")
    asked_at = models.DateTimeField(default=timezone.now)
    came_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="part_wait_of_something"),
            models.UniqueConstraint(
                fields=["claim", "product"], condition=Q(came_at__isnull=True), name="part_wait_once"
            ),
        ]
        # who waits for a part that has just come, the longest first
        indexes = [
            models.Index(fields=["outlet", "product", "id"], condition=Q(came_at__isnull=True), name="part_wait_open")
        ]
