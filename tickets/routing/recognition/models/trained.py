"""Trained models with their versions, and how they are used."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ModelState(models.TextChoices):
    READY = "ready", _("ready")
    REFUSED = "refused", _("refused")
    BROKEN = "broken", _("cannot be read")


class TrainedModel(models.Model):
    """One training: where its texts came from, how well it did, and its weights (`weights.npz`, see `storing`; no pickle).

    `metrics`: head → accuracy, macro_f1, by_class, confusion, curve (coverage and accuracy by threshold), all measured by
    cross-validation. A refused training has its reason and no weights.
    """

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=7, choices=ModelState, default=ModelState.READY)
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField(default=0)
    # {"starter": n, "corrected": n, "solved": n}
    sources: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    metrics: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    settings: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    weights = models.BinaryField(default=b"")
    sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-number"]
        constraints = [models.CheckConstraint(condition=Q(state__in=ModelState.values), name="trained_state_known")]

    def __str__(self) -> str:
        return f"model {self.number}"


class RecognitionSetting(models.Model):
    """One row: the model in use and how sure it must be."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    active = models.ForeignKey(TrainedModel, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    threshold = models.DecimalField(max_digits=3, decimal_places=2, default="0.60")
    tone_threshold = models.DecimalField(max_digits=3, decimal_places=2, default="0.60")
    trains_weekly = models.BooleanField(default=True)
    activates_itself = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="recognition_setting_single"),
            models.CheckConstraint(
                condition=Q(threshold__gte=0, threshold__lte=1, tone_threshold__gte=0, tone_threshold__lte=1),
                name="recognition_thresholds_are_shares",
            ),
        ]
