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
    # since when its chip warns: the first warning at three quarters of the time or later, else the last there is
    warn_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)

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


class BreachCause(models.TextChoices):
    """Why a deadline was missed, in the words that reports add up; what they leave out stands in `Breach.words`."""

    WORKLOAD = "workload", pgettext_lazy("breach", "Too much came at once")
    STAFFING = "staffing", pgettext_lazy("breach", "Too few people on duty")
    CUSTOMER = "customer", pgettext_lazy("breach", "Waited for the customer")
    THIRD_PARTY = "third_party", pgettext_lazy("breach", "Waited for another department or a supplier")
    PARTS = "parts", pgettext_lazy("breach", "Parts or goods were not there")
    DIFFICULT = "difficult", pgettext_lazy("breach", "Harder than usual")
    SYSTEM = "system", pgettext_lazy("breach", "A system or channel failed")
    OVERLOOKED = "overlooked", pgettext_lazy("breach", "Overlooked")
    OTHER = "other", pgettext_lazy("breach", "Another reason")
    MOVED = "moved", pgettext_lazy("breach", "The deadline was moved afterwards")


class Breach(models.Model):
    """A missed deadline that wants a reason: one for each clock and generation, written with the breach itself.

    `cause` is empty until somebody of the staff gives it; `words` are theirs. `moved` is given by the product when a
    recomputation puts the deadline back into the future: nobody was late by what holds now.
    """

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="breaches")
    generation = models.PositiveSmallIntegerField()
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="breaches")
    metric = models.CharField(max_length=30)
    due_at = models.DateTimeField()
    cause = models.CharField(max_length=12, choices=BreachCause, blank=True, default="")
    words = models.CharField(max_length=300, blank=True, default="")
    explained_by = models.BigIntegerField(null=True)
    explained_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "breaches"
        constraints = [
            models.UniqueConstraint(fields=["clock", "generation"], name="breach_once"),
            models.CheckConstraint(condition=Q(cause__in=["", *BreachCause.values]), name="breach_cause_known"),
            models.CheckConstraint(
                condition=~Q(cause="") | Q(words="", explained_at__isnull=True), name="breach_words_have_a_cause"
            ),
        ]
        indexes = [
            # a ticket's, for its page
            models.Index(fields=["ticket", "id"], name="breach_of_ticket"),
            # the list of those without a reason
            models.Index(fields=["-due_at", "-id"], condition=Q(cause=""), name="breach_unexplained"),
        ]

    def __str__(self) -> str:
        return f"breach of clock {self.clock_id} round {self.generation}"
