"""What the pages of those who plan ask: a day with everybody's route, what has to be arranged, who is away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from aftersales.visits.models import Absence, DayPlan, Engineer, Visit, VisitState, VisitWindow
from aftersales.visits.slots import Roster, crew_all, read_roster, windows_of
from helpdesk.accounts.models import Staff
from helpdesk.core.company import company_zone

PAGE = 50


@dataclass
class Cell:
    """What somebody does in one window of the day."""

    label: str
    visits: list[Visit] = field(default_factory=list)


@dataclass
class Row:
    """One engineer's day, or an outlet's: hours, how many visits of how many, and the cells of the day's windows."""

    name: str
    hours: str
    count: int
    most: int
    cells: list[Cell]
    engineer: Engineer | None = None
    is_away: bool = False


@dataclass
class Board:
    """A day: its windows in words, a row for everybody, the last plan."""

    on: date
    windows: list[str]
    rows: list[Row]
    visits: int
    plan: DayPlan | None


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """The first moment of a company day, and of the next."""
    start = datetime.combine(day, time(), tzinfo=company_zone())
    return start, datetime.combine(day + timedelta(days=1), time(), tzinfo=company_zone())


def day_board(staff: Staff, day: date) -> Board:
    """Everybody's route of a day; ten queries, whatever the number of visits and engineers."""
    found = Visit.objects.visible_to(staff).between(*bounds_of(day)).exclude(state=VisitState.CANCELLED).for_rows()
    visits = sorted(found, key=lambda visit: (visit.planned_at or visit.window_start or visit.asked_at, visit.pk))
    windows = [(one.start, one.end) for one in windows_of(day, list(VisitWindow.objects.all()))]
    windows = sorted({*windows, *(one.window for one in visits if one.window is not None)})
    labels = [_span(start, end) for start, end in windows]
    crew = crew_all()
    engineers = crew.engineers
    roster = read_roster(crew, [day], bounds_of(day)[0])
    rows = [_row(one, roster, day, visits, windows, labels) for one in engineers]
    rows += _others(visits, {one.pk for one in engineers}, windows, labels)
    plan = DayPlan.objects.filter(on=day).order_by("-pk").first()
    return Board(day, labels, rows, len(visits), plan)


def _row(
    engineer: Engineer,
    roster: Roster,
    day: date,
    visits: list[Visit],
    windows: list[tuple[datetime, datetime]],
    labels: list[str],
) -> Row:
    duty = next((one for one in roster.duties.get(day, ()) if one.engineer_id == engineer.pk), None)
    own = [visit for visit in visits if visit.engineer_id == engineer.pk]
    hours = ", ".join(_clock(opens, closes) for opens, closes in duty.stretches) if duty else ""
    cells = _cells(own, windows, labels)
    return Row(engineer.staff.name, hours, len(own), engineer.most_a_day, cells, engineer, duty is None)


def _others(
    visits: list[Visit], known: set[int], windows: list[tuple[datetime, datetime]], labels: list[str]
) -> list[Row]:
    """Outlets, and engineers who are no longer there but still have something."""
    names: dict[str, list[Visit]] = {}
    for visit in visits:
        if visit.engineer_id in known:
            continue
        name = visit.outlet.label if visit.outlet else (visit.engineer.staff.name if visit.engineer else "")
        names.setdefault(name, []).append(visit)
    return [Row(name, "", len(own), 0, _cells(own, windows, labels)) for name, own in sorted(names.items())]


def _cells(visits: list[Visit], windows: list[tuple[datetime, datetime]], labels: list[str]) -> list[Cell]:
    found = {window: Cell(label) for window, label in zip(windows, labels, strict=True)}
    for visit in visits:
        if visit.window is not None:
            found[visit.window].visits.append(visit)
    return list(found.values())


def _span(start: datetime, end: datetime) -> str:
    zone = company_zone()
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"


def _clock(opens: int, closes: int) -> str:
    zone = company_zone()
    return f"{datetime.fromtimestamp(opens, zone):%H:%M}–{datetime.fromtimestamp(closes, zone):%H:%M}"


def to_arrange(staff: Staff, after: int = 0) -> tuple[list[Visit], int]:
    """Visits without a time, the longest waiting first, a page from behind `after` (0: from the first); and where the next
    page begins, 0 at the end."""
    rows = Visit.objects.visible_to(staff).filter(state=VisitState.ASKED).for_rows()
    if after:
        last = Visit.objects.filter(pk=after).values_list("asked_at", flat=True).first()
        if last is not None:
            rows = rows.filter(Q(asked_at__gt=last) | Q(asked_at=last, pk__gt=after))
    found = list(rows.order_by("asked_at", "pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0


def count_to_arrange(staff: Staff) -> int:
    """How many wait for a time, counted to 1,000."""
    return Visit.objects.visible_to(staff).filter(state=VisitState.ASKED).order_by()[:1000].count()


def absences_from(day: date) -> list[Absence]:
    """Who is away from this day on."""
    rows = Absence.objects.filter(last_on__gte=day).select_related("engineer__staff")
    return list(rows.order_by("first_on", "pk")[:200])
