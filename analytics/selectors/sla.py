"""What became of deadlines, from the totals of days; filters that no total has are answered by the outcomes themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from analytics.calc import GROWTH, Histogram, percentile
from analytics.scopes import COLUMNS, NUMBERED, cut_for, name_of
from analytics.selectors.filters import Filters

# What "response" means together: the customer waits for a person's answer.
RESPONSES = ("first_response", "next_response", "speed_of_answer")
_DIMENSIONS = tuple(COLUMNS)


@dataclass
class Figure:
    """Deadlines of one group: how many ended (met in time, or the time was over), how many were met in time, and how long
    those took that were met at all."""

    ended: int = 0
    met: int = 0
    used: Histogram = field(default_factory=Counter)

    @property
    def breached(self) -> int:
        return self.ended - self.met

    @property
    def share(self) -> float | None:
        """In per cent; None when nothing ended, which is not the same as 0."""
        return 100 * self.met / self.ended if self.ended else None

    @property
    def median(self) -> float | None:
        return percentile(self.used, 0.5)

    @property
    def percentile_95(self) -> float | None:
        return percentile(self.used, 0.95)

    def add(self, other: Figure) -> None:
        self.ended += other.ended
        self.met += other.met
        self.used.update(other.used)


Groups = dict[tuple[Any, ...], Figure]


@dataclass(frozen=True)
class Source:
    """Where a question is answered: a table, its conditions, and the column of each dimension in it."""

    table: str
    where: str
    values: list[Any]
    columns: dict[str, str]
    is_totals: bool

    def column(self, name: str) -> str:
        return self.columns.get(name, name)


def source_for(filters: Filters, by: Iterable[str] = ()) -> Source:
    """The smallest table that can answer this."""
    conditions = {name: filters.teams if name == "team" else filters.of(name) for name in _DIMENSIONS}
    conditions = {name: values for name, values in conditions.items() if values}
    needed = [name for name in (*conditions, *by) if name in COLUMNS]
    cut = cut_for(needed)
    where = ["day BETWEEN %s AND %s"]
    values: list[Any] = [filters.since, filters.until]
    for name, column in (("policy", "policy_id"), ("target", "target_id")):
        if chosen := filters.of(name):
            where.append(f"{column} = ANY(%s)")
            values.append([int(value) for value in chosen])
    if chosen := filters.of("metric"):
        where.append("metric = ANY(%s)")
        values.append(list(chosen))
    if cut is None:
        # of their own types, so that the index of narrow questions finds them
        for name, chosen in conditions.items():
            where.append(f"{COLUMNS[name]} = ANY(%s)")
            values.append([int(value) for value in chosen] if name in NUMBERED else list(chosen))
        return Source("analytics_outcome", " AND ".join(where), values, dict(COLUMNS), False)
    columns = dict(zip(cut, ("a", "b"), strict=False))
    where.insert(0, "scope = %s")
    values.insert(0, name_of(cut))
    for name, chosen in conditions.items():
        where.append(f"{columns[name]} = ANY(%s)")
        values.append(list(chosen))
    return Source("analytics_outcometotal", " AND ".join(where), values, columns, True)


def figures(filters: Filters, by: Sequence[str], *, with_times: bool = False) -> Groups:
    """Figures by these columns (`day`, `metric`, `target_id` or dimensions); one query, and one more for the times."""
    found = _numbers(filters, by)
    if with_times:
        add_times(found, filters, by)
    return found


def _numbers(filters: Filters, by: Sequence[str]) -> Groups:
    source = source_for(filters, by)
    columns = ", ".join(source.column(name) for name in by)
    numbers = (
        "sum(ended)::int, sum(met)::int" if source.is_totals else "count(*)::int, count(*) FILTER (WHERE is_met)::int"
    )
    sql = f"SELECT {columns or '1'}, {numbers} FROM {source.table} WHERE {source.where}"
    width = max(1, len(by))
    rows = _rows(f"{sql} GROUP BY {columns or '1'}", source.values)
    return {_key(row[:width], by): Figure(*row[width:]) for row in rows}


def add_times(found: Groups, filters: Filters, by: Sequence[str]) -> None:
    """How long what was met took, for these figures by the same columns; one query."""
    source = source_for(filters, by)
    columns = ", ".join(source.column(name) for name in by) or "1"
    width = max(1, len(by))
    if source.is_totals:
        sql = f"""SELECT {columns}, bucket, sum(number)::int FROM {source.table}, unnest(buckets, numbers) AS u(bucket, number)
                  WHERE {source.where} GROUP BY {columns}, bucket"""
    else:
        bucket = (
            f"CASE WHEN used_seconds < 1 THEN 0 ELSE floor(ln(used_seconds) / ln({GROWTH}::float8) + 1e-9)::int + 1 END"
        )
        sql = f"""SELECT {columns}, {bucket} AS bucket, count(*)::int FROM {source.table}
                  WHERE {source.where} AND used_seconds IS NOT NULL GROUP BY {columns}, bucket"""
    for row in _rows(sql, source.values):
        figure = found.get(_key(row[:width], by))
        if figure is not None:
            figure.used[row[width]] += row[width + 1]


def _key(values: Sequence[Any], by: Sequence[str]) -> tuple[Any, ...]:
    """Dimensions are texts whatever table they come from."""
    return tuple(
        ("" if value is None else str(value)) if name in COLUMNS else value
        for name, value in zip(by, values, strict=False)
    )


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def merged(groups: Groups, *, keep: Sequence[int], metrics: Iterable[str] = (), at: int = 0) -> Groups:
    """The same figures with only the key parts at `keep`; with `metrics`, of those alone (their place in the key: `at`)."""
    wanted = set(metrics)
    found: Groups = {}
    for key, figure in groups.items():
        if not wanted or key[at] in wanted:
            found.setdefault(tuple(key[nth] for nth in keep), Figure()).add(figure)
    return found


def whole(groups: Groups) -> Figure:
    """Everything together."""
    total = Figure()
    for figure in groups.values():
        total.add(figure)
    return total


def by_days(groups: Groups, days: Sequence[date]) -> list[Figure]:
    """A figure for each day, empty where nothing ended; the key's first part is the day."""
    found = merged(groups, keep=[0])
    return [found.get((day,), Figure()) for day in days]
