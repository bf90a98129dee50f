"""Figures of claims, from the totals of days; filters that no total has are answered by the facts themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from aftersales.approvals.models import Approval, ApprovalState
from aftersales.claims.models import Claim
from aftersales.compensation.models import Compensation, CompensationState
from analytics.aftersales.cuts import ALL, COLUMNS, NUMBERED, OF_OPEN, cut_for
from analytics.aftersales.filters import ClaimFilters
from analytics.calc import GROWTH, Histogram, percentile
from analytics.models import ClaimFact
from analytics.scopes import name_of
from helpdesk.accounts.models import Staff
from helpdesk.core import clock

_SUMS = ("opened", "ended", "kept", "worked", "fixed", "repeats")
# How old an open claim is, by the days since it was opened: (word in addresses, first, last).
AGES: tuple[tuple[str, int, int], ...] = (("d1", 0, 1), ("d3", 2, 3), ("d7", 4, 7), ("older", 8, 10_000))


@dataclass
class ClaimFigure:
    """Claims of one group: opened and ended in the days, and what is known of those that ended."""

    opened: int = 0
    ended: int = 0
    kept: int = 0
    worked: int = 0
    fixed: int = 0
    repeats: int = 0
    cost: Decimal = Decimal(0)
    cycles: Histogram = field(default_factory=Counter)

    @property
    def late(self) -> int:
        return self.ended - self.kept

    @property
    def share(self) -> float | None:
        """Ended within 72 hours, in per cent; None when nothing ended, which is not the same as 0."""
        return _share(self.kept, self.ended)

    @property
    def fixed_share(self) -> float | None:
        return _share(self.fixed, self.worked)

    @property
    def repeat_share(self) -> float | None:
        return _share(self.repeats, self.ended)

    @property
    def cost_each(self) -> float | None:
        return float(self.cost / self.ended) if self.ended else None

    @property
    def median(self) -> float | None:
        return percentile(self.cycles, 0.5)

    @property
    def percentile_90(self) -> float | None:
        return percentile(self.cycles, 0.9)

    def add(self, other: ClaimFigure) -> None:
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cost += other.cost
        self.cycles.update(other.cycles)


ClaimGroups = dict[str, ClaimFigure]


def _share(part: int, of: int) -> float | None:
    return 100 * part / of if of else None


@dataclass(frozen=True)
class Source:
    """Where a question is answered: a table, its conditions, and the column of each dimension in it."""

    table: str
    where: str
    values: list[Any]
    columns: dict[str, str]
    is_totals: bool


def source_for(filters: ClaimFilters, by: Sequence[str], totals: str, cuts: Sequence[tuple[str, ...]]) -> Source:
    """The smallest table that can answer this, its days left out."""
    conditions = {name: values for name in COLUMNS if (values := filters.values(name))}
    cut = cut_for({*conditions, *(name for name in by if name in COLUMNS)}, cuts)
    if cut is None:
        where = [f"{COLUMNS[name]} = ANY(%s)" for name in conditions]
        given: list[Any] = [
            [int(value) for value in chosen] if name in NUMBERED else list(chosen)
            for name, chosen in conditions.items()
        ]
        return Source("analytics_claimfact", " AND ".join(where) or "true", given, dict(COLUMNS), False)
    columns = dict(zip(cut, ("a", "b"), strict=False))
    where = ["scope = %s", *(f"{columns[name]} = ANY(%s)" for name in conditions)]
    return Source(totals, " AND ".join(where), [name_of(cut), *map(list, conditions.values())], columns, True)


def figures(filters: ClaimFilters, by: str = "") -> ClaimGroups:
    """Figures by `day` or a dimension (`""`: all together, under the key `""`); two queries."""
    source = source_for(filters, [by] if by else [], "analytics_claimtotal", ALL)
    found = _of_totals(source, filters, by) if source.is_totals else _of_facts(source, filters, by)
    return {key: figure for key, figure in found.items() if figure.opened or figure.ended}


def whole(groups: ClaimGroups) -> ClaimFigure:
    """Everything together."""
    total = ClaimFigure()
    for figure in groups.values():
        total.add(figure)
    return total


def _of_totals(source: Source, filters: ClaimFilters, by: str) -> ClaimGroups:
    column = "day" if by == "day" else source.columns.get(by, "''")
    where, values = f"{source.where} AND day BETWEEN %s AND %s", [*source.values, filters.since, filters.until]
    sums = ", ".join(f"sum({name})::int" for name in _SUMS)
    sql = f"SELECT {column}, {sums}, sum(cost) FROM {source.table} WHERE {where} GROUP BY 1"
    found = {_key(row[0]): ClaimFigure(*row[1:]) for row in _rows(sql, values)}
    sql = f"""SELECT {column}, bucket, sum(number)::int FROM {source.table}, unnest(buckets, numbers) AS u(bucket, number)
              WHERE {where} GROUP BY 1, 2"""
    for key, bucket, number in _rows(sql, values):
        found[_key(key)].cycles[bucket] += number
    return found


def _of_facts(source: Source, filters: ClaimFilters, by: str) -> ClaimGroups:
    """The same of the facts: those that were opened in the days, and those that ended in them."""
    found: ClaimGroups = {}
    days = [filters.since, filters.until]
    column = source.columns.get(by, "''")
    opened = "opened_day" if by == "day" else column
    sql = f"SELECT {opened}, count(*)::int FROM {source.table} WHERE {source.where} AND opened_day BETWEEN %s AND %s GROUP BY 1"
    for key, number in _rows(sql, [*source.values, *days]):
        found.setdefault(_key(key), ClaimFigure()).opened = number
    ended = "ended_day" if by == "day" else column
    bucket = (
        f"CASE WHEN cycle_seconds < 1 THEN 0 ELSE floor(ln(cycle_seconds) / ln({GROWTH}::float8) + 1e-9)::int + 1 END"
    )
    counts = ", ".join(
        f"(count(*) FILTER (WHERE {name}))::int" for name in ("is_kept", "is_worked", "is_fixed", "is_repeat")
    )
    sql = f"""SELECT {ended}, {bucket}, count(*)::int, {counts}, sum(cost) FROM {source.table}
              WHERE {source.where} AND is_counted AND ended_day BETWEEN %s AND %s GROUP BY 1, 2"""
    for key, at, number, *sums, cost in _rows(sql, [*source.values, *days]):
        figure = ClaimFigure(0, number, cost=cost, cycles=Counter({at: number}))
        figure.kept, figure.worked, figure.fixed, figure.repeats = sums
        found.setdefault(_key(key), ClaimFigure()).add(figure)
    return found


def open_by_state(filters: ClaimFilters, today: date) -> dict[str, dict[str, int]]:
    """How many claims are open, by state and age (`AGES`); one query. The days of the filters play no part: open is now."""
    source = source_for(filters, [], "analytics_openclaims", OF_OPEN)
    if source.is_totals:
        sql = f"SELECT state, day, sum(number)::int FROM {source.table} WHERE {source.where} GROUP BY 1, 2"
    else:
        sql = f"""SELECT state, opened_day, count(*)::int FROM {source.table}
                  WHERE {source.where} AND is_open GROUP BY 1, 2"""
    found: dict[str, dict[str, int]] = {}
    for state, day, number in _rows(sql, source.values):
        ages = found.setdefault(state, {})
        word = age_of(day, today)
        ages[word] = ages.get(word, 0) + number
    return found


def age_of(day: date, today: date) -> str:
    """The word of an age."""
    days = max((today - day).days, 0)
    return next(word for word, first, last in AGES if first <= days <= last)


def overdue_approvals(filters: ClaimFilters) -> int:
    """How many decisions (about claims and compensation) are asked for whose time is over; two queries over what is asked for,
    which is never much."""
    is_narrowed = any(filters.values(name) for name in COLUMNS)
    inside = {"claim__in": facts_in(filters).values("pk")} if is_narrowed else {}
    return sum(rows.filter(**inside).count() for rows in _overdue())


def _overdue() -> tuple[QuerySet[Any], ...]:
    now = clock.now()
    return (
        Approval.objects.filter(state=ApprovalState.ASKED, due_at__lt=now),
        Compensation.objects.filter(state=CompensationState.ASKED, due_at__lt=now),
    )


def facts_in(filters: ClaimFilters) -> QuerySet[ClaimFact]:
    """The facts that the filters let through, of whatever days."""
    rows = ClaimFact.objects.all()
    for name, column in COLUMNS.items():
        if chosen := filters.values(name):
            rows = rows.filter(**{f"{column}__in": [int(v) for v in chosen] if name in NUMBERED else chosen})
    return rows


# What can be looked at behind a figure: word → conditions of a fact.
BEHIND: dict[str, dict[str, Any]] = {
    "open": {"is_open": True},
    "ended": {"is_counted": True},
    "late": {"is_counted": True, "is_kept": False},
    "kept": {"is_counted": True, "is_kept": True},
    "worked": {"is_counted": True, "is_worked": True},
    "again": {"is_counted": True, "is_worked": True, "is_fixed": False},
    "repeats": {"is_counted": True, "is_repeat": True},
    "overdue": {},
}


def facts_behind(
    filters: ClaimFilters, staff: Staff, figure: str, *, state: str = "", age: str = "", today: date
) -> QuerySet[ClaimFact]:
    """The claims that a figure counts, of those that the reader may see now."""
    rows = facts_in(filters).filter(**BEHIND[figure])
    if figure == "overdue":
        approvals, compensations = _overdue()
        rows = rows.filter(Q(pk__in=approvals.values("claim_id")) | Q(pk__in=compensations.values("claim_id")))
    elif figure == "open":
        rows = rows.filter(state=state) if state else rows
        for word, first, last in AGES:
            if word == age:
                rows = rows.filter(opened_day__lte=today - timedelta(days=first))
                rows = rows.filter(opened_day__gte=today - timedelta(days=min(last, 36_500)))
    else:
        # by the moment, which the index is ordered by
        rows = rows.filter(ended_at__gte=filters.start, ended_at__lt=filters.end)
    if not staff.sees_all_tickets:
        rows = rows.filter(claim__in=Claim.objects.all().visible_to(staff))
    return rows


def by_stretches(groups: ClaimGroups, days: Sequence[date], most: int = 14) -> list[tuple[date, date, ClaimFigure]]:
    """Figures of days as those of at most so many stretches of equal length: (first day, last day, figure)."""
    size = -(-len(days) // most)
    parts = [days[nth : nth + size] for nth in range(0, len(days), size)]
    return [(part[0], part[-1], whole(_of_days(groups, part))) for part in parts]


def _of_days(groups: ClaimGroups, days: Iterable[date]) -> ClaimGroups:
    return {key: groups[key] for day in days if (key := day.isoformat()) in groups}


def _key(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
