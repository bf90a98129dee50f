"""Rows for COPY: a table's columns with their defaults as text, of which a row overrides a few."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
NULL = "\\N"


def escaped(text: str) -> str:
    """A text as COPY takes it."""
    return text.translate(_ESCAPES)


def moment(seconds: float) -> str:
    """A timestamp from seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _plain(value: Any) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (list, dict)):
        return "{}" if isinstance(value, dict) or not value else str(value)
    return escaped(str(value))


class Table:
    """The COPY text of one model. `names` are the columns that every row gives, in the order of `add`'s values."""

    def __init__(self, model: Any, names: Sequence[str], **fixed: str) -> None:
        from django.db.models import JSONField

        columns = [field for field in model._meta.concrete_fields if field.column != "id" or "id" in names]
        self.name = model._meta.db_table
        self.columns = ", ".join(f'"{field.column}"' for field in columns)
        self._base = []
        for field in columns:
            if field.column in fixed:
                self._base.append(fixed[field.column])
            elif field.column in names:
                self._base.append(NULL)
            else:
                default = field.get_default()
                empty_list = isinstance(field, JSONField) and default == []
                self._base.append("[]" if empty_list else _plain(default))
        order = [field.column for field in columns]
        self._places = [order.index(name) for name in names]
        self._buffer = io.StringIO()

    def add(self, *values: str) -> None:
        """One row; values are texts that need no more escaping."""
        row = self._base.copy()
        for place, value in zip(self._places, values, strict=True):
            row[place] = value
        self._buffer.write("\t".join(row))
        self._buffer.write("\n")

    def flush(self, cursor: Any) -> None:
        """Send what was added."""
        self._buffer.seek(0)
        cursor.copy_expert(f"COPY {self.name} ({self.columns}) FROM STDIN", self._buffer)
        self._buffer = io.StringIO()
