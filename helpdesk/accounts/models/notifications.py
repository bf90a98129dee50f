"""What a person of the staff is told: assignments, mentions, failures; shown in the desk, later also by mail."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from helpdesk.accounts.models.staff import Staff


class Notification(models.Model):
    """One line for one person about one event; `event_id` and kind make it appear once."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    event_id = models.BigIntegerField(null=True)
    ticket_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "event_id", "kind"], name="notification_once")]
        indexes = [
            models.Index(fields=["staff", "-id"], name="notification_of_staff"),
            models.Index(fields=["staff"], condition=Q(read_at__isnull=True), name="notification_unread"),
        ]
