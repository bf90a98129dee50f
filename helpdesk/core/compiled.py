"""Queries that are asked all the time, with their SQL built once per process: building costs more than asking.

The query is an ordinary queryset, written with stand-ins for the values of each call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


def _number(nth: int) -> int:
    """A stand-in for a number: no id and no amount is ever as low."""
    return -(2**62) + nth


def _text(nth: int) -> str:
    """A stand-in for a word: nobody types this character."""
    return f"\ue000{nth}"


@dataclass(frozen=True)
class _Plan:
    """The SQL with the place of each value, and how a row becomes an object."""

    sql: str
    params: list[Any]
    places: list[tuple[int, int]]
    compiler: Any
    converters: Any
    names: list[str]
    start: int
    end: int
    related: Sequence[Any]


class Compiled(Generic[M]):
    """`Compiled(lambda staff_id: Membership.objects.filter(staff_id=staff_id), int)`; call it with values of these types
    (`int`, `str`) to get the rows. A value must not change the SQL: no None, no lists. `select_related` and annotations
    work, `prefetch_related` does not."""

    def __init__(self, build: Callable[..., QuerySet[M]], *types: type[int] | type[str]) -> None:
        self._build, self._types = build, types
        self._plan: _Plan | None = None

    def __call__(self, *values: int | str) -> list[M]:
        plan = self._plan or self._compile()
        params = plan.params.copy()
        for place, nth in plan.places:
            params[place] = values[nth]
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(plan.sql, params)
            rows = cursor.fetchall()
        if plan.converters:
            rows = list(plan.compiler.apply_converters(rows, plan.converters))
        return [self._object(plan, row) for row in rows]

    def first(self, *values: int | str) -> M | None:
        """The first row, or None."""
        found = self(*values)
        return found[0] if found else None

    def _object(self, plan: _Plan, row: Sequence[Any]) -> M:
        model: type[M] = plan.compiler.klass_info["model"]
        found = model.from_db(DEFAULT_DB_ALIAS, plan.names, row[plan.start : plan.end])
        for populator in plan.related:
            populator.populate(row, found)
        for name, place in plan.compiler.annotation_col_map.items():
            setattr(found, name, row[place])
        return found

    def _compile(self) -> _Plan:
        stand_ins: list[Any] = [_number(nth) if kind is int else _text(nth) for nth, kind in enumerate(self._types)]
        compiler = self._build(*stand_ins).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        assert compiler.klass_info is not None
        fields = compiler.klass_info["select_fields"]
        columns = [column for column, _sql, _alias in compiler.select]
        self._plan = _Plan(
            sql,
            list(params),
            [(place, stand_ins.index(value)) for place, value in enumerate(params) if value in stand_ins],
            compiler,
            compiler.get_converters(columns),
            [column.target.attname for column in columns[fields[0] : fields[-1] + 1]],
            fields[0],
            fields[-1] + 1,
            get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]
        )
        return self._plan
