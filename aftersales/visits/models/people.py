"""Who goes to customers: engineers, the outlets some of them belong to, where they go, and when they cannot."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from aftersales.visits.models.choices import AbsenceKind
from helpdesk.accounts.models import Skill, Staff


class Place(models.Model):
    """Where something is on the map, in degrees (WGS 84); both or neither."""

    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        abstract = True


def on_the_map(name: str) -> models.CheckConstraint:
    """Both degrees within their bounds, or neither."""
    return models.CheckConstraint(
        condition=Q(latitude__isnull=True, longitude__isnull=True)
        | Q(latitude__isnull=False, longitude__isnull=False)
        & Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
        name=name,
        violation_error_message=_("Give both degrees (-90 to 90, -180 to 180), or neither."),
    )


class ServiceArea(Place):
    """A part of the country that engineers go to, known by the beginnings of its postal codes and the names of its cities
    (in any language). The map's point is its middle, from which ways are estimated where an address has no point."""

    name = models.CharField(max_length=80, unique=True)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    postcodes = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    cities = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [on_the_map("area_on_the_map")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The area's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class Outlet(Place):
    """A third party that carries out visits for the company. Its people are engineers of it; visits are offered to it by
    rank (the lower the earlier)."""

    name = models.CharField(max_length=120, unique=True)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="")
    address = models.CharField(max_length=250, blank=True, default="")
    areas = models.ManyToManyField(ServiceArea, blank=True, related_name="outlets")
    skills = models.ManyToManyField(Skill, blank=True, related_name="outlets")
    rank = models.PositiveSmallIntegerField(default=50)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["rank", "name"]
        constraints = [on_the_map("outlet_on_the_map")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The outlet's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class Engineer(Place):
    """A person who goes to customers: one of the company, or of an outlet.

    Their skills and shifts are those of the roster (`StaffSkill`, `Shift`); who has no shift there works in the hours of the
    default calendar. Without areas they go everywhere. The map's point is where their day begins. An engineer of an outlet
    gets no visit by the slot search of the company: the outlet is offered it.
    """

    staff = models.OneToOneField(Staff, on_delete=models.PROTECT, related_name="engineer")
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, null=True, blank=True, related_name="engineers")
    phone = models.CharField(max_length=32, blank=True, default="")
    areas = models.ManyToManyField(ServiceArea, blank=True, related_name="engineers")
    most_a_day = models.PositiveSmallIntegerField(default=8)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            on_the_map("engineer_on_the_map"),
            models.CheckConstraint(condition=Q(most_a_day__gte=1, most_a_day__lte=40), name="engineer_most_a_day"),
        ]
        indexes = [models.Index(fields=["outlet"], condition=Q(is_active=True), name="engineer_of_outlet")]

    def __str__(self) -> str:
        return self.staff.name

    @property
    def label(self) -> str:
        return self.staff.name


class Absence(models.Model):
    """Days on which an engineer goes to nobody, the last one included."""

    engineer = models.ForeignKey(Engineer, on_delete=models.CASCADE, related_name="absences")
    kind = models.CharField(max_length=5, choices=AbsenceKind, default=AbsenceKind.ILL)
    first_on = models.DateField()
    last_on = models.DateField()
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-first_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AbsenceKind.values), name="absence_kind_known"),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="absence_ends_after_it_begins",
                violation_error_message=pgettext_lazy("absence", "The last day lies before the first."),
            ),
        ]
        indexes = [models.Index(fields=["last_on", "first_on", "engineer"], name="absence_on")]
