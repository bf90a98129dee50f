"""Things that customers own: registered by serial number, with what covers them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.customers.models.orders import OrderLine, Product
from helpdesk.customers.models.people import Customer


class CoverPlan(models.Model):
    """What a warranty or an extension covers, for how long; counted from the purchase, or from the end of what it extends."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    months = models.PositiveSmallIntegerField()
    is_extension = models.BooleanField(default=False)
    covers_parts = models.BooleanField(default=True)
    covers_labour = models.BooleanField(default=True)
    covers_accidents = models.BooleanField(default=False)
    products = models.ManyToManyField(Product, blank=True, related_name="cover_plans")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(months__gte=1, months__lte=240), name="cover_plan_months")]

    def __str__(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class RegisteredProduct(models.Model):
    """One thing with its serial number, and who owns it. A serial is registered once for its product; who registered it first
    keeps it until they or the company give it on."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="registered")
    serial = models.CharField(max_length=80)
    lot = models.CharField(max_length=40, blank=True, default="")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="registered_products"
    )
    order_line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    purchased_on = models.DateField(null=True, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    is_confirmed = models.BooleanField(default=False)
    registered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "serial"],
                name="registered_once",
                violation_error_message=_("This serial number is registered already."),
            ),
            models.CheckConstraint(condition=~Q(serial=""), name="registered_with_serial"),
        ]
        indexes = [
            models.Index(fields=["serial"], name="registered_by_serial"),
            models.Index(
                fields=["customer", "-id"], condition=Q(customer__isnull=False), name="registered_of_customer"
            ),
            models.Index(fields=["product", "lot"], name="registered_of_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.serial}"


class Cover(models.Model):
    """A plan on a thing, from and until; computed when it begins, so that a later change of the plan leaves it alone."""

    registered = models.ForeignKey(RegisteredProduct, on_delete=models.CASCADE, related_name="covers")
    plan = models.ForeignKey(CoverPlan, on_delete=models.PROTECT, related_name="covers")
    starts_on = models.DateField()
    ends_on = models.DateField()
    order_number = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registered", "plan", "starts_on"], name="cover_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="cover_ends_after_start"),
        ]
        indexes = [models.Index(fields=["registered", "-ends_on"], name="cover_of_registered")]
