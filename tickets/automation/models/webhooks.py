"""Outgoing webhooks: where other systems want to be told, and each call to them with what they answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from helpdesk.core.models.leased import Leased, LeasedState, leased_indexes
from helpdesk.core.secrets import open_sealed, seal

# How long calls are signed with a secret that was replaced.
FORMER_KEPT = timedelta(days=1)


class WebhookEndpoint(models.Model):
    """An address that gets a signed POST for each event it wants; `*` wants all of the list.

    An endpoint that keeps failing rests (`paused_until`): a minute, doubling up to a day; its calls wait for that.
    """

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    sealed = models.TextField(blank=True, default="")
    events = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The secret that signs; empty when the installation's key has changed."""
        return str(open_sealed(self.sealed).get("secret") or "") if self.sealed else ""

    @property
    def former_secret(self) -> str:
        """The secret before it was changed, while signatures under it still go along; empty afterwards."""
        return str(open_sealed(self.sealed).get("former") or "") if self.former_until is not None else ""

    @property
    def former_until(self) -> datetime | None:
        """Until when calls are signed with the former secret, too; None when they are not."""
        kept = open_sealed(self.sealed) if self.sealed else {}
        until = (
            datetime.fromisoformat(kept["former_until"]) if kept.get("former") and kept.get("former_until") else None
        )
        return until if until is not None and until > timezone.now() else None

    def set_secret(self, secret: str, *, former: str = "") -> None:
        """Sign with this from now on, and with the former one for a day, so that the other side can move over."""
        until = (timezone.now() + FORMER_KEPT).isoformat() if former else ""
        self.sealed = seal({"secret": secret, "former": former, "former_until": until})


class WebhookCall(Leased):
    """One POST to one endpoint, over all its tries; the body is kept as it is sent, so each try is the same."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="calls", db_index=False)
    event_name = models.CharField(max_length=60)
    event_id = models.BigIntegerField(null=True)
    ticket_id = models.BigIntegerField(null=True)
    body = models.TextField()
    # the same over all tries; the other side may drop repeats by it
    key = models.UUIDField(unique=True)
    dedupe_key = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001 - hand-made ones have none
    status_code = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=2000, blank=True, default="")
    took_ms = models.PositiveIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            *leased_indexes("webhook_call"),
            # an endpoint's log, newest first
            models.Index(fields=["endpoint", "-id"], name="webhook_call_of_endpoint"),
            # old rows go
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="webhook_call_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} to {self.endpoint_id}"

    @property
    def is_parked(self) -> bool:
        return self.state == LeasedState.PARKED

    def as_log(self) -> dict[str, Any]:
        return {"webhook_call": self.pk, "event": self.event_name, "attempts": self.attempts}
