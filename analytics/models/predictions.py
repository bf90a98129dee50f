"""The probability that a running deadline will be missed (D9): the models that were learned, and what they say now."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from helpdesk.accounts.models import Staff
from tickets.models import Ticket
from tickets.sla.models import Clock


class PredictionModel(models.Model):
    """One version of what was learned for one metric; numbers only, nothing that would run when it is read.

    `weights` are those of `analytics.prediction.scoring`; `report` says how good they were on deadlines that were set later
    than all that they learned from. `refusal` says why a training gave nothing to use (empty: it did).
    """

    metric = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    trained_at = models.DateTimeField(default=timezone.now)
    trained_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    is_active = models.BooleanField(default=False)
    closed_clocks = models.PositiveIntegerField(default=0)
    samples = models.PositiveIntegerField(default=0)
    weights: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    report: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    refusal = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "number"], name="prediction_number_once"),
            models.UniqueConstraint(fields=["metric"], condition=Q(is_active=True), name="prediction_one_active"),
            models.CheckConstraint(condition=Q(is_active=False) | Q(refusal=""), name="prediction_active_is_usable"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} v{self.number}"


class Risk(models.Model):
    """What is expected of a running clock that is worth a look; the others have no row.

    `probability` (0 to 1) is empty while there is no model for the metric: then `share`, the part of the time that is used,
    is all that can be said. `risk` is what lists are ordered by. `reasons` are the largest contributions, as
    `[name of the feature, its value, its weight]`. `warns_at` is the first warning: likely is what is known before it.
    """

    clock = models.OneToOneField(Clock, on_delete=models.CASCADE, primary_key=True, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    metric = models.CharField(max_length=30)
    team_id = models.BigIntegerField()
    risk = models.FloatField()
    probability = models.FloatField(null=True)
    share = models.FloatField()
    due_at = models.DateTimeField()
    warns_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    model = models.ForeignKey(PredictionModel, on_delete=models.PROTECT, null=True, related_name="+")
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(risk__gte=0, risk__lte=1), name="risk_is_a_share"),
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | Q(probability__gte=0, probability__lte=1),
                name="risk_probability_is_one",
            ),
        ]
        indexes = [
            # the list of what is likely, of all teams and of some
            models.Index(fields=["-risk", "-clock"], name="risk_highest"),
            models.Index(fields=["team_id", "-risk", "-clock"], name="risk_of_team"),
        ]
