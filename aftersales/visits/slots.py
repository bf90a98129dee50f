"""Which times can be offered for a visit, and who would come.

Nine queries, whatever the number of engineers and days: windows, engineers, their areas, skills, shifts and absences, the
default calendar, the middles of areas, the visits that there are. The rest is arithmetic (`calc`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from aftersales.visits.calc import Duty, Spot, Stop, can_insert, inserted, on_the_road, order_of
from aftersales.visits.models import Absence, Engineer, Outlet, ServiceArea, Visit, VisitState, VisitWindow
from helpdesk.accounts.models import Shift, StaffSkill
from helpdesk.accounts.shifts import ShiftRow, interval_of, rows_of_day
from helpdesk.core.calendars.rules import Rules
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.company import company_zone
from helpdesk.core.errors import Invalid
from helpdesk.core.models import BusinessCalendar

KEY = "%Y%m%dT%H%MZ"
# Of two engineers, one who has a visit less that day may go so much further.
LOAD = 15 * 60


@dataclass(frozen=True)
class Slot:
    """A time that can be promised. `engineers` is how many could come, `outlet` whether it would be an outlet."""

    start: datetime
    end: datetime
    engineers: int = 0
    outlet: bool = False

    @property
    def key(self) -> str:
        """How forms and the API name it: the beginning in UTC, and how many minutes it is long."""
        return f"{self.start.astimezone(UTC):{KEY}}-{(self.end - self.start) // timedelta(minutes=1)}"


def read_key(key: object) -> Slot:
    """The time that a key names; `Invalid` for what names none."""
    start, _dash, minutes = str(key or "").strip().partition("-")
    try:
        begins = datetime.strptime(start, KEY).replace(tzinfo=UTC)
        length = int(minutes)
    except ValueError:
        length = 0
    if not 0 < length <= 24 * 60 or len(minutes) > 4:
        raise Invalid(fields={"slot": _("Choose one of the times that are offered.")})
    return Slot(begins, begins + timedelta(minutes=length))


@dataclass
class Roster:
    """Everybody who could come on some days, and what they have to do there; read once, then asked often."""

    duties: Mapping[date, Sequence[Duty]]
    stops: Mapping[tuple[int, date], list[Stop]]

    def of(self, duty: Duty, day: date) -> list[Stop]:
        """The engineer's stops of a day in walking order."""
        return self.stops.get((duty.engineer_id, day), [])


def company_days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def spot_of(visit: Visit) -> Spot:
    """Where the visit is: the address's point, else the middle of its area."""
    if visit.latitude is not None:
        return Spot(visit.area_id, visit.latitude, visit.longitude)
    area = visit.area
    return Spot(visit.area_id, area.latitude, area.longitude) if area is not None else Spot()


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def stop_at(visit: Visit, slot: Slot) -> Stop:
    """The visit as it would be at a time."""
    return Stop(visit.pk, _second(slot.start), _second(slot.end), visit.minutes * 60, spot_of(visit), visit.skill_id)


@dataclass(frozen=True)
class Crew:
    """Engineers with what decides where they may go: skills and areas by engineer."""

    engineers: Sequence[Engineer]
    skills: Mapping[int, frozenset[int]]
    areas: Mapping[int, frozenset[int]]


def crew_for(skill_id: int | None, area_id: int | None, *, only: int | None = None) -> Crew:
    """Engineers of the company who know what is needed and go where it is (`only`: this one, if they do)."""
    found = _own_engineers()
    if skill_id is not None:
        found = found.filter(staff_id__in=StaffSkill.objects.filter(skill_id=skill_id).values("staff_id"))
    if only is not None:
        found = found.filter(pk=only)
    here = Q(areas=None) if area_id is None else Q(areas=None) | Q(areas=area_id)
    return _crew(found.filter(here).distinct())


def crew_all() -> Crew:
    """Every engineer of the company."""
    return _crew(_own_engineers())


def _own_engineers() -> QuerySet[Engineer]:
    return Engineer.objects.filter(is_active=True, outlet=None, staff__is_active=True)


def _crew(found: QuerySet[Engineer]) -> Crew:
    engineers = list(found.select_related("staff").order_by("pk"))
    by_staff = {one.staff_id: one.pk for one in engineers}
    skills: dict[int, set[int]] = {}
    for staff_id, skill_id in StaffSkill.objects.filter(staff_id__in=by_staff).values_list("staff_id", "skill_id"):
        skills.setdefault(by_staff[staff_id], set()).add(skill_id)
    areas: dict[int, set[int]] = {}
    ids = list(by_staff.values())
    for engineer_id, area_id in Engineer.areas.through.objects.filter(engineer_id__in=ids).values_list(
        "engineer_id", "servicearea_id"
    ):
        areas.setdefault(engineer_id, set()).add(area_id)
    return Crew(
        engineers,
        {pk: frozenset(found) for pk, found in skills.items()},
        {pk: frozenset(found) for pk, found in areas.items()},
    )


