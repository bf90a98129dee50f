"""What became of deadlines: a row for each, and totals by day that pages read instead of counting."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tickets.models import Ticket


class Outcome(models.Model):
    """One deadline (`generation` of a clock) that was decided: met in its time, or its time was over.

    `decided_at` is the answer's moment or the deadline's, whichever came first; `day` its day in the company's time zone.
    Where the ticket lay (team, owner, account, kind, level) is as of that moment. `used_seconds` of working time, pauses
    left out, is known once the clock was met, in time or late.
    """

    clock_id = models.BigIntegerField()
    generation = models.PositiveSmallIntegerField()
    ticket = models.ForeignKey(
        Ticket, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    metric = models.CharField(max_length=30)
    policy_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    target_id = models.BigIntegerField()
    team_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField()
    channel = models.CharField(max_length=12)
    kind = models.CharField(max_length=10)
    level = models.CharField(max_length=10)
    decided_at = models.DateTimeField()
    day = models.DateField()
    is_met = models.BooleanField()
    used_seconds = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clock_id", "generation"], name="outcome_once")]
        indexes = [
            # the tickets behind a figure, newest first: breaches of a period, of a team, and of one target
            models.Index(fields=["-decided_at", "-id"], condition=Q(is_met=False), name="outcome_breaches"),
            models.Index(fields=["team_id", "-decided_at", "-id"], name="outcome_of_team"),
            models.Index(fields=["target_id", "-decided_at", "-id"], name="outcome_of_target"),
            # a day's totals made anew
            models.Index(fields=["day", "id"], name="outcome_of_day"),
            # three filters and more, answered from the index alone; a missing one is skipped over
            models.Index(
                fields=["kind", "channel", "level", "team_id", "day"],
                include=["metric", "target_id", "is_met", "used_seconds"],
                name="outcome_narrow",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} of clock {self.clock_id}.{self.generation}"


class OutcomeTotal(models.Model):
    """How many deadlines of a target were decided on a day, in one cut through them.

    `scope` names the cut and its one or two values `a` and `b`: `all`, `team`, `team+channel` … (`analytics.scopes`).
    `buckets` and `numbers` are a sparse histogram of used working time (`analytics.calc`), which can be added up.
    """

    day = models.DateField()
    scope = models.CharField(max_length=16)
    a = models.CharField(max_length=20, blank=True, default="")
    b = models.CharField(max_length=20, blank=True, default="")
    target_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    policy_id = models.BigIntegerField()
    metric = models.CharField(max_length=30)
    ended = models.IntegerField(default=0)
    met = models.IntegerField(default=0)
    used_number = models.IntegerField(default=0)
    used_seconds = models.BigIntegerField(default=0)
    buckets = ArrayField(models.SmallIntegerField(), default=list)
    numbers = ArrayField(models.IntegerField(), default=list)

    class Meta:
        constraints = [
            # also the way in which every page reads: a cut, a stretch of days
            models.UniqueConstraint(fields=["scope", "day", "a", "b", "target_id"], name="outcome_total_once"),
            models.CheckConstraint(condition=Q(met__lte=models.F("ended")), name="outcome_total_adds_up"),
        ]
