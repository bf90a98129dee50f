"""How a shipped set is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shipped:
    """A set as it ships; `rules` are as `checking.clean_rules` takes them."""

    key: str
    name: str
    name_zh: str
    rules: Sequence[Mapping[str, Any]]
    is_second: bool = False


def when(field: str, op: str, *values: Any) -> dict[str, Any]:
    """A condition."""
    return {"field": field, "op": op, "values": list(values)}


def within(days: int, since: str = "delivery") -> tuple[dict[str, Any], dict[str, Any]]:
    """The condition of a term, and the rule's `until`."""
    return when(f"days_since_{since}", "at_most", days), {"days": days, "from": since}


def rule(
    key: str,
    kinds: Sequence[str],
    verdict: str,
    en: str,
    zh: str,
    *conditions: Mapping[str, Any],
    until: Mapping[str, Any] | None = None,
    **grant: Any,
) -> dict[str, Any]:
    """A rule with its reason in both languages."""
    return {
        "key": key,
        "kinds": list(kinds),
        "when": list(conditions),
        "verdict": verdict,
        "words": {"en": en, "zh-hans": zh},
        "until": until,
        "grant": grant,
    }
