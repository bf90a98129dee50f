"""The cuts through deadlines for which totals are kept: everything, each dimension, and pairs of them.

A page that asks for more dimensions at once reads the outcomes themselves: three filters leave few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

# Dimension → its value of an outcome, as a text.
DIMENSIONS: dict[str, Callable[[Any], str]] = {
    "team": lambda outcome: str(outcome.team_id),
    "channel": lambda outcome: str(outcome.channel),
    "kind": lambda outcome: str(outcome.kind),
    "level": lambda outcome: str(outcome.level),
    "account": lambda outcome: str(outcome.account_id),
    "agent": lambda outcome: str(outcome.owner_id or 0),
}
COLUMNS = {"team": "team_id", "channel": "channel", "kind": "kind", "level": "level", "account": "account_id",
           "agent": "coalesce(owner_id, 0)"}  # fmt: skip
NUMBERED = frozenset({"team", "account", "agent"})
_PAIRED = ("team", "channel", "kind", "level")
SCOPES: tuple[tuple[str, ...], ...] = (
    (),
    *((name,) for name in _PAIRED),
    ("account",),
    *combinations(_PAIRED, 2),
    ("team", "account"),
    ("team", "agent"),
)
_BY_SET = {frozenset(names): names for names in SCOPES}


def name_of(names: tuple[str, ...]) -> str:
    """How a cut is called in the table."""
    return "+".join(names) or "all"


def cut_for(dimensions: Iterable[str]) -> tuple[str, ...] | None:
    """The cut that has exactly these dimensions, None when no totals are kept for it."""
    wanted = frozenset(dimensions)
    if wanted == {"agent"}:
        return ("team", "agent")
    return _BY_SET.get(wanted)


def cells_of(outcome: Any) -> list[tuple[str, str, str]]:
    """(scope, a, b) of every total that the outcome is part of."""
    values = {name: read(outcome) for name, read in DIMENSIONS.items()}
    return [(name_of(names), *_padded([values[name] for name in names])) for names in SCOPES]


def _padded(values: list[str]) -> tuple[str, str]:
    first, second = [*values, "", ""][:2]
    return first, second
