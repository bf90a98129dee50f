"""Rules about senders that are applied before a message becomes a ticket."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SenderVerdict(models.TextChoices):
    ALLOW = "allow", _("never spam")
    BLOCK = "block", _("always spam")


class SenderRule(models.Model):
    """An address (`a@b.cn`) or a domain (`b.cn`) that is always or never spam; nothing is deleted by it."""

    pattern = models.CharField(max_length=254, unique=True)
    verdict = models.CharField(max_length=5, choices=SenderVerdict)
    note = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pattern"]

    def __str__(self) -> str:
        return self.pattern
