"""Work that a process takes under a lease: inbound events, deliveries and jobs share these columns, one sweep and one page."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LeasedState(models.TextChoices):
    READY = "ready", _("waiting for a worker")
    WORKING = "working", _("in work")
    BACK_OFF = "back_off", _("will be tried again")
    DONE = "done", _("done")
    PARKED = "parked", _("parked")
    DISCARDED = "discarded", _("discarded")


UNFINISHED = (LeasedState.READY, LeasedState.WORKING, LeasedState.BACK_OFF)


class Leased(models.Model):
    """State of one piece of work. `attempts` is committed before the work starts, so that a death is counted.

    A lease lasts `LEASE_SECONDS` and is renewed by the working process; whoever finishes must still hold the token.
    Rows with the same `order_key` are worked oldest first, one at a time; a row in back-off holds its key, a parked
    one does not.
    """

    state = models.CharField(max_length=10, choices=LeasedState, default=LeasedState.READY)
    order_key = models.CharField(max_length=200, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    # What tells rows of one key apart from rows of another; the account belongs to it where there is one.
    order_scope: tuple[str, ...] = ("order_key",)

    @classmethod
    def leased_kind(cls) -> str:
        return cls._meta.label_lower

    def wake_queue(self) -> str:
        """The Celery queue on which this row is offered."""
        return "bulk"

    def new_token(self) -> uuid.UUID:
        return uuid.uuid4()


def leased_indexes(prefix: str, *scope: str) -> list[models.Index]:
    """The three partial indexes of a leased table: by key among the unfinished, what is due, what is parked."""
    unfinished = Q(state__in=[str(state) for state in UNFINISHED])
    return [
        models.Index(fields=[*scope, "order_key", "id"], condition=unfinished, name=f"{prefix}_unfinished_key"),
        models.Index(fields=["id"], condition=unfinished, name=f"{prefix}_unfinished"),
        models.Index(fields=["id"], condition=Q(state=str(LeasedState.PARKED)), name=f"{prefix}_parked"),
    ]


class Job(Leased):
    """A piece of background work of any room: its kind names the registered function, its arguments are ids."""

    kind = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=12, default="bulk")
    dedupe_key = models.CharField(max_length=200, null=True)  # noqa: DJ001 - many jobs have none, and it is unique
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dedupe_key"], name="job_dedupe_key_once")]
        indexes = [
            *leased_indexes("job"),
            models.Index(fields=["kind"], condition=~Q(state=str(LeasedState.DONE)), name="job_open_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    def wake_queue(self) -> str:
        return self.queue

    def as_log(self) -> dict[str, Any]:
        return {"job": self.pk, "kind": self.kind, "attempts": self.attempts}
