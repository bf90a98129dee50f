"""Deciding: which rules fit, what they say together, and who the customer is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from helpdesk.customers.models import CustomerLevel
from tickets.routing.recognition.conditions import ArrivalFacts, Test

# From so many orders in the last year on a customer is of high value, whatever their level.
ORDERS_OF_HIGH_VALUE = 5
# From so many complaints in the last year on a customer is at risk; one threat is enough.
COMPLAINTS_OF_HIGH_RISK = 2


@dataclass(frozen=True)
class CompiledRule:
    """A rule with its conditions as functions."""

    id: int
    name: str
    name_zh: str
    is_any: bool
    tests: tuple[Test, ...]
    effects: dict[str, Any]
    stops: bool

    def fits(self, facts: ArrivalFacts) -> bool:
        """Whether all its conditions hold, or any of them; a rule without conditions never fits."""
        found = (test(facts) for test in self.tests)
        return bool(self.tests) and (any(found) if self.is_any else all(found))


@dataclass
class Outcome:
    """What the rules said together. `by` names the rule that decided each thing."""

    kind: str = ""
    priority: str = ""
    tone: str = ""
    team: int | None = None
    is_urgent: bool = False
    tags: list[str] = field(default_factory=list)
    rule_ids: list[int] = field(default_factory=list)
    by: dict[str, int] = field(default_factory=dict)


def decide(rules: Sequence[CompiledRule], facts: ArrivalFacts) -> Outcome:
    """Every rule that fits acts, in order; the first that says something about a thing decides it, tags add up."""
    outcome = Outcome()
    for rule in rules:
        if not rule.fits(facts):
            continue
        outcome.rule_ids.append(rule.id)
        for name, value in rule.effects.items():
            if name == "tags":
                outcome.tags += [tag for tag in value if tag not in outcome.tags]
            elif name not in outcome.by:
                setattr(outcome, name, value)
                outcome.by[name] = rule.id
        if rule.stops:
            break
    return outcome


@dataclass(frozen=True)
class CustomerHistory:
    """What is known of the customer, counted over the last year (each at most 100)."""

    level: str = CustomerLevel.ORDINARY
    orders: int = 0
    complaints: int = 0
    threats: int = 0


@dataclass(frozen=True)
class Standing:
    """B1's second way: who the customer is, with the codes and numbers that say why."""

    is_high_value: bool
    is_high_risk: bool
    reasons: dict[str, Any]


def standing(history: CustomerHistory) -> Standing:
    """High value by level or orders, high risk by complaints or threats."""
    value: list[list[Any]] = []
    risk: list[list[Any]] = []
    if history.level != CustomerLevel.ORDINARY:
        value.append(["level", history.level])
    if history.orders >= ORDERS_OF_HIGH_VALUE:
        value.append(["orders", history.orders])
    if history.complaints >= COMPLAINTS_OF_HIGH_RISK:
        risk.append(["complaints", history.complaints])
    if history.threats:
        risk.append(["threats", history.threats])
    counted = {"orders": history.orders, "complaints": history.complaints, "threats": history.threats}
    return Standing(bool(value), bool(risk), {"value": value, "risk": risk, "counted": counted})
