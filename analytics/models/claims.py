"""What statistics know of claims: a row for each, totals by day, and how many are open."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from aftersales.claims.models import Claim


class ClaimFact(models.Model):
    """One claim as figures see it; brought in line whenever the event log says that something about it changed.

    Days are the company's. A claim *counts* when it came to an end that closes the loop (closed, or closed as rejected), and
    is no case of an authority, which has deadlines of its own; `cycle_seconds` is then the time from the application to the
    end. `is_worked`: somebody came or mended it; `is_fixed`: once was enough. `cost` is the review's. `product_id` and
    `cause_id` are 0 where there is none; the team is the ticket's, and stays what it was at the end.
    """

    claim = models.OneToOneField(
        Claim, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=21)
    state = models.CharField(max_length=20)
    is_open = models.BooleanField()
    team_id = models.BigIntegerField()
    product_id = models.BigIntegerField(default=0)
    cause_id = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    opened_day = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_day = models.DateField(null=True)
    is_counted = models.BooleanField(default=False)
    cycle_seconds = models.BigIntegerField(null=True)
    is_kept = models.BooleanField(default=False)
    is_worked = models.BooleanField(default=False)
    is_fixed = models.BooleanField(default=False)
    is_repeat = models.BooleanField(default=False)
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(is_open=True) | Q(ended_day__isnull=False), name="claim_fact_ended"),
            models.CheckConstraint(
                condition=Q(is_counted=False) | Q(is_open=False, cycle_seconds__isnull=False), name="claim_fact_counted"
            ),
            models.CheckConstraint(condition=Q(is_fixed=False) | Q(is_worked=True), name="claim_fact_fixed"),
        ]
        indexes = [
            # the claims behind a figure: the oldest open first, the latest ended first
            models.Index(fields=["opened_at", "claim"], condition=Q(is_open=True), name="claim_fact_open"),
            models.Index(fields=["-ended_at", "-claim"], condition=Q(is_counted=True), name="claim_fact_ended_at"),
            # three filters and more, answered from the index alone
            models.Index(
                fields=["product_id", "kind", "team_id", "ended_day"],
                condition=Q(is_counted=True),
                include=["cause_id", "cycle_seconds", "is_kept", "is_worked", "is_fixed", "is_repeat", "cost"],
                name="claim_fact_narrow",
            ),
            # a day's totals made anew
            models.Index(fields=["opened_day"], name="claim_fact_opened_day"),
            models.Index(fields=["ended_day"], condition=Q(is_counted=True), name="claim_fact_ended_day"),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk}"


class ClaimTotal(models.Model):
    """How many claims were opened and ended on a day, in one cut through them (`analytics.aftersales.cuts`).

    `kept` ended within 72 hours; `worked` needed a visit or the workshop, `fixed` needed it once; `repeats` were the same
    problem once more. `buckets` and `numbers` are a sparse histogram of the cycle (`analytics.calc`).
    """

    day = models.DateField()
    scope = models.CharField(max_length=16)
    a = models.CharField(max_length=24, blank=True, default="")
    b = models.CharField(max_length=24, blank=True, default="")
    opened = models.IntegerField(default=0)
    ended = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    worked = models.IntegerField(default=0)
    fixed = models.IntegerField(default=0)
    repeats = models.IntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))
    buckets = ArrayField(models.SmallIntegerField(), default=list)
    numbers = ArrayField(models.IntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "day", "a", "b"], name="claim_total_once"),
            models.CheckConstraint(
                condition=Q(kept__lte=F("ended"), fixed__lte=F("worked"), repeats__lte=F("ended")),
                name="claim_total_adds_up",
            ),
        ]


class OpenClaims(models.Model):
    """How many claims are open now in a state, by the day on which they were opened, in one cut through them."""

    scope = models.CharField(max_length=16)
    a = models.CharField(max_length=24, blank=True, default="")
    b = models.CharField(max_length=24, blank=True, default="")
    state = models.CharField(max_length=20)
    day = models.DateField()
    number = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "a", "b", "state", "day"], name="open_claims_once"),
        ]
