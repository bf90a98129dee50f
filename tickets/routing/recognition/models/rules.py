"""Rules that recognise a matter while it arrives."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Match(models.TextChoices):
    ALL = "all", _("all conditions hold")
    ANY = "any", _("any condition holds")


class RecognitionRule(models.Model):
    """One rule; all that fit act, in order of `position`, and the first that says something about a thing decides it.

    `conditions`: list of `{"field", "op", "value"}`, `effects`: see `tickets.routing.recognition.effects`. `preset` names
    the shipped rule that it came from, so that it is not added again.
    """

    name = models.CharField(max_length=80, unique=True)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    match = models.CharField(max_length=3, choices=Match, default=Match.ALL)
    conditions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    effects: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    stops = models.BooleanField(default=False)
    preset = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.CheckConstraint(condition=Q(match__in=Match.values), name="recognition_match_known")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The rule's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class RuleBook(models.Model):
    """One row: the version of the rules that counts now; every process compiles them once per version."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="recognition_rulebook_single")]
