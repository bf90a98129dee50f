"""How people work: what they are good at, how much they take at once, and when they are on shift."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models.staff import Staff
from helpdesk.accounts.permissions import Role

MINUTES_OF_DAY = 24 * 60
MOST_AT_ONCE = 200


class Seniority(models.IntegerChoices):
    """How experienced somebody is; the green lane goes to senior people first."""

    JUNIOR = 1, _("junior")
    REGULAR = 2, _("experienced")
    SENIOR = 3, _("senior")


class SkillLevel(models.IntegerChoices):
    BASIC = 1, _("basic")
    GOOD = 2, _("good")
    EXPERT = 3, _("expert")


class Skill(models.Model):
    """Something that some people can do and a ticket may need: a language, a product, a kind of fault."""

    name = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The skill's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class StaffSkill(models.Model):
    """A person has a skill at a level."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="people")
    level = models.PositiveSmallIntegerField(choices=SkillLevel, default=SkillLevel.GOOD)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "skill"], name="staff_skill_once"),
            models.CheckConstraint(condition=Q(level__in=SkillLevel.values), name="staff_skill_level_known"),
        ]


class RoleCapacity(models.Model):
    """How many conversations of each kind people of a role take at once, unless their lead says otherwise."""

    role = models.CharField(max_length=14, choices=Role, primary_key=True)
    chats = models.PositiveSmallIntegerField(default=0)
    calls = models.PositiveSmallIntegerField(default=0)
    mails = models.PositiveSmallIntegerField(default=0)


class WorkProfile(models.Model):
    """What a lead says about a person; an empty capacity follows the role's."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, primary_key=True, related_name="work_profile")
    seniority = models.PositiveSmallIntegerField(choices=Seniority, default=Seniority.REGULAR)
    chats = models.PositiveSmallIntegerField(null=True, blank=True)
    calls = models.PositiveSmallIntegerField(null=True, blank=True)
    mails = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(seniority__in=Seniority.values), name="work_profile_seniority_known")
        ]


class ShiftKind(models.TextChoices):
    WORK = "work", _("shift")
    DUTY = "duty", _("night duty")
    OFF = "off", _("free")


class Shift(models.Model):
    """A stretch of work of one person: every week on a weekday (0 is Monday), or once on a date.

    Minutes are counted from midnight by the clocks of the person's zone; an end at or before the start lies on the next
    day. Rows for a date replace the weekday's; `off` means that nothing is worked that day. A person without any row
    works whenever they are online.
    """

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=4, choices=ShiftKind, default=ShiftKind.WORK)
    starts = models.PositiveSmallIntegerField(default=9 * 60)
    ends = models.PositiveSmallIntegerField(default=18 * 60)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=False, on__isnull=True) | Q(weekday__isnull=True, on__isnull=False),
                name="shift_weekly_or_dated",
            ),
            models.CheckConstraint(condition=Q(weekday__isnull=True) | Q(weekday__lte=6), name="shift_weekday_known"),
            models.CheckConstraint(condition=Q(kind__in=ShiftKind.values), name="shift_kind_known"),
            models.CheckConstraint(
                condition=Q(starts__lt=MINUTES_OF_DAY, ends__lte=MINUTES_OF_DAY), name="shift_within_a_day"
            ),
        ]
        indexes = [models.Index(fields=["staff", "on"], name="shift_of_staff")]
