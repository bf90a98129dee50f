"""The cuts through claims for which totals are kept: everything, each dimension, and pairs of them.

A page that asks for more dimensions at once reads the facts themselves: three filters leave few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

from analytics.scopes import name_of

# Dimension → its value of a fact, as a text.
DIMENSIONS: dict[str, Callable[[Any], str]] = {
    "kind": lambda fact: str(fact.kind),
    "team": lambda fact: str(fact.team_id),
    "product": lambda fact: str(fact.product_id),
    "cause": lambda fact: str(fact.cause_id),
}
COLUMNS = {"kind": "kind", "team": "team_id", "product": "product_id", "cause": "cause_id"}
NUMBERED = frozenset({"team", "product", "cause"})
ALL: tuple[tuple[str, ...], ...] = ((), *((name,) for name in DIMENSIONS), *combinations(DIMENSIONS, 2))
# What is open has no cause yet.
OF_OPEN = tuple(cut for cut in ALL if "cause" not in cut)


def cut_for(dimensions: Iterable[str], cuts: Sequence[tuple[str, ...]] = ALL) -> tuple[str, ...] | None:
    """The cut that has exactly these dimensions, None when no totals are kept for it."""
    wanted = frozenset(dimensions)
    return next((cut for cut in cuts if frozenset(cut) == wanted), None)


def cells_of(fact: Any, cuts: Sequence[tuple[str, ...]] = ALL) -> list[tuple[str, str, str]]:
    """(scope, a, b) of every total that the fact is part of."""
    found = []
    for cut in cuts:
        first, second = [*(DIMENSIONS[name](fact) for name in cut), "", ""][:2]
        found.append((name_of(cut), first, second))
    return found
