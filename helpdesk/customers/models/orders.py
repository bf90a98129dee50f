"""What customers bought. Orders and products come from outside; the helpdesk only reads and shows them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.customers.models.people import Customer


class Product(models.Model):
    """Something the company sells, by its article number."""

    sku = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    name_zh = models.CharField(max_length=160, blank=True, default="")
    category = models.CharField(max_length=60, blank=True, default="")
    model = models.CharField(max_length=60, blank=True, default="")
    warranty_months = models.PositiveSmallIntegerField(default=12)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.sku

    @property
    def label(self) -> str:
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class OrderState(models.TextChoices):
    PLACED = "placed", _("placed")
    PAID = "paid", _("paid")
    SHIPPED = "shipped", _("shipped")
    DELIVERED = "delivered", _("delivered")
    CANCELLED = "cancelled", _("cancelled")
    RETURNED = "returned", _("returned")


class Order(models.Model):
    """One purchase, by the number the customer knows; `source` is the shop it came from."""

    number = models.CharField(max_length=60)
    source = models.CharField(max_length=60, blank=True, default="")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=10, choices=OrderState, default=OrderState.PLACED)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="CNY")
    placed_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    shipping = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="order_number_once"),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state_known"),
        ]
        indexes = [
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
            models.Index(fields=["number"], name="order_by_number"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One product of an order; `serial` when the thing has one."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)
    serial = models.CharField(max_length=80, blank=True, default="")
