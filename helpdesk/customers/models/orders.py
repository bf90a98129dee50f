"""What customers bought. Orders and products come from outside; the helpdesk only reads and shows them."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Upper
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
    # sold with service on site: a visit for it never bears a charge
    is_serviced_on_site = models.BooleanField(default=False, db_default=False)
    # what the trade says about returning it: opened media, fresh food, made to measure … (`aftersales.policy`)
    traits = ArrayField(models.CharField(max_length=30), default=list, db_default=[], blank=True)
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
    # when the shop changed it last: what it tells late, about an earlier moment, changes nothing
    told_at = models.DateTimeField(null=True, blank=True)

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
    """One product of an order; `serial` when the thing has one, `lot` the batch it was made in.

    `paid_amount` is what the customer paid for the line after every discount (None: quantity × unit price). How many of it
    are claimed, and how much of it was paid back, is counted here, so that the database refuses what is more than was
    bought or paid; only claims write the two.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)
    serial = models.CharField(max_length=80, blank=True, default="")
    lot = models.CharField(max_length=40, blank=True, default="", db_default="")
    paid_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    claimed_quantity = models.PositiveIntegerField(default=0, db_default=0)
    refunded_amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0))
    # what the shop calls the line
    external_id = models.CharField(max_length=60, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "external_id"], condition=~Q(external_id=""), name="order_line_external_id_once"
            ),
            models.CheckConstraint(condition=Q(claimed_quantity__lte=F("quantity")), name="order_line_claimed_once"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0)
                & Q(refunded_amount__lte=Coalesce(F("paid_amount"), F("quantity") * F("unit_price"))),
                name="order_line_refunded_within_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["serial"], condition=~Q(serial=""), name="order_line_of_serial"),
            # as people type it
            models.Index(Upper("serial"), name="order_line_of_any_serial"),
        ]

    @property
    def paid(self) -> Decimal:
        """What the customer paid for all of it."""
        return self.paid_amount if self.paid_amount is not None else self.quantity * self.unit_price


class PaymentMethod(models.TextChoices):
    """How a part of an order was paid. Each goes back its own way (`aftersales.compensation`)."""

    ONLINE = "online", _("paid online")
    DEPOSIT = "deposit", _("deposit")
    BALANCE = "balance", _("balance after a deposit")
    CASH = "cash", _("cash")
    TRANSFER = "transfer", _("bank transfer")
    STORE_CREDIT = "store_credit", _("store credit")
    POINTS = "points", _("points")
    COUPON = "coupon", _("coupon")
    TRADE_IN = "trade_in", _("trade-in")
    SUBSIDY = "subsidy", _("subsidy")


class OrderPayment(models.Model):
    """A part of what an order cost, by how it was paid and who bore it; refunds are split over these.

    `bearer` names who is repaid when it is not the customer: a state or platform that paid a subsidy.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    method = models.CharField(max_length=12, choices=PaymentMethod)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    refunded_amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    bearer = models.CharField(max_length=60, blank=True, default="")
    external_id = models.CharField(max_length=120, blank=True, default="")
    paid_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(method__in=PaymentMethod.values), name="payment_method_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("amount")),
                name="payment_refunded_within_paid",
            ),
        ]
        indexes = [models.Index(fields=["order", "id"], name="payment_of_order")]
