"""Counters behind limits per person, address, number and day."""

from django.db import models


class ThrottleCount(models.Model):
    """How often `key` was used in the window that began at `window_at`; old windows are swept."""

    key = models.CharField(max_length=200)
    window_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_at"], name="throttle_window_once")]
        indexes = [models.Index(fields=["window_at"], name="throttle_by_age")]
