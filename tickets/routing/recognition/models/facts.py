"""What must be known for each kind of matter, how it is asked for, and how far each ticket is (B4)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models import Kind, Ticket


class AskPolicy(models.TextChoices):
    NEVER = "never", _("do not ask")
    BUTTON = "button", _("offer it to the agent")
    AUTOMATIC = "automatic", _("ask at once")


class FactSource(models.TextChoices):
    TEXT = "text", _("the message")
    ATTACHMENT = "attachment", _("an attachment")
    ORDER = "order", _("the order")
    FIELD = "field", _("the ticket's fields")


class KindFacts(models.Model):
    """How one kind's missing facts are asked for; `{name}`, `{number}` and `{missing}` are filled in."""

    kind = models.CharField(max_length=10, choices=Kind, primary_key=True)
    policy = models.CharField(max_length=9, choices=AskPolicy, default=AskPolicy.BUTTON)
    text = models.TextField(blank=True, default="")
    text_zh = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(policy__in=AskPolicy.values), name="ask_policy_known")]


class RequiredFact(models.Model):
    """One thing that a kind needs: `order_number`, `serial_number`, `photo`, or the key of a custom field."""

    kind = models.CharField(max_length=10, choices=Kind)
    fact = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "fact"], name="required_fact_once")]


class FactCheck(models.Model):
    """How far a ticket is: `found` maps a fact to where it was found, `missing` names what still is; `unverified` are order
    numbers that the customer named and that are not theirs (kept as a count only)."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, primary_key=True, related_name="fact_check")
    kind = models.CharField(max_length=10, choices=Kind)
    found: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    missing = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    unverified = models.PositiveSmallIntegerField(default=0)
    read_to = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_message_id = models.BigIntegerField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)


class SerialPattern(models.Model):
    """How a product's serial numbers look (an RE2 expression for the whole number); `sku` empty: for every product."""

    sku = models.CharField(max_length=60, blank=True, default="", unique=True)
    pattern = models.CharField(max_length=200)

    class Meta:
        ordering = ["sku"]

    def __str__(self) -> str:
        return self.sku
