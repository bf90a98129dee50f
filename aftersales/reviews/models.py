"""What remains of a claim when it is closed, and what somebody should look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim


class ReviewSetting(models.Model):
    """One row: within how many days the same problem of a customer counts as a repeat, which rate is aimed at (per cent), and
    from how many claims in half a year on somebody looks at a customer."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    repeat_days = models.PositiveSmallIntegerField(default=90)
    repeat_goal = models.DecimalField(max_digits=4, decimal_places=1, default=Decimal("5.0"))
    many_claims = models.PositiveSmallIntegerField(default=6)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="review_setting_single"),
            models.CheckConstraint(condition=Q(repeat_days__gte=1, repeat_days__lte=730), name="review_repeat_days"),
            models.CheckConstraint(condition=Q(repeat_goal__gte=0, repeat_goal__lte=100), name="review_repeat_goal"),
            models.CheckConstraint(condition=Q(many_claims__gte=2), name="review_many_claims"),
        ]


class Review(models.Model):
    """The closing review of one claim, written with the claim's end: what it cost (`costs`: part → amount, in the claim's
    currency; `cost` is their sum), and whether the same customer had the same problem with the same product before. `is_done`
    when cause and lesson are known; until then it is on the list of those who owe it."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True, related_name="review")
    closed_at = models.DateTimeField()
    costs: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    # typed by hand: freight, work, goods that cannot be sold any more
    other_cost = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    cost_words = models.CharField(max_length=200, blank=True, default="")
    repeat_of = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="repeats")
    is_done = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by_id = models.BigIntegerField(null=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cost__gte=0, other_cost__gte=0), name="review_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(is_done=True, done_at__isnull=False) | Q(is_done=False, done_at__isnull=True),
                name="review_done_at",
            ),
        ]
        indexes = [
            models.Index(fields=["-closed_at", "-claim"], condition=Q(is_done=False), name="review_owed"),
            models.Index(fields=["-closed_at", "-claim"], condition=Q(repeat_of__isnull=False), name="review_repeats"),
            models.Index(fields=["-closed_at", "-claim"], name="review_latest"),
        ]


class SignalKind(models.TextChoices):
    """Why somebody should look: a hint, never a verdict."""

    MANY_CLAIMS = "many_claims", pgettext_lazy("signal", "Many claims in half a year")
    MOST_REFUNDED = "most_refunded", pgettext_lazy("signal", "Most of what was bought has been refunded")
    WRONG_GOODS = "wrong_goods", pgettext_lazy("signal", "Something else came back")
    SERIAL_ELSEWHERE = "serial_elsewhere", pgettext_lazy("signal", "Serial number of another customer's product")
    SERIAL_AGAIN = "serial_again", pgettext_lazy("signal", "The same serial number was refunded before")
    KEPT_OFTEN = "kept_often", pgettext_lazy("signal", "Often refunded and kept")
    NEVER_SENT = "never_sent", pgettext_lazy("signal", "Goods were announced and never came")


class SignalState(models.TextChoices):
    OPEN = "open", pgettext_lazy("signal", "to be looked at")
    HARMLESS = "harmless", pgettext_lazy("signal", "harmless")
    CONFIRMED = "confirmed", pgettext_lazy("signal", "confirmed")


class AbuseSignal(models.Model):
    """One hint about one claim; nothing is refused because of it. `facts` are the figures behind it."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="abuse_signals")
    kind = models.CharField(max_length=16, choices=SignalKind)
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)
    found_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=9, choices=SignalState, default=SignalState.OPEN)
    words = models.CharField(max_length=300, blank=True, default="")
    looked_by_id = models.BigIntegerField(null=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "kind"], name="abuse_signal_once", violation_error_message=_("Known already.")
            ),
            models.CheckConstraint(condition=Q(kind__in=SignalKind.values), name="abuse_signal_kind_known"),
            models.CheckConstraint(
                condition=Q(state="open", looked_at__isnull=True) | (~Q(state="open") & Q(looked_at__isnull=False)),
                name="abuse_signal_looked_at",
            ),
        ]
        indexes = [
            models.Index(fields=["-found_at", "-id"], condition=Q(state="open"), name="abuse_signal_open"),
            models.Index(fields=["-found_at", "-id"], condition=~Q(state="open"), name="abuse_signal_seen"),
        ]
