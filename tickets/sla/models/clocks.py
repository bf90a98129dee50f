"""What runs: clocks, the ledger that explains them, and the steps that have fired."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models import Ticket
from tickets.sla.models.policies import PolicyVersion, Target


class ClockState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("clock", "running")
    PAUSED = "paused", pgettext_lazy("clock", "paused")
    MET = "met", pgettext_lazy("clock", "met")
    CANCELLED = "cancelled", pgettext_lazy("clock", "cancelled")


OPEN = Q(state__in=["running", "paused"])
_RUNNING = Q(state="running")


class Clock(models.Model):
    """One promise on one ticket (or on a record of a higher room that hangs on it): a metric with its deadline.

    Time is counted in segments: `spent_seconds` of working time were used before `resumed_at`, and the running segment
    counts from there on the target's calendar, so `due_at` = calendar.add(resumed_at, length_seconds - spent_seconds).
    A paused clock has no segment and no deadline, only what is left. `generation` rises with each new deadline's ladder:
    the next round of a repeating metric, or a deadline that was moved back into the future after its breach.
    `calendar_version` is the calendar that `due_at` was computed with; `next_fire_at` the next warning, breach or rung.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="clocks")
    subject_kind = models.CharField(max_length=30, default="ticket")
    subject_id = models.BigIntegerField()
    metric = models.CharField(max_length=30)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="clocks")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="clocks")
    state = models.CharField(max_length=9, choices=ClockState, default=ClockState.RUNNING)
    generation = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    spent_seconds = models.BigIntegerField(default=0)
    length_seconds = models.BigIntegerField()
    calendar_version = models.UUIDField()
    due_at = models.DateTimeField(null=True)
    next_fire_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    breach_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            # also the lookup of a ticket's open clocks
            models.UniqueConstraint(
                fields=["ticket", "subject_kind", "subject_id", "metric"], condition=OPEN, name="clock_open_once"
            ),
            models.CheckConstraint(condition=Q(state__in=ClockState.values), name="clock_state_known"),
            models.CheckConstraint(
                condition=~_RUNNING | Q(resumed_at__isnull=False, due_at__isnull=False, ended_at__isnull=True),
                name="clock_running_has_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state="paused")
                | Q(paused_at__isnull=False, resumed_at__isnull=True, due_at__isnull=True, next_fire_at__isnull=True),
                name="clock_paused_stands_still",
            ),
            models.CheckConstraint(
                condition=OPEN | Q(ended_at__isnull=False, next_fire_at__isnull=True), name="clock_ended_is_silent"
            ),
        ]
        indexes = [
            # the sweep's question: what is due
            models.Index(fields=["next_fire_at"], condition=_RUNNING & Q(next_fire_at__isnull=False), name="clock_due"),
            # all clocks of a ticket, also ended ones
            models.Index(fields=["ticket", "id"], name="clock_of_ticket"),
            # what a changed calendar concerns
            models.Index(fields=["target", "ticket"], condition=OPEN, name="clock_open_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} clock {self.pk} of ticket {self.ticket_id}"

    @property
    def is_open(self) -> bool:
        return self.state in {ClockState.RUNNING, ClockState.PAUSED}

    @property
    def remaining_seconds(self) -> int | None:
        """Working seconds left of a paused clock (negative: over its time); None for others, which have a deadline."""
        return self.length_seconds - self.spent_seconds if self.state == ClockState.PAUSED else None


class ClockEventKind(models.TextChoices):
    APPLIED = "applied", pgettext_lazy("clock", "policy applied")
    STARTED = "started", pgettext_lazy("clock", "started")
    PAUSED = "paused", pgettext_lazy("clock", "paused")
    RESUMED = "resumed", pgettext_lazy("clock", "resumed")
    RECOMPUTED = "recomputed", pgettext_lazy("clock", "recomputed")
    WARNED = "warned", pgettext_lazy("clock", "warned")
    BREACHED = "breached", pgettext_lazy("clock", "breached")
    ESCALATED = "escalated", pgettext_lazy("clock", "escalated")
    MET = "met", pgettext_lazy("clock", "met")
    CANCELLED = "cancelled", pgettext_lazy("clock", "cancelled")


class ClockEvent(models.Model):
    """One line of a clock's ledger: what happened, when, and the values that it left; append-only, held by a trigger.

    `data["row"]` holds the clock's columns that the line changed, so the lines in their order give the row.
    """

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="ledger")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=10, choices=ClockEventKind)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=ClockEventKind.values), name="clock_event_known")]
        indexes = [models.Index(fields=["clock", "id"], name="clock_ledger")]


class ClockStep(models.Model):
    """A step of a clock's ladder that has fired: once for each generation, whatever dies."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="fired")
    generation = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=24)
    fired_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "generation", "step"],
                name="clock_step_once",
                violation_error_message=_("This step has fired already."),
            )
        ]
