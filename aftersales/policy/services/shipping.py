"""The rule sets that ship: written once, when the product is first set up; brought back by hand later."""

from __future__ import annotations

from aftersales.policy.models import RuleSet
from aftersales.policy.services.rule_sets import change_rules, create_rule_set
from aftersales.policy.shipped import SHIPPED
from helpdesk.core.actors import SYSTEM, Actor


def ensure_rule_sets() -> None:
    """Write the shipped sets into a book that has none; what people changed or removed stays as they left it."""
    if RuleSet.objects.exists():
        return
    for shipped in SHIPPED:
        create_rule_set(
            shipped.key,
            name=shipped.name,
            name_zh=shipped.name_zh,
            rules=shipped.rules,
            preset=shipped.key,
            is_second=shipped.is_second,
            by=SYSTEM,
        )


def bring_back(set_id: int, *, by: Actor) -> RuleSet:
    """The rules of a shipped set as they ship, as a new version."""
    found = RuleSet.objects.get(pk=set_id)
    shipped = next(one for one in SHIPPED if one.key == found.preset)
    return change_rules(set_id, shipped.rules, by=by)
