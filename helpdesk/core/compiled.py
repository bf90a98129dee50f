"""Queries that every page asks, with their SQL built once per process: building costs more than asking.

The query is an ordinary queryset, written with numbers that stand for the values of each call.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
# No id and no amount is ever as low as these.
_SLOTS = range(-(2**62), -(2**62) + 8)


class Compiled(Generic[M]):
    """`Compiled(lambda staff_id: Membership.objects.filter(staff_id=staff_id))`; call it with the values, which are
    whole numbers, to get the rows. Values must not change the SQL: no None, no lists."""

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build
        self._known: tuple[str, Sequence[Any], type[M], list[str], list[str], Any, Any] | None = None

    def __call__(self, *values: int) -> list[M]:
        sql, params, model, names, annotations, compiler, converters = self._known or self._compile(len(values))
        first = _SLOTS.start
        given = [values[item - first] if isinstance(item, int) and item in _SLOTS else item for item in params]
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        if converters:
            rows = list(compiler.apply_converters(rows, converters))
        return [_instance(model, names, annotations, row) for row in rows]

    def _compile(self, number: int) -> Any:
        queryset = self._build(*itertools.islice(_SLOTS, number))
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        plain = len(columns) - len(compiler.annotation_col_map)
        names = [column.target.attname for column in columns[:plain]]
        self._known = (
            sql,
            params,
            queryset.model,
            names,
            list(compiler.annotation_col_map),
            compiler,
            compiler.get_converters(columns),
        )
        return self._known


def _instance(model: type[M], names: list[str], annotations: list[str], row: Sequence[Any]) -> M:
    found = model.from_db(DEFAULT_DB_ALIAS, names, row[: len(names)])
    for name, value in zip(annotations, row[len(names) :], strict=True):
        setattr(found, name, value)
    return found
