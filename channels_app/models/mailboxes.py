"""Mailbox accounting: every message that a server showed us is imported, parked or ignored by a rule; none is skipped."""

from __future__ import annotations

from django.db import models

from channels_app.models.inbound import InboundEvent
from helpdesk.core.models import ChannelAccount


class Mailbox(models.Model):
    """One IMAP folder of an account. The reader goes by UID and UIDVALIDITY, never by the unread flag.

    `seen_on_server` counts every UID that the server has shown under the present UIDVALIDITY, `on_server` those that lie
    there now; `missing` are the seen ones of which we have nothing, as the last comparison with the server found.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="mailboxes")
    folder = models.CharField(max_length=200, default="INBOX")
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    seen_on_server = models.PositiveIntegerField(default=0)
    on_server = models.PositiveIntegerField(default=0)
    polled_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    missing = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    failures = models.PositiveIntegerField(default=0)
    next_poll_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "folder"], name="mailbox_once")]


class MailboxItem(models.Model):
    """One message on the server, by its UID under one UIDVALIDITY, and the event that it became."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="items")
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    event = models.ForeignKey(InboundEvent, on_delete=models.PROTECT, null=True, related_name="mailbox_items")
    # why no event was made of it (a rule, or too large to fetch)
    ignored = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="mailbox_item_once")]
