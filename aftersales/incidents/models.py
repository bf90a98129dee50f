"""Incidents: more claims on one product or lot than its past leads to expect."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Cause, Claim, Reason
from helpdesk.accounts.models import Staff
from helpdesk.customers.models import Product
from tickets.models import Ticket

NUMBER_PREFIX = "INC-"


def _faults() -> list[str]:
    return [str(reason) for reason in (Reason.DEFECT, Reason.DAMAGED, Reason.MISSING, Reason.NOT_AS_DESCRIBED)]


class AlarmRule(models.Model):
    """How the alarm watches; a single row. `false_rate` is the share of alarms that may be chance (Benjamini and Hochberg),
    `least` the fewest claims that raise one, `reasons` those of a claim that speak of a fault."""

    is_active = models.BooleanField(default=True)
    false_rate = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.01"))
    least = models.PositiveSmallIntegerField(default=5)
    window_hours = models.PositiveSmallIntegerField(default=24)
    past_days = models.PositiveSmallIntegerField(default=90)
    reasons = ArrayField(models.CharField(max_length=16), default=_faults)
    # when the next look is due: set by what is claimed, cleared by the look
    look_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="alarm_rule_single"),
            models.CheckConstraint(condition=Q(false_rate__gt=0, false_rate__lte=1), name="alarm_rule_rate"),
            models.CheckConstraint(condition=Q(least__gte=2), name="alarm_rule_least"),
            models.CheckConstraint(condition=Q(window_hours__gte=1, window_hours__lte=336), name="alarm_rule_window"),
            models.CheckConstraint(condition=Q(past_days__gte=14, past_days__lte=730), name="alarm_rule_past"),
        ]


class DailyClaims(models.Model):
    """How many things of a product and lot were claimed as faulty on a day (UTC); kept up from the event log."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    lot = models.CharField(max_length=40, blank=True, default="")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "lot", "day"], name="daily_claims_once")]
        indexes = [models.Index(fields=["day"], name="daily_claims_by_day")]


class IncidentState(models.TextChoices):
    OPEN = "open", pgettext_lazy("incident", "Open")
    CLOSED = "closed", pgettext_lazy("incident", "Closed")


class Incident(models.Model):
    """One matter behind many claims. The figures are those that raised it: `count` claims in `window_hours` where the past
    (`past_count` in `past_days`) leads to expect `expected`; `p` is the chance of so many by that rate, `limit` what it had to
    be below. `lot` is empty when the whole product is meant. At most one is open for a product and lot."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="incidents")
    lot = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=8, choices=IncidentState, default=IncidentState.OPEN)
    count = models.PositiveIntegerField()
    expected = models.FloatField()
    p = models.FloatField()
    limit = models.FloatField()
    window_hours = models.PositiveSmallIntegerField()
    past_count = models.PositiveIntegerField()
    past_days = models.FloatField()
    # kept for lists: how many claims are tied to it
    tied_count = models.PositiveIntegerField(default=0)
    lead = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="led_incidents")
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    words = models.TextField(blank=True, default="")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "lot"], condition=Q(state="open"), name="incident_open_once_for_a_lot"
            ),
            models.CheckConstraint(condition=Q(state__in=IncidentState.values), name="incident_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | Q(state="closed", closed_at__isnull=False),
                name="incident_closed_at_the_end",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-opened_at", "-id"], name="incident_list"),
            models.Index(fields=["product", "lot", "-closed_at"], name="incident_of_product"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{NUMBER_PREFIX}{self.pk}"

    @property
    def times(self) -> float:
        """How many times the expected number."""
        return self.count / self.expected


class IncidentClaim(models.Model):
    """A claim that belongs to the matter."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="ties")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="incidents")
    tied_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "claim"], name="incident_claim_once")]


class IncidentMessage(models.Model):
    """A message to everybody concerned, in the languages of `texts` (`en`, `zh-hans`), by whom and when."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="messages")
    texts: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["incident", "-id"], name="incident_messages")]


class IncidentTold(models.Model):
    """One ticket that a message goes to; once, whatever the number of its claims. `trouble` says why it could not."""

    message = models.ForeignKey(IncidentMessage, on_delete=models.CASCADE, related_name="told")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "ticket"], name="incident_told_once")]
