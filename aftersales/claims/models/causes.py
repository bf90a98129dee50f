"""Why something went wrong, as the company adds it up (F10, F11)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class CauseGroup(models.TextChoices):
    """The fixed list of F10; causes below it are the company's own."""

    PROCESS = "process", _("Process")
    ATTITUDE = "attitude", _("Attitude")
    QUALITY = "quality", _("Product or service quality")
    INFORMATION = "information", _("Information")
    EXPECTATION = "expectation", _("Expectation")


class Cause(models.Model):
    """One cause of the company's list; never deleted, only retired, since closed claims name it."""

    key = models.CharField(max_length=40, unique=True)
    group = models.CharField(max_length=12, choices=CauseGroup)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(group__in=CauseGroup.values), name="cause_group_known")]

    def __str__(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name