def outlets_for(skill_id: int | None, area_id: int | None) -> list[Outlet]:
    """Outlets that could do it, the one that is asked first first."""
    found = Outlet.objects.filter(is_active=True)
    if skill_id is not None:
        found = found.filter(skills=skill_id)
    if area_id is not None:
        found = found.filter(Q(areas=None) | Q(areas=area_id))
    return list(found.distinct().order_by("rank", "name", "pk"))


_SHIFT = ("staff_id", "weekday", "on", "kind", "starts", "ends")


def read_roster(crew: Crew, days: Sequence[date], now: datetime, *, without: int | None = None) -> Roster:
    """The duties of these engineers on these days, with the visits that they have (`without`: less one, which moves)."""
    if not crew.engineers or not days:
        return Roster({}, {})
    rules, zone = company_hours(), company_zone()
    shifts: dict[int, list[ShiftRow]] = {}
    rows = Shift.objects.filter(staff_id__in=[one.staff_id for one in crew.engineers])
    for staff_id, weekday, on, kind, starts, ends in rows.values_list(*_SHIFT):
        shifts.setdefault(staff_id, []).append(ShiftRow(weekday, on, kind, starts, ends))
    away = _away(crew.engineers, days)
    stops = _stops(crew.engineers, days, zone, without)
    duties: dict[date, list[Duty]] = {}
    for day in days:
        hours = tuple(_default_stretches(rules, day))
        duties[day] = [
            duty
            for one in crew.engineers
            if (one.pk, day) not in away
            and (duty := _duty(crew, one, day, shifts.get(one.staff_id), hours, _second(now))).stretches
        ]
    return Roster(duties, stops)


def _duty(
    crew: Crew,
    engineer: Engineer,
    day: date,
    shifts: list[ShiftRow] | None,
    hours: tuple[tuple[int, int], ...],
    now: int,
) -> Duty:
    if shifts:
        zone = engineer.staff.timezone or company_zone().key
        hours = _stretches(tuple((row.starts, row.ends) for row in rows_of_day(shifts, day)), day, zone)
    area_ids = crew.areas.get(engineer.pk, frozenset())
    return Duty(
        engineer.pk,
        tuple((max(opens, now), closes) for opens, closes in hours if closes > now),
        Spot(min(area_ids, default=None), engineer.latitude, engineer.longitude),
        engineer.most_a_day,
        crew.skills.get(engineer.pk, frozenset()),
        area_ids,
    )


@lru_cache(maxsize=8192)
def _stretches(blocks: tuple[tuple[int, int], ...], day: date, zone: str) -> tuple[tuple[int, int], ...]:
    """The stretches of shifts on a date; many people share theirs."""
    rows = [ShiftRow(None, day, "", starts, ends) for starts, ends in blocks]
    found = (interval_of(row, day, ZoneInfo(zone)) for row in rows)
    return tuple(sorted((_second(start), _second(end)) for start, end in found))


def company_hours() -> Rules:
    """The rules of the default calendar; of one without hours while none is set up."""
    default = BusinessCalendar.objects.filter(is_default=True).first()
    return working_time(default).rules if default is not None else Rules("UTC")


def _default_stretches(rules: Rules, day: date) -> Iterator[tuple[int, int]]:
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(rules.zone))
    for block in rules.blocks_on(day):
        # minutes of the wall clock, so through the naive date
        opens = (midnight.replace(tzinfo=None) + timedelta(minutes=block.start)).replace(tzinfo=midnight.tzinfo)
        closes = (midnight.replace(tzinfo=None) + timedelta(minutes=block.end)).replace(tzinfo=midnight.tzinfo)
        yield _second(opens), _second(closes)


def _away(engineers: Sequence[Engineer], days: Sequence[date]) -> set[tuple[int, date]]:
    found = set()
    rows = Absence.objects.filter(engineer__in=engineers, first_on__lte=days[-1], last_on__gte=days[0])
    for engineer_id, first, last in rows.values_list("engineer_id", "first_on", "last_on"):
        found |= {(engineer_id, day) for day in days if first <= day <= last}
    return found


# What of a visit the arithmetic needs; a search reads thousands of them.
_COLUMNS = ("pk", "engineer_id", "window_start", "window_end", "minutes", "area_id", "latitude", "longitude", "skill_id",
            "is_pinned", "checked_in_at", "finished_at")  # fmt: skip


