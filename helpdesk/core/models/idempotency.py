"""Answers that were given to writes with an `Idempotency-Key`, so that a repeat gets the same answer and does nothing."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone


class IdempotencyRecord(models.Model):
    """One answered write of one API key; written in the transaction of the write, swept after two days.

    `fingerprint` is the SHA-256 of method, path and body: another body under the same key is refused.
    """

    api_key_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body: models.JSONField[Any, Any] = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key_id", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]
