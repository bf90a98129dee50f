"""What is allowed, as rows: sets of rules in an order, each with all its versions."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language


class PolicyBook(models.Model):
    """One row, whose version changes with anything that judging depends on: processes compile the rules once for each."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.UUIDField(default=uuid.uuid4)


class RuleSet(models.Model):
    """A set of rules that belong together, such as the no-reason return; asked in the order of `position`. `preset` names the
    shipped one that it began as. A set that `is_second` looks a second time at what the others allowed."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    preset = models.CharField(max_length=60, blank=True, default="")
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_second = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["position", "id"], name="rule_set_order")]

    def __str__(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class RuleSetVersion(models.Model):
    """The rules of a set as they were from one moment on; append-only, held by a trigger, since claims keep the version that
    they were judged by."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    rules: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    by_kind = models.CharField(max_length=12)
    by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule_set", "number"], name="rule_set_version_once")]
