"""Whether and when customers are asked how it went."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from helpdesk.accounts.models import Team

DEFAULT_DELAY_MINUTES = 60


class SurveySetting(models.Model):
    """One row for everybody (no team), which carries the delay, and one for each team that differs from it."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    is_on = models.BooleanField(default=True)
    # from the solving to the question
    delay_minutes = models.PositiveIntegerField(default=DEFAULT_DELAY_MINUTES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team"], nulls_distinct=False, name="survey_setting_once"),
            models.CheckConstraint(condition=Q(delay_minutes__lte=10080), name="survey_delay_within_a_week"),
        ]

    def __str__(self) -> str:
        return f"survey setting of team {self.team_id or 'all'}"
