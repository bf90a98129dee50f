"""Replays of the past under other service levels (D8): what was asked, how far it has come, what came out."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import Staff
from tickets.models import Ticket


class WhatIfState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("what-if", "running")
    DONE = "done", pgettext_lazy("what-if", "done")
    CANCELLED = "cancelled", pgettext_lazy("what-if", "cancelled")


class WhatIf(models.Model):
    """One replay: tickets opened from `since` to `until` (company days, both counted) of these teams and channels (none
    named: all, within `bounds`, the teams of an asker who may not see all).

    `compared_with` are the policies that it is measured against, `alternative` what is put in their place (the fields of
    `analytics.whatif.scenario.Scenario`). What happened is replayed up to `as_of`. `after` is the last ticket that was
    replayed; `figures` adds up what is counted (`analytics.whatif.counting`).
    """

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    as_of = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=WhatIfState, default=WhatIfState.RUNNING)
    since = models.DateField()
    until = models.DateField()
    teams = ArrayField(models.BigIntegerField(), default=list)
    bounds = ArrayField(models.BigIntegerField(), null=True)
    channels = ArrayField(models.CharField(max_length=12), default=list)
    compared_with = models.CharField(max_length=8, default="in_force")
    alternative: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    after = models.BigIntegerField(default=0)
    figures: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=WhatIfState.values), name="what_if_state_known"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="what_if_days_in_order"),
        ]
        # the list, newest first: one's own, or all
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="what_if_newest"),
            models.Index(fields=["staff", "-created_at", "-id"], name="what_if_of_staff"),
        ]

    def __str__(self) -> str:
        return f"what-if {self.pk}"


class WhatIfTicket(models.Model):
    """A ticket on which one metric would have been missed more often, or less often, than it was."""

    what_if = models.ForeignKey(WhatIf, on_delete=models.CASCADE, related_name="changed")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    metric = models.CharField(max_length=30)
    missed_now = models.PositiveSmallIntegerField()
    missed_then = models.PositiveSmallIntegerField()
    # the first deadline that differs, under either side
    due_now = models.DateTimeField(null=True)
    due_then = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(missed_now=F("missed_then")), name="what_if_ticket_differs"),
        ]
        indexes = [models.Index(fields=["what_if", "id"], name="what_if_tickets")]

    @property
    def outcome(self) -> str:
        """`lost`: missed more often; `saved`: less often; `dropped`: it would not have been promised at all."""
        if self.missed_then > self.missed_now:
            return "lost"
        return "dropped" if self.due_then is None else "saved"
