"""The rules of the moment, compiled once per process and version of the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from aftersales.policy.calc import Condition, Grant, Rule
from aftersales.policy.models import PolicyBook, RuleSetVersion

_compiled: dict[UUID, tuple[Rule, ...]] = {}


def open_book() -> tuple[Rule, ...]:
    """All rules that count now, in the order in which they are asked: one query, one more when they have changed."""
    version = PolicyBook.objects.filter(pk=1).values_list("version", flat=True).first()
    if version is None:
        return ()
    rules = _compiled.get(version)
    if rules is None:
        rules = tuple(rule for row in _current() for rule in compile_rules(row))
        _compiled.clear()
        _compiled[version] = rules
    return rules


def _current() -> Sequence[RuleSetVersion]:
    rows = RuleSetVersion.objects.select_related("rule_set").filter(rule_set__is_active=True)
    found = [row for row in rows if row.number == row.rule_set.version]
    return sorted(found, key=lambda row: (row.rule_set.position, row.rule_set_id))


def compile_rules(version: RuleSetVersion) -> list[Rule]:
    """The rules of a version as they are stored (and were checked when they were saved), ready to judge."""
    return [
        Rule(
            set_key=version.rule_set.key,
            version_id=version.pk,
            key=row["key"],
            kinds=frozenset(row["kinds"]),
            conditions=tuple(Condition(one["field"], one["op"], tuple(one["values"])) for one in row.get("when", ())),
            verdict=row["verdict"],
            words=row["words"],
            until=(row["until"]["days"], row["until"]["from"]) if row.get("until") else None,
            grant=_grant(row.get("grant", {})),
            is_second=version.rule_set.is_second,
        )
        for row in version.rules
    ]


def _grant(values: Mapping[str, Any]) -> Grant:
    known = dict(values)
    for name in ("approvals", "outcomes"):
        if name in known:
            known[name] = tuple(known[name])
    if known.get("keep_below") is not None:
        known["keep_below"] = Decimal(str(known["keep_below"]))
    if "depreciation_percent" in known:
        known["depreciation_percent"] = Decimal(str(known["depreciation_percent"]))
    return Grant(**known)
