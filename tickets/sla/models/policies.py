"""What is promised: policies in their order, their versions, targets and ladders."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import BusinessCalendar

MAX_SECONDS = 366 * 24 * 3600


class Policy(models.Model):
    """One policy of the company; the first in order of `position` whose conditions a ticket meets applies to it.

    What it demands stands in its versions: `version` is the number of the one that counts now. `managers` (ids of staff)
    are told where a ladder says "manager". `preset` names the shipped preset that it came from.
    """

    name = models.CharField(max_length=80, unique=True)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    managers = ArrayField(models.BigIntegerField(), default=list, blank=True)
    preset = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The policy's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class PolicyVersion(models.Model):
    """What a policy demanded from one change to the next; never changed, so a clock can always be explained.

    `conditions`: name → list of words or ids, all of which must hold, each by any of its values (empty or absent: all).
    `pauses`: status categories in which clocks that can pause stand still.
    """

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    conditions: models.JSONField[dict[str, list[Any]], dict[str, list[Any]]] = models.JSONField(default=dict)
    pauses = ArrayField(models.CharField(max_length=7), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.policy_id} v{self.number}"


class Target(models.Model):
    """How long one metric may take, on one calendar: so many working seconds, or until the closing time of the n-th
    working day after the start (0: the next closing time). Of several targets of a metric the first that fits counts.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="targets")
    position = models.PositiveSmallIntegerField(default=0)
    metric = models.CharField(max_length=30)
    priorities = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    # ids of teams: what each has agreed to, such as the time in which it takes up what others hand over to it
    teams = ArrayField(models.BigIntegerField(), default=list, db_default=[], blank=True)
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="+")
    seconds = models.PositiveIntegerField(null=True)
    working_days = models.PositiveSmallIntegerField(null=True)
    # shares of the time in per cent; two decimals, so that "100 seconds of 3 minutes" can be said (55.56)
    warnings = ArrayField(models.DecimalField(max_digits=5, decimal_places=2), default=list, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seconds__gt=0, seconds__lte=MAX_SECONDS, working_days__isnull=True)
                | Q(seconds__isnull=True, working_days__lte=250),
                name="target_has_one_length",
                violation_error_message=_("Give a length of time or a number of working days, not both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} of {self.version_id}"


class EscalationStep(models.Model):
    """A rung of a target's ladder: at a share of the time (1 to 100 per cent) or so many working seconds after the breach, these
    actions, each `{"do": name in the registry, …its arguments}`."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="steps")
    share = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    after_seconds = models.PositiveIntegerField(null=True)
    actions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "share"], name="step_share_once"),
            models.UniqueConstraint(fields=["target", "after_seconds"], name="step_after_once"),
            models.CheckConstraint(
                condition=Q(share__gte=1, share__lte=100, after_seconds__isnull=True)
                | Q(share__isnull=True, after_seconds__gt=0, after_seconds__lte=MAX_SECONDS),
                name="step_has_one_moment",
            ),
        ]


class PolicyBook(models.Model):
    """One row: its version changes with any policy, so every process knows whether its compiled policies still hold."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="policy_book_single")]
