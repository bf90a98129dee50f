"""What a visit needs, which times are offered, and the plans of days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftersales.claims.models import ClaimKind
from aftersales.visits.models.choices import PlanEngine, PlanState
from helpdesk.accounts.models import Skill

MINUTES_A_DAY = 24 * 60


class VisitWindow(models.Model):
    """A stretch of the day within which somebody comes, in minutes of the company's wall clocks since midnight."""

    starts = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["starts", "ends"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts__lt=F("ends")) & Q(ends__lte=MINUTES_A_DAY),
                name="visit_window_ends",
                violation_error_message=_("A window ends after it begins, at 24:00 at the latest."),
            ),
            models.UniqueConstraint(
                fields=["starts", "ends"],
                name="visit_window_once",
                violation_error_message=_("This window is already there."),
            ),
        ]


class VisitNeed(models.Model):
    """How long a visit takes and what the engineer has to know, by the claim's kind and the product's category; the row that
    says most counts, an empty field says anything."""

    kind = models.CharField(max_length=21, blank=True, default="")
    category = models.CharField(max_length=60, blank=True, default="")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(default=60)

    class Meta:
        ordering = ["kind", "category"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "category"],
                name="visit_need_once",
                violation_error_message=_("This kind and category have a row already."),
            ),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=600), name="visit_need_minutes"),
        ]

    @property
    def kind_words(self) -> str:
        """The claim's kind as people call it."""
        return str(ClaimKind(self.kind).label) if self.kind in ClaimKind.values else gettext("any kind")


class DayPlan(models.Model):
    """The routes of one day, worked out once more by a worker: what they cost before and after in minutes on the road, how
    many visits changed hands or place, and how long it took."""

    on = models.DateField()
    state = models.CharField(max_length=7, choices=PlanState, default=PlanState.WAITING)
    engine = models.CharField(max_length=7, choices=PlanEngine, blank=True, default="")
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    visits = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    minutes_before = models.PositiveIntegerField(default=0)
    minutes_after = models.PositiveIntegerField(default=0)
    took_ms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PlanState.values), name="day_plan_state_known"),
            models.CheckConstraint(condition=Q(engine__in=["", *PlanEngine.values]), name="day_plan_engine_known"),
            # asked for once at a time
            models.UniqueConstraint(fields=["on"], condition=Q(state="waiting"), name="day_plan_one_waiting"),
        ]
        indexes = [models.Index(fields=["on", "-id"], name="day_plan_of_day")]
