"""The roster of a week: who works when, and which hours of queues that should never be alone nobody covers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from helpdesk.accounts.models import Membership, Shift, Team
from helpdesk.accounts.shifts import Interval, ShiftRow, by_staff, covered_by, rows_of_day, uncovered
from tickets.routing.selectors.floor import zone_named
from tickets.routing.selectors.people import answering_roles

Rosters = Mapping[int, Sequence[ShiftRow]]


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def rosters_of(staff_ids: Collection[int], first: date, last: date) -> Rosters:
    """Everybody's rows that matter between two dates; one query. Somebody without any is not in the answer."""
    rows = Shift.objects.filter(staff_id__in=staff_ids).filter(
        Q(on__isnull=True) | Q(on__range=(first - timedelta(days=2), last + timedelta(days=2)))
    )
    columns = ("staff_id", "weekday", "on", "kind", "starts", "ends")
    return by_staff((staff_id, ShiftRow(*rest)) for staff_id, *rest in rows.order_by("starts").values_list(*columns))


def days_of(rows: Sequence[ShiftRow], monday: date) -> list[tuple[date, list[ShiftRow], bool]]:
    """Each day of a week with what is worked, and whether the date has rows of its own."""
    days = [monday + timedelta(days=nth) for nth in range(7)]
    return [(day, rows_of_day(rows, day), any(row.on == day for row in rows)) for day in days]


@dataclass(frozen=True)
class Gap:
    """Hours of a queue that nobody covers."""

    team: Team
    gaps: list[Interval]


def gaps_of_week(monday: date, zone: ZoneInfo) -> list[Gap]:
    """For each queue that should be covered around the clock the hours of a week in which nobody of it is on shift, by the
    clocks of `zone`; three queries. People without a roster work when they like and cover nothing."""
    teams = list(Team.objects.filter(is_active=True, queue__is_round_the_clock=True))
    if not teams:
        return []
    members: dict[int, list[int]] = {team.pk: [] for team in teams}
    zones: dict[int, str] = {}
    people = Membership.objects.filter(
        team_id__in=members, staff__is_active=True, staff__role__in=answering_roles()
    ).values_list("team_id", "staff_id", "staff__timezone")
    for team_id, staff_id, name in people:
        members[team_id].append(staff_id)
        zones[staff_id] = name
    rosters = rosters_of(zones, monday, monday + timedelta(days=7))
    # in UTC: two moments of one zone would be compared by their clocks, and a night that is set back lasts longer
    start, end = (datetime.combine(day, time.min, zone).astimezone(UTC) for day in (monday, monday + timedelta(days=7)))
    found = []
    for team in teams:
        own = [(rosters[pk], zone_named(zones[pk])) for pk in members[team.pk] if pk in rosters]
        covered = [(first.astimezone(UTC), last.astimezone(UTC)) for first, last in covered_by(own, start, end)]
        found.append(Gap(team, uncovered([(start, end)], covered)))
    return found


def coming_days(staff_id: int, today: date) -> list[tuple[date, list[Shift]]]:
    """The dates from today on that differ from a person's week; one query, a hundred dates at most."""
    found: dict[date, list[Shift]] = {}
    for row in Shift.objects.filter(staff_id=staff_id, on__gte=today).order_by("on", "starts")[:300]:
        assert row.on is not None
        found.setdefault(row.on, []).append(row)
    return list(found.items())[:100]
