"""The claim policy as its pages show it: sets with their rules in words, versions with what they changed, a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from aftersales.claims.models import ClaimLine
from aftersales.claims.services.judging import Application
from aftersales.policy.book import open_book
from aftersales.policy.models import RuleSet, RuleSetVersion
from aftersales.selectors.tracing import LineTrace, trace_application
from aftersales.words import rule_lines
from helpdesk.accounts.models import Staff
from helpdesk.core.company import company_zone
from helpdesk.customers.models import Order

MOST_VERSIONS = 50


def sets_with_rules() -> list[tuple[RuleSet, Sequence[Mapping[str, Any]]]]:
    """Every set in its order with the rules that it has now; two queries."""
    sets = list(RuleSet.objects.order_by("position", "pk"))
    rows = RuleSetVersion.objects.filter(rule_set__in=sets)
    current = {(row.rule_set_id, row.number): row.rules for row in rows}
    return [(one, current.get((one.pk, one.version), ())) for one in sets]


def rules_of(rule_set: RuleSet) -> list[dict[str, Any]]:
    """The rules of a set as they are now."""
    return list(rule_set.versions.get(number=rule_set.version).rules)


@dataclass(frozen=True)
class RuleChange:
    """What a version did to one rule: `kind` is added, removed, changed or moved; the lines that went and came."""

    kind: str
    key: str
    removed: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True)
class VersionShown:
    """One version, who wrote it, and what it changed; `rules` are the rules in words."""

    version: RuleSetVersion
    by: str
    changes: Sequence[RuleChange]
    rules: Sequence[Mapping[str, Any]]


def versions_of(rule_set: RuleSet) -> list[VersionShown]:
    """The newest versions first, each against the one before; two queries."""
    rows = list(rule_set.versions.order_by("-number")[: MOST_VERSIONS + 1])
    names = dict(
        Staff.objects.filter(pk__in=[row.by_id for row in rows if row.by_kind == "staff"]).values_list("pk", "name")
    )
    found = []
    for nth, row in enumerate(rows[:MOST_VERSIONS]):
        before = rows[nth + 1].rules if nth + 1 < len(rows) else []
        by = names.get(row.by_id or 0, "") if row.by_kind == "staff" else ""
        found.append(VersionShown(row, by, changes_between(before, row.rules), [rule_lines(one) for one in row.rules]))
    return found


def changes_between(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[RuleChange]:
    """What is different, rule by rule, in words."""
    old, new = {one["key"]: one for one in before}, {one["key"]: one for one in after}
    found = [RuleChange("removed", key, said(old[key]), ()) for key in old if key not in new]
    shared = [key for key in old if key in new]
    order = [key for key in new if key in old]
    for key, rule in new.items():
        if key not in old:
            found.append(RuleChange("added", key, (), said(rule)))
        elif old[key] != rule:
            was, now = said(old[key]), said(rule)
            removed = [line for line in was if line not in now]
            found.append(RuleChange("changed", key, removed, [line for line in now if line not in was]))
    if shared != order:
        moved = [key for key, other in zip(order, shared, strict=True) if key != other]
        found += [RuleChange("moved", key, (), ()) for key in moved[:1]]
    return found


def said(rule: Mapping[str, Any]) -> list[str]:
    """A rule as lines of text, for comparing."""
    lines = rule_lines(rule)
    words = [f"{lines['verdict_label']}: {text}" for text in rule["words"].values()]
    kinds = ", ".join(str(kind) for kind in lines["kinds"])
    return [kinds, *lines["conditions"], *words, *([lines["until"]] if lines["until"] else []), *lines["grants"]]


# --- The test bench --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tried:
    """What the policy would say: of each line, with the rules that were asked."""

    order: Order
    now: datetime
    traces: Sequence[LineTrace]


def find_order(number: str) -> Order | None:
    """The newest order of this number, whichever shop it came from."""
    rows = Order.objects.filter(number=number.strip()).select_related("customer").prefetch_related("payments")
    return rows.order_by("-placed_at", "-pk").first()


def try_order(order: Order, values: Mapping[str, Any], details: dict[str, object], *, now: datetime) -> Tried:
    """Judge every line of an order by the rules of today, as if it were applied for at `now`; writes nothing."""
    wanted = values.get("quantity")
    lines = []
    for line in order.lines.select_related("product", "order").order_by("pk"):
        quantity = min(int(wanted), line.quantity) if wanted else line.quantity
        lines.append(
            ClaimLine(product=line.product, order_line=line, serial=line.serial, lot=line.lot, quantity=quantity)
        )
    application = Application(
        values["kind"] or "return",
        values["reason"] or "changed_mind",
        order.customer,
        order,
        lines,
        details,
        values.get("asked"),
    )
    return Tried(order, now, trace_application(application, open_book(), now))


def moment_of(day: date | None, now: datetime) -> datetime:
    """Noon of that day in the company's zone; now for none."""
    return datetime.combine(day, time(12), tzinfo=company_zone()) if day else now
