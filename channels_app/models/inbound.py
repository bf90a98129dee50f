"""Everything that arrives, raw, before anything is done with it."""

from __future__ import annotations

from typing import Any

from django.db import models

from helpdesk.core.models import ChannelAccount
from helpdesk.core.models.leased import Leased, leased_indexes


class InboundEvent(Leased):
    """One raw item from outside, stored before it is acknowledged and processed once however often it is delivered.

    `external_id` (or the raw's hash) is unique per account and kept for good; `raw` goes after the retention time.
    `handler` names the registered function that processes it. `outcome` says what became of it.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="inbound_events")
    external_id = models.CharField(max_length=250)
    handler = models.CharField(max_length=40)
    raw = models.BinaryField(null=True)
    content_type = models.CharField(max_length=100, blank=True, default="")
    # envelope and transport facts that are not in the raw item (SMTP sender and recipients, remote address)
    envelope: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    size = models.PositiveIntegerField(default=0)
    is_ignored = models.BooleanField(default=False)
    ticket_id = models.BigIntegerField(null=True)
    message_id = models.BigIntegerField(null=True)

    order_scope = ("account_id", "order_key")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="inbound_once")]
        indexes = [
            *leased_indexes("inbound", "account"),
            models.Index(fields=["account", "-id"], name="inbound_of_account"),
            # the page of ignored items
            models.Index(fields=["id"], condition=models.Q(is_ignored=True), name="inbound_ignored"),
            # retention: raw items that are done and old
            models.Index(fields=["finished_at"], condition=models.Q(raw__isnull=False), name="inbound_raw_by_age"),
        ]

    def __str__(self) -> str:
        return f"inbound {self.pk} of {self.account_id}"

    def wake_queue(self) -> str:
        return "inbound"
