"""Mail that demo mode would have sent into the world."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SinkMail(models.Model):
    """One mail to one recipient, caught by our own listener in demo mode and readable at `/demo/mailbox/`.

    `address` is the recipient's, lower case; `raw` the mail as it came over the wire. Old ones are dropped.
    """

    address = models.CharField(max_length=320)
    sender = models.CharField(max_length=320, blank=True, default="")
    subject = models.CharField(max_length=250, blank=True, default="")
    raw = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            # the newest mails of one address
            models.Index(fields=["address", "-id"], name="sink_mail_of_address"),
        ]

    def __str__(self) -> str:
        return f"sink mail {self.pk}"
