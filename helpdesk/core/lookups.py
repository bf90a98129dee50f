"""`field__part="text"`: the text stands somewhere in the value, in any case, as a trigram index can find it.

Django's own `icontains` compares `UPPER(column)`, which no trigram index on the column serves.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, TextField
from django.db.models.lookups import PatternLookup


class Part(PatternLookup):
    """`column ILIKE '%text%'`, with the text's own wildcards escaped."""

    lookup_name = "part"
    param_pattern = "%%%s%%"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The condition and its values."""
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", (*left_values, *right_values)


def register() -> None:
    """Make the lookup known to text columns."""
    CharField.register_lookup(Part)
    TextField.register_lookup(Part)
