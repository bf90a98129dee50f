"""The rules that people edit: which ticket needs which skill, and how a ticket is graded."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from helpdesk.accounts.models import Skill, SkillLevel, Staff, Team
from tickets.models import Kind


class RoutingBook(models.Model):
    """One row whose version changes with any rule below, so that processes know when to read them anew."""

    version = models.UUIDField(default=uuid.uuid4)


class SkillNeed(models.Model):
    """Tickets that meet every named condition need the skill, at least at the level."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="needs")
    level = models.PositiveSmallIntegerField(choices=SkillLevel, default=SkillLevel.BASIC)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    # a product, a brand or a topic, by the tag that the ticket bears
    tag = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["skill__name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=SkillLevel.values), name="skill_need_level_known"),
            models.UniqueConstraint(
                fields=["skill", "team", "kind", "language", "tag"], nulls_distinct=False, name="skill_need_once"
            ),
        ]


class GradeRule(models.Model):
    """A version of C1's rule: urgency and complexity by kind, value by customer level (1 to 3 each); the highest counts.

    A ticket of urgency 3 is urgent; one of complexity 3, or with complexity × value of at least `complex_from`, complex.
    """

    version = models.PositiveIntegerField(unique=True)
    urgency = models.JSONField()
    complexity = models.JSONField()
    value = models.JSONField()
    complex_from = models.PositiveSmallIntegerField(default=6)
    made_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-version"]
