"""A visit: somebody goes to the customer for a claim."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.db.models.functions import Cast
from django.utils import timezone

from aftersales.claims.models import Claim
from aftersales.visits.models.choices import VisitResult, VisitState
from aftersales.visits.models.people import Engineer, Outlet, Place, ServiceArea, on_the_map
from aftersales.visits.querysets import VisitQuerySet
from helpdesk.accounts.models import Skill

_BIG = models.BigIntegerField()
OPEN = Q(state__in=["asked", "booked", "checked_in"])
# Each engineer has a stretch of their own on one long line of seconds, so that the index needs no extension.
STRETCH = 10**11


def _busy() -> Func:
    """From the planned arrival to the planned end, on the engineer's stretch."""
    # `extract` of a moment with a zone depends on the session as far as PostgreSQL knows, that of a moment in UTC does not
    second = Func(F("planned_at"), template="EXTRACT(EPOCH FROM %(expressions)s AT TIME ZONE 'UTC')", output_field=_BIG)
    start = F("engineer_id") * Value(STRETCH, output_field=_BIG) + Cast(second, _BIG)
    return Func(
        start,
        start + F("minutes") * Value(60, output_field=_BIG),
        function="int8range",
        output_field=BigIntegerRangeField(),
    )


class Visit(Place):
    """Written only by the verbs in `aftersales.visits.services`. A claim has at most one that is not at its end.

    The customer is promised that somebody comes between `window_start` and `window_end`; `planned_at` is when the engineer's
    route has them arrive, `minutes` how long they stay. Moments of the promises: asked, assigned (an engineer or outlet has
    it), confirmed (a time that the customer agreed to or chose), checked in (`here_*`: where the phone was, metres), finished.
    A visit that is given to an outlet has an engineer as soon as the outlet names one. `address` holds name, phone, city,
    district, street and postcode; the map's point is the address's. `row_version` rises with every change.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="visits")
    state = models.CharField(max_length=10, choices=VisitState, default=VisitState.ASKED)
    area = models.ForeignKey(ServiceArea, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(default=60)
    address: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)

    engineer = models.ForeignKey(Engineer, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    # the dispatcher's word: the planner leaves it with this engineer
    is_pinned = models.BooleanField(default=False)

    asked_at = models.DateTimeField(default=timezone.now)
    assigned_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    here_latitude = models.FloatField(null=True, blank=True)
    here_longitude = models.FloatField(null=True, blank=True)
    here_within = models.PositiveIntegerField(null=True, blank=True)

    result = models.CharField(max_length=12, choices=VisitResult, blank=True, default="")
    # what was done, for the record and the customer
    work = models.TextField(blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    rebookings = models.PositiveSmallIntegerField(default=0)
    row_version = models.PositiveIntegerField(default=1)

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            on_the_map("visit_on_the_map"),
            models.CheckConstraint(condition=Q(state__in=VisitState.values), name="visit_state_known"),
            models.CheckConstraint(condition=Q(result__in=["", *VisitResult.values]), name="visit_result_known"),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=600), name="visit_minutes"),
            models.UniqueConstraint(fields=["claim"], condition=OPEN, name="visit_one_open_of_claim"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "cancelled"])
                | Q(window_start__isnull=False, window_end__gt=F("window_start"))
                & (Q(engineer__isnull=False) | Q(outlet__isnull=False)),
                name="visit_booked_with_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["checked_in", "finished"]) | Q(checked_in_at__isnull=False),
                name="visit_checked_in_at",
            ),
            models.CheckConstraint(
                condition=Q(state="finished", finished_at__isnull=False) & ~Q(result="")
                | ~Q(state="finished") & Q(finished_at__isnull=True, result=""),
                name="visit_finished_with_result",
            ),
            models.CheckConstraint(
                condition=Q(planned_at__isnull=True)
                | Q(planned_at__gte=F("window_start"), planned_at__lte=F("window_end")),
                name="visit_planned_in_window",
            ),
            # nobody is in two places; re-planning a day swaps times, so it may be asked at the end of the transaction
            ExclusionConstraint(
                name="visit_engineer_once",
                expressions=[(_busy(), RangeOperators.OVERLAPS)],
                condition=Q(state="booked", engineer__isnull=False, planned_at__isnull=False),
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]
        indexes = [
            # an engineer's day in route order
            models.Index(
                fields=["engineer", "planned_at"], condition=Q(engineer__isnull=False), name="visit_of_engineer"
            ),
            models.Index(fields=["outlet", "window_start"], condition=Q(outlet__isnull=False), name="visit_of_outlet"),
            # the dispatcher's day, and what still needs a time
            models.Index(fields=["window_start", "id"], condition=Q(window_start__isnull=False), name="visit_of_day"),
            models.Index(fields=["asked_at", "id"], condition=Q(state="asked"), name="visit_to_arrange"),
            models.Index(fields=["claim", "-id"], name="visit_of_claim"),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk} of {self.claim_id}"

    @property
    def is_open(self) -> bool:
        return self.state in {VisitState.ASKED, VisitState.BOOKED, VisitState.CHECKED_IN}

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """The promised time, once there is one."""
        if self.window_start is None or self.window_end is None:
            return None
        return self.window_start, self.window_end
