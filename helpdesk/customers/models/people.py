"""One customer, one profile; the ways in which they are known are identities of that one person."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _


class CustomerLevel(models.TextChoices):
    """H2: set by people now, recomputed by segments later."""

    CORE = "core", _("Core")
    IMPORTANT = "important", _("Important")
    ORDINARY = "ordinary", _("Ordinary")


class IdentityKind(models.TextChoices):
    EMAIL = "email", _("E-mail address")
    PHONE = "phone", _("Phone number")
    OPENID = "openid", _("WeChat openid")
    UNIONID = "unionid", _("WeChat unionid")
    PLATFORM = "platform", _("Platform id")
    MEMBER = "member", _("Member number")
    EXTERNAL = "external", _("External id")


class Organisation(models.Model):
    """A company whose people are customers; mail from its domain belongs to it."""

    name = models.CharField(max_length=160)
    domain = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain"], condition=~Q(domain=""), name="organisation_domain_once")
        ]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A person who writes, calls or buys. `merged_into` marks a profile that became part of another."""

    name = models.CharField(max_length=160, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    timezone = models.CharField(max_length=40, blank=True, default="")
    level = models.CharField(max_length=9, choices=CustomerLevel, default=CustomerLevel.ORDINARY)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="customers"
    )
    region = models.CharField(max_length=80, blank=True, default="")
    notes = models.TextField(blank=True, default="")
    is_blocked = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from")
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    row_version = models.PositiveIntegerField(default=0)
    edit_version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(level__in=CustomerLevel.values), name="customer_level_known")]
        indexes = [
            # find a customer by a part of the name, also in Chinese
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="customer_name_trgm"),
            # a name by its beginning, for the search of tickets
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="customer_name_start"),
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
        ]

    def __str__(self) -> str:
        return f"customer {self.pk}"

    @property
    def display_name(self) -> str:
        """The name, or a neutral word when none is known."""
        return self.name or str(_("Customer"))


class Identity(models.Model):
    """One way in which a customer is known; `value` is normalised (lower-case mail, E.164 phone).

    `scope` separates ids that are only unique within an account or app; empty for those unique in the world. One that was
    only claimed beside a known one, by a message that anybody could have written, may not open that profile's portal.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=8, choices=IdentityKind)
    scope = models.CharField(max_length=60, blank=True, default="")
    value = models.CharField(max_length=320)
    is_verified = models.BooleanField(default=False)
    is_primary = models.BooleanField(default=False)
    may_sign_in = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "scope", "value"], name="identity_once"),
            models.CheckConstraint(condition=Q(kind__in=IdentityKind.values), name="identity_kind_known"),
        ]
        indexes = [
            models.Index(fields=["customer"], name="identity_of_customer"),
            # find a customer by a part of an address or number
            GinIndex(fields=["value"], opclasses=["gin_trgm_ops"], name="identity_value_trgm"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"
