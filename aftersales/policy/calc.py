"""Judging an application by rules: plain values in, a verdict with its reasons out.

Rule sets are asked in their order, and in each its rules in theirs; the first rule whose conditions all hold decides. So a
set's exceptions stand before its grants, as in the regulations themselves. A fact that is not known meets no condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from aftersales.policy.facts import FIELDS, ApplicationFacts, Shape


@dataclass(frozen=True)
class Condition:
    """`field` `op` `values`; a number is compared with the one value."""

    field: str
    op: str
    values: tuple[Any, ...]

    def holds(self, facts: ApplicationFacts) -> bool:
        """Whether the facts meet it; never when the fact is not known."""
        actual = getattr(facts, self.field)
        if actual is None:
            return False
        return _COMPARE[FIELDS[self.field].shape](actual, self.op, self.values)


def _number(actual: Any, op: str, values: tuple[Any, ...]) -> bool:
    number, limit = Decimal(actual), Decimal(str(values[0]))
    if op == "at_most":
        return number <= limit
    if op == "at_least":
        return number >= limit
    return number > limit if op == "above" else number < limit


def _choice(actual: Any, op: str, values: tuple[Any, ...]) -> bool:
    return (actual in values) == (op == "is")


def _tags(actual: Sequence[str], op: str, values: tuple[Any, ...]) -> bool:
    return bool(set(actual) & set(values)) == (op == "has")


def _flag(actual: Any, op: str, values: tuple[Any, ...]) -> bool:
    return bool(actual) == bool(values[0])


_COMPARE = {Shape.NUMBER: _number, Shape.CHOICE: _choice, Shape.TAGS: _tags, Shape.FLAG: _flag}


@dataclass(frozen=True)
class Grant:
    """What comes with the verdict. `freight`: who pays for the way back (`customer`, `company`, or `repaid`: the customer pays
    and is repaid). `approvals` names the sides that decide jointly. `depreciation_percent` is taken off for each day of use,
    `outcomes` what the customer may choose, empty: what they asked for. `keep_below`: under this amount the item may be kept."""

    freight: str = ""
    approvals: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    settles_on_scan: bool = False
    is_free: bool = True
    needs_quote: bool = False
    keep_below: Decimal | None = None
    depreciation_percent: Decimal = Decimal(0)


@dataclass(frozen=True)
class Rule:
    """One rule of one version of a set. `until` is (days, from what): the last day on which it can hold. A rule of a second
    look (`is_second`) is asked only about what was allowed, and sends it to a person."""

    set_key: str
    version_id: int
    key: str
    kinds: frozenset[str]
    conditions: tuple[Condition, ...]
    verdict: str
    words: Mapping[str, str]
    until: tuple[int, str] | None = None
    grant: Grant = field(default_factory=Grant)
    is_second: bool = False

    def failing(self, facts: ApplicationFacts) -> list[Condition]:
        """The conditions that do not hold."""
        return [condition for condition in self.conditions if not condition.holds(facts)]


@dataclass(frozen=True)
class Judgement:
    """What the policy says: the verdict, the rule that decided, why in both languages, until when it can be had."""

    verdict: str
    rule: Rule | None
    words: Mapping[str, str]
    until: datetime | None = None
    grant: Grant = field(default_factory=Grant)


@dataclass(frozen=True)
class Looked:
    """One rule that was asked, for the test bench: which of its conditions did not hold."""

    rule: Rule
    failing: Sequence[Condition]


# What nobody foresaw is for a person, never refused by silence.
SILENT = {
    "en": "No rule says anything about this; a person decides.",
    "zh-hans": "没有规则适用于此申请，由人工判断。",
}


def judge(rules: Iterable[Rule], facts: ApplicationFacts, zone: ZoneInfo) -> Judgement:
    """The verdict of the first rule that holds; what it allows, the first rule of a second look that holds sends to a person,
    with the sides that have to approve, and all else as it was granted."""
    asked = [rule for rule in rules if facts.kind in rule.kinds]
    first = next((rule for rule in asked if not rule.is_second and _holds(rule, facts)), None)
    if first is None:
        return Judgement("needs_approval", None, SILENT)
    judged = _judgement(first, facts, zone)
    if judged.verdict != "allowed":
        return judged
    second = next((rule for rule in asked if rule.is_second and _holds(rule, facts)), None)
    if second is None:
        return judged
    looked = _judgement(second, facts, zone)
    words = {language: f"{text} {looked.words[language]}" for language, text in judged.words.items()}
    grant = replace(judged.grant, approvals=second.grant.approvals)
    return Judgement("needs_approval", second, words, judged.until, grant)


def _holds(rule: Rule, facts: ApplicationFacts) -> bool:
    return all(condition.holds(facts) for condition in rule.conditions)


def trace(rules: Iterable[Rule], facts: ApplicationFacts) -> list[Looked]:
    """Every rule for this kind that was asked, in two rounds, each up to the one that decided."""
    asked = [rule for rule in rules if facts.kind in rule.kinds]
    looked = _round((rule for rule in asked if not rule.is_second), facts)
    is_allowed = bool(looked) and not looked[-1].failing and looked[-1].rule.verdict == "allowed"
    return looked + (_round((rule for rule in asked if rule.is_second), facts) if is_allowed else [])


def _round(rules: Iterable[Rule], facts: ApplicationFacts) -> list[Looked]:
    looked = []
    for rule in rules:
        looked.append(Looked(rule, rule.failing(facts)))
        if not looked[-1].failing:
            break
    return looked


def _judgement(rule: Rule, facts: ApplicationFacts, zone: ZoneInfo) -> Judgement:
    until = last_moment(rule.until, facts, zone)
    values = {
        "days": rule.until[0] if rule.until else "",
        "until": until.astimezone(zone).strftime("%Y-%m-%d") if until else "",
        "warranty": facts.warranty_until.astimezone(zone).strftime("%Y-%m-%d") if facts.warranty_until else "",
        "repairs": facts.repairs,
        "amount": f"{facts.amount:.2f}",
    }
    words = {language: fill(text, values) for language, text in rule.words.items()}
    return Judgement(rule.verdict, rule, words, until, rule.grant)


def fill(text: str, values: Mapping[str, Any]) -> str:
    """The text with `{name}` replaced; a name that is not known stays as it stands."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def last_moment(until: tuple[int, str] | None, facts: ApplicationFacts, zone: ZoneInfo) -> datetime | None:
    """The end of the last day: the day of the event does not count, and the last day counts to its end."""
    if until is None:
        return None
    days, since = until
    if since == "warranty":
        return facts.warranty_until
    start = facts.delivered_at if since == "delivery" else facts.ordered_at
    if start is None:
        return None
    local = start.astimezone(zone)
    end = (local + timedelta(days=days + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return end - timedelta(seconds=1)


def whole_days(since: datetime | None, now: datetime, zone: ZoneInfo) -> int | None:
    """Calendar days from the day after `since` on: 0 on the day itself."""
    if since is None:
        return None
    return (now.astimezone(zone).date() - since.astimezone(zone).date()).days
