"""Business calendars: weekly hours in a time zone, and the days that differ from the week."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

MINUTES_A_DAY = 24 * 60
_OVERLAP = _("Two blocks of one day overlap.")


def _named(english: str, chinese: str) -> str:
    return (chinese or english) if (get_language() or "").startswith("zh") else (english or chinese)


class BusinessCalendar(models.Model):
    """When work is done: around the clock, or in weekly blocks of local wall time less holidays.

    `country` (ISO 3166-1, two letters) names whose public holidays apply; empty: none. An adjusted working day (a weekend
    on which people work for a holiday) has the hours of `adjusted_weekday` (0 = Monday). `version` changes with anything
    that the arithmetic depends on, and is never used twice, so compiled hours may be kept under it.
    """

    name = models.CharField(max_length=80, unique=True)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    timezone = models.CharField(max_length=64)
    is_24x7 = models.BooleanField(default=False)
    country = models.CharField(max_length=2, blank=True, default="")
    adjusted_weekday = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)
    version = models.UUIDField(default=uuid.uuid4, editable=False)
    filled_on = models.DateField(null=True, editable=False)
    # of which rules of its zone the calendar knows (`helpdesk.core.calendars.zones`)
    zone_rules = models.CharField(max_length=16, blank=True, default="", db_default="", editable=False)

    class Meta:
        ordering = ["-is_default", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="calendar_one_default",
                violation_error_message=_("There is already a default calendar."),
            ),
            models.CheckConstraint(
                condition=Q(is_24x7=False) | Q(country=""),
                name="calendar_24x7_without_holidays",
                violation_error_message=_("Around the clock knows no holidays: leave the country empty."),
            ),
            models.CheckConstraint(condition=~Q(timezone=""), name="calendar_has_a_zone"),
            models.CheckConstraint(condition=Q(adjusted_weekday__lte=6), name="calendar_adjusted_weekday"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The calendar's name in the reader's language."""
        return _named(self.name, self.name_zh)


class Block(models.Model):
    """From `start` to `end` in minutes of local wall time since midnight; 1440 is 24:00. The end is outside."""

    start = models.PositiveSmallIntegerField()
    end = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True


def _block_ends(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(start__lt=F("end")) & Q(end__lte=MINUTES_A_DAY),
        name=name,
        violation_error_message=_("A block begins before it ends, at 24:00 at the latest."),
    )


def _minutes(owner: Combinable) -> Func:
    """A day's block as a range on one long line of minutes, a stretch for each owner, which needs no extension to index."""
    return Func(
        owner * Value(MINUTES_A_DAY, output_field=models.BigIntegerField()) + F("start"),
        owner * Value(MINUTES_A_DAY, output_field=models.BigIntegerField()) + F("end"),
        function="int8range",
        output_field=BigIntegerRangeField(),
    )


class WeeklyBlock(Block):
    """Working hours of one weekday (0 = Monday); several a day leave a lunch break."""

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="weekly_blocks")
    weekday = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            _block_ends("weekly_block_ends"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekly_block_weekday"),
            ExclusionConstraint(
                name="weekly_blocks_apart",
                expressions=[
                    (
                        _minutes(F("calendar_id") * Value(7, output_field=models.BigIntegerField()) + F("weekday")),
                        RangeOperators.OVERLAPS,
                    )
                ],
                violation_error_message=_OVERLAP,
            ),
        ]


class DayKind(models.TextChoices):
    """What a day that differs from its week is."""

    HOLIDAY = "holiday", pgettext_lazy("calendar", "Holiday")
    ADJUSTED = "adjusted", pgettext_lazy("calendar", "Adjusted working day")
    COMPANY = "company", pgettext_lazy("calendar", "Own hours")
    ORDINARY = "ordinary", pgettext_lazy("calendar", "As in the week")


class DaySource(models.TextChoices):
    """Who said so: a library, by its name, or a person."""

    CHINESECALENDAR = "chinesecalendar", "chinesecalendar"
    HOLIDAYS = "holidays", "holidays"
    PERSON = "person", pgettext_lazy("calendar", "Edited by hand")


class CalendarDay(models.Model):
    """One date that differs from the week. A person's row stands whatever the libraries say; `ordinary` takes their day back.

    `is_provisional`: the government has not announced the year yet, and the day follows from the rule alone.
    """

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="days")
    on = models.DateField()
    kind = models.CharField(max_length=10, choices=DayKind)
    name = models.CharField(max_length=200, blank=True, default="")
    name_zh = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=20, choices=DaySource)
    is_provisional = models.BooleanField(default=False)

    class Meta:
        ordering = ["on"]
        constraints = [
            # also the index of "the days of this calendar and year"
            models.UniqueConstraint(
                fields=["calendar", "on"],
                name="calendar_day_once",
                violation_error_message=_("This day is already in the calendar."),
            ),
            models.CheckConstraint(condition=Q(kind__in=DayKind.values), name="calendar_day_kind_known"),
            models.CheckConstraint(condition=Q(source__in=DaySource.values), name="calendar_day_source_known"),
            models.CheckConstraint(
                condition=~Q(source=DaySource.PERSON) | Q(is_provisional=False),
                name="calendar_day_of_person_is_certain",
            ),
            models.CheckConstraint(
                condition=Q(source=DaySource.PERSON) | Q(kind__in=[DayKind.HOLIDAY, DayKind.ADJUSTED]),
                name="calendar_day_of_library",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.kind}"

    @property
    def label(self) -> str:
        """The day's name in the reader's language, else what kind of day it is."""
        return _named(self.name, self.name_zh) or str(self.get_kind_display())


class DayBlock(Block):
    """Working hours of one date with hours of its own; a company day without blocks is free."""

    day = models.ForeignKey(CalendarDay, on_delete=models.CASCADE, related_name="blocks")

    class Meta:
        ordering = ["start"]
        constraints = [
            _block_ends("day_block_ends"),
            ExclusionConstraint(
                name="day_blocks_apart",
                expressions=[(_minutes(F("day_id")), RangeOperators.OVERLAPS)],
                violation_error_message=_OVERLAP,
            ),
        ]