def _stops(
    engineers: Sequence[Engineer], days: Sequence[date], zone: ZoneInfo, without: int | None
) -> dict[tuple[int, date], list[Stop]]:
    start = datetime.combine(days[0], datetime.min.time(), tzinfo=zone)
    end = datetime.combine(days[-1] + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    begins = [(_second(datetime.combine(day, datetime.min.time(), tzinfo=zone)), day) for day in days]
    moments = [second for second, _day in begins]
    middles = {
        pk: (latitude, longitude)
        for pk, latitude, longitude in ServiceArea.objects.values_list("pk", "latitude", "longitude")
    }
    rows = (
        Visit.objects.filter(engineer__in=[one.pk for one in engineers], window_start__gte=start, window_start__lt=end)
        .exclude(state__in=[VisitState.ASKED, VisitState.CANCELLED])
        .exclude(pk=without or 0)
        .values_list(*_COLUMNS)
    )
    found: dict[tuple[int, date], list[Stop]] = {}
    for row in rows:
        stop = _stop(row, middles)
        assert stop.engineer_id is not None
        day = begins[bisect_right(moments, stop.start) - 1][1]
        found.setdefault((stop.engineer_id, day), []).append(stop)
    for stops in found.values():
        stops.sort(key=order_of)
    return found


def _stop(row: Sequence[Any], middles: Mapping[int, tuple[float | None, float | None]]) -> Stop:
    """One row of `_COLUMNS`; it has a window."""
    pk, engineer_id, start, end, minutes, area_id, latitude, longitude, skill_id, is_pinned, arrived, finished = row
    if latitude is None:
        latitude, longitude = middles.get(area_id, (None, None))
    stay, reached = minutes * 60, None
    if arrived is not None:
        reached = _second(arrived)
        stay = stay if finished is None else max(_second(finished) - reached, 0)
    spot = Spot(area_id, latitude, longitude)
    is_fixed = is_pinned or reached is not None
    return Stop(pk, _second(start), _second(end), stay, spot, skill_id, engineer_id, is_fixed, reached)


def windows_of(day: date, windows: Sequence[VisitWindow]) -> list[Slot]:
    """The windows of a date by the company's clocks."""
    midnight = datetime.combine(day, datetime.min.time())
    zone = company_zone()
    return [
        Slot(
            (midnight + timedelta(minutes=one.starts)).replace(tzinfo=zone),
            (midnight + timedelta(minutes=one.ends)).replace(tzinfo=zone),
        )
        for one in windows
    ]


def free_slots(visit: Visit, now: datetime, *, days: int | None = None, count_all: bool = False) -> list[Slot]:
    """The times that can be promised for the visit in the coming days, in order. With `count_all` each says how many
    engineers could come (for those who plan), else the search stops at the first who can."""
    first = now.astimezone(company_zone()).date()
    coming = company_days(first, days or settings.VISIT_DAYS_AHEAD)
    windows = list(VisitWindow.objects.all())
    roster = read_roster(crew_for(visit.skill_id, visit.area_id), coming, now, without=visit.pk)
    found: list[Slot] = []
    for day in coming:
        for slot in windows_of(day, windows):
            if slot.start < now + settings.VISIT_NOTICE:
                continue
            stop = stop_at(visit, slot)
            able = 0
            for duty in roster.duties.get(day, ()):
                if can_insert(duty, roster.of(duty, day), stop):
                    able += 1
                    if not count_all:
                        break
            if able:
                found.append(replace(slot, engineers=able))
    return found or _of_outlets(visit, coming, windows, now)


def _of_outlets(visit: Visit, days: Sequence[date], windows: Sequence[VisitWindow], now: datetime) -> list[Slot]:
    """Where nobody of the company comes, an outlet does; it has to accept first, so there is a day's notice."""
    if not outlets_for(visit.skill_id, visit.area_id):
        return []
    rules = company_hours()
    earliest = now + settings.VISIT_OUTLET_NOTICE
    return [
        replace(slot, outlet=True)
        for day in days
        if rules.blocks_on(day)
        for slot in windows_of(day, windows)
        if slot.start >= earliest
    ]


@dataclass(frozen=True)
class Offer:
    """Somebody who can come, and the day that they would have then."""

    duty: Duty
    stops: list[Stop]
    cost: int


def who_can_come(visit: Visit, slot: Slot, now: datetime, *, only: int | None = None) -> list[Offer]:
    """Engineers who can come at the time, whom it costs least first: the way that it adds, and the load of the day."""
    crew = crew_for(visit.skill_id, visit.area_id, only=only)
    day = slot.start.astimezone(company_zone()).date()
    roster = read_roster(crew, [day], now, without=visit.pk)
    stop = stop_at(visit, slot)
    offers = []
    for duty in roster.duties.get(day, ()):
        stops = roster.of(duty, day)
        new = inserted(duty, stops, stop)
        if new is not None:
            cost = on_the_road(duty, new) - on_the_road(duty, stops) + LOAD * len(stops)
            offers.append(Offer(duty, new, cost))
    return sorted(offers, key=lambda offer: (offer.cost, offer.duty.engineer_id))
