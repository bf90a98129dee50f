"""The first claims in an order, and how many there are, of what a person sees: by index, however many claims there are.

An index on (team, state, rank, id) answers "the first of one team in one state" from a few entries, but no index answers the
same of several teams or states at once. So each pair of them is asked on its own, in one statement, and the few rows that
come of it are put in order; what a person sees otherwise than by their teams is little, and is read as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.expressions import RawSQL

from aftersales.claims.querysets import ClaimQuerySet, sees_every_claim, teams_seen_by
from helpdesk.accounts.models import Staff


@dataclass(frozen=True)
class Order:
    """By a column and the id, both in one direction."""

    column: str
    newest_first: bool

    @property
    def fields(self) -> tuple[str, str]:
        sign = "-" if self.newest_first else ""
        return f"{sign}{self.column}", f"{sign}pk"

    @property
    def sql(self) -> str:
        way = " DESC" if self.newest_first else ""
        return f"place{way}, id{way}"


BY_RANK = Order("rank", newest_first=False)
BY_END = Order("closed_at", newest_first=True)


class Place(NamedTuple):
    """A claim, its state, and where it stands in the order (rank or end)."""

    pk: int
    state: str
    place: int | datetime


def nearest(
    rows: ClaimQuerySet,
    staff: Staff,
    *,
    states: Sequence[str] | None,
    order: Order,
    size: int,
    of_each_state: bool = False,
) -> list[Place]:
    """The first `size` of the claims that the person sees, in all or of each state; one query."""
    columns = ("pk", "state", order.column)

    def first(chosen: ClaimQuerySet) -> Any:
        return chosen.order_by(*order.fields).values_list(*columns)[:size]

    sql, values = _ways(rows, staff, states, first, lambda apart: apart.order_by().values_list(*columns))
    if not sql:
        return []
    names = "(id, state, place)"
    if of_each_state:
        sql = (
            f"SELECT id, state, place FROM (SELECT *, row_number() OVER (PARTITION BY state ORDER BY {order.sql}) AS nth"
            f" FROM ({sql}) AS every{names}) AS numbered WHERE nth <= %s ORDER BY {order.sql}"
        )
    else:
        sql = f"SELECT id, state, place FROM ({sql}) AS every{names} ORDER BY {order.sql} LIMIT %s"
    return [Place(*row) for row in _rows(sql, [*values, size])]


def counted(rows: ClaimQuerySet, staff: Staff, *, states: Sequence[str], most: int) -> dict[str, int]:
    """How many of the claims the person sees in each state, each team's counted up to `most`; one query."""

    def few(chosen: ClaimQuerySet) -> Any:
        return chosen.order_by().values_list("state")[:most]

    sql, values = _ways(rows, staff, states, few, lambda apart: apart.order_by().values_list("state"))
    if not sql:
        return {}
    return dict(_rows(f"SELECT state, count(*) FROM ({sql}) AS every(state) GROUP BY state", values))


def _ways(
    rows: ClaimQuerySet, staff: Staff, states: Sequence[str] | None, each: Any, rest: Any
) -> tuple[str, list[Any]]:
    """What `each` takes for every pair of team and state, and what `rest` makes of all else that the person sees."""
    if not staff.is_active:
        return "", []
    sources: list[str] = []
    values: list[Any] = []
    chosen = rows
    if states is not None:
        sources.append("unnest(%s::text[]) AS of_state(state)")
        values.append(list(states))
        chosen = chosen.filter(state=RawSQL("of_state.state", ()))
    is_wide = sees_every_claim(staff)
    if not is_wide:
        sources.append("unnest(%s::bigint[]) AS of_team(id)")
        values.append(list(teams_seen_by(staff)))
        chosen = chosen.filter(team_id=RawSQL("of_team.id", ()))
    found = [_lateral(sources, values, each(chosen))]
    if not is_wide:
        apart = rows.seen_apart(staff)
        found.append(_compiled(rest(apart if states is None else apart.filter(state__in=states))))
    parts = [part for part in found if part[0]]
    return " UNION ALL ".join(f"({sql})" for sql, _given in parts), [one for _sql, given in parts for one in given]


def _lateral(sources: list[str], values: list[Any], each: Any) -> tuple[str, list[Any]]:
    sql, given = _compiled(each)
    if not sql or not sources:
        return sql, given
    return f"SELECT one.* FROM {' CROSS JOIN '.join(sources)} CROSS JOIN LATERAL ({sql}) AS one", [*values, *given]


def _compiled(rows: Any) -> tuple[str, list[Any]]:
    try:
        sql, given = rows.query.sql_with_params()
    except EmptyResultSet:
        return "", []
    return sql, list(given)


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
