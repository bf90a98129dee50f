"""Engineers, areas, needs and windows, as the settings change them; each change announces visits.changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from aftersales.claims.models import ClaimKind
from aftersales.visits.models import Engineer, ServiceArea, Visit, VisitNeed, VisitState, VisitWindow
from helpdesk.accounts.models import Skill, Staff
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, SERVICE_DO
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged, save_checked
from tickets.services.labels import locked, plain_text, values_of

AREA_FIELDS = ("name", "name_zh", "postcodes", "cities", "latitude", "longitude", "is_active")
ENGINEER_FIELDS = ("staff_id", "outlet_id", "phone", "most_a_day", "latitude", "longitude", "is_active")
NEED_FIELDS = ("kind", "category", "skill_id", "minutes")
MOST_AREAS, MOST_NEEDS, MOST_WINDOWS = 500, 300, 24


def engineer_values(row: Engineer) -> dict[str, Any]:
    """What the form shows of an engineer, their areas included."""
    return {**values_of(row, ENGINEER_FIELDS), "areas": sorted(area.pk for area in row.areas.all())}


@transaction.atomic
def save_engineer(
    pk: int | None, values: Mapping[str, Any], areas: Sequence[int], *, by: Actor, seen: str | None = None
) -> Engineer:
    """Make a person an engineer, or change what they do. Their skills and shifts are those of the roster.

    Refuses (`Invalid`) a person whose role carries out no visits, and to deactivate somebody who still has visits to make.
    """
    require(by, AFTERSALES_MANAGE)
    wanted = {name: plain_text(values.get(name)) for name in ENGINEER_FIELDS}
    if pk is None:
        row = Engineer(**wanted)
        _require_role(row)
    else:
        row = locked(Engineer, pk)
        require_unchanged(seen, engineer_values(row))
        wanted.pop("staff_id")
        _keep_its_visits(row, wanted)
        for name, value in wanted.items():
            setattr(row, name, value)
    save_checked(row)
    row.areas.set(ServiceArea.objects.filter(pk__in=areas))
    _tell("engineer", row, by)
    return row


def _require_role(row: Engineer) -> None:
    staff = Staff.objects.filter(pk=row.staff_id).first()
    if staff is None or not staff.can(SERVICE_DO):
        raise Invalid(fields={"staff": _("Choose somebody whose role carries out visits.")})
    if Engineer.objects.filter(staff_id=row.staff_id).exists():
        raise Invalid(fields={"staff": _("This person is an engineer already.")})


def _keep_its_visits(row: Engineer, wanted: Mapping[str, Any]) -> None:
    leaves = row.is_active and not wanted["is_active"]
    if not leaves and wanted["outlet_id"] == row.outlet_id:
        return
    if Visit.objects.filter(engineer=row, state__in=[VisitState.BOOKED, VisitState.CHECKED_IN]).exists():
        field = "is_active" if leaves else "outlet"
        raise Invalid(fields={field: _("This engineer still has visits to make. Report an absence first.")})


@transaction.atomic
def save_area(pk: int | None, values: Mapping[str, Any], *, by: Actor, seen: str | None = None) -> ServiceArea:
    """Add or change an area. Visits keep the area that they were given."""
    require(by, AFTERSALES_MANAGE)
    wanted = {name: plain_text(values.get(name)) for name in AREA_FIELDS}
    if not wanted["postcodes"] and not wanted["cities"]:
        raise Invalid(fields={"cities": _("Name a city, or the beginning of a postal code.")})
    if pk is None:
        if ServiceArea.objects.count() >= MOST_AREAS:
            raise Invalid(_("There are too many of these already. Delete one first."))
        row = ServiceArea(**wanted)
    else:
        row = locked(ServiceArea, pk)
        require_unchanged(seen, values_of(row, AREA_FIELDS))
        for name, value in wanted.items():
            setattr(row, name, value)
    save_checked(row)
    _tell("service_area", row, by)
    return row


@transaction.atomic
def save_need(pk: int | None, values: Mapping[str, Any], *, by: Actor, seen: str | None = None) -> VisitNeed:
    """How long such a visit takes and what it needs; visits that were asked for before keep theirs."""
    require(by, AFTERSALES_MANAGE)
    wanted = {name: plain_text(values.get(name)) for name in NEED_FIELDS}
    if wanted["kind"] and wanted["kind"] not in ClaimKind.values:
        raise Invalid(fields={"kind": _("Choose one of the listed kinds.")})
    if wanted["skill_id"] is not None and not Skill.objects.filter(pk=wanted["skill_id"]).exists():
        raise Invalid(fields={"skill": _("Choose one of the listed skills.")})
    if pk is None:
        if VisitNeed.objects.count() >= MOST_NEEDS:
            raise Invalid(_("There are too many of these already. Delete one first."))
        row = VisitNeed(**wanted)
    else:
        row = locked(VisitNeed, pk)
        require_unchanged(seen, values_of(row, NEED_FIELDS))
        for name, value in wanted.items():
            setattr(row, name, value)
    save_checked(row)
    _tell("visit_need", row, by)
    return row


@transaction.atomic
def delete_need(pk: int, *, by: Actor) -> None:
    require(by, AFTERSALES_MANAGE)
    row = locked(VisitNeed, pk)
    _tell("visit_need", row, by, deleted=True)
    row.delete()


@transaction.atomic
def add_window(starts: int, ends: int, *, by: Actor) -> VisitWindow:
    """Offer another stretch of the day (minutes since midnight by the company's clocks)."""
    require(by, AFTERSALES_MANAGE)
    if VisitWindow.objects.count() >= MOST_WINDOWS:
        raise Invalid(_("There are too many of these already. Delete one first."))
    row = VisitWindow(starts=starts, ends=ends)
    save_checked(row)
    _tell("visit_window", row, by)
    return row


@transaction.atomic
def delete_window(pk: int, *, by: Actor) -> None:
    """Offer it no longer; what was promised in it stays promised."""
    require(by, AFTERSALES_MANAGE)
    row = locked(VisitWindow, pk)
    _tell("visit_window", row, by, deleted=True)
    row.delete()


def _tell(kind: str, row: Model, by: Actor, **data: Any) -> None:
    announce(Announcement("visits.changed", kind, row.pk, data=data), by=by)
