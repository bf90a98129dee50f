"""Every rule that was asked about a claim, and what each found, under the rules as they were when it was opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.models import Claim, Verdict
from aftersales.claims.services.judging import Application, gather
from aftersales.policy.book import compile_rules
from aftersales.policy.calc import Judgement, Looked, Rule, judge, trace
from aftersales.policy.facts import FIELDS, ApplicationFacts
from aftersales.policy.models import RuleSet, RuleSetVersion
from aftersales.words import condition_words, fact_words, value_words
from helpdesk.core.company import company_zone


@dataclass(frozen=True)
class AskedRule:
    """One rule in the order in which it was asked: which conditions it failed, in words with what was found instead."""

    set_label: str
    set_id: int
    key: str
    verdict: str
    verdict_label: Any
    decides: bool
    failing: Sequence[str]


@dataclass(frozen=True)
class LineTrace:
    """One line of an application: its facts in words, the rules asked, and the judgement."""

    name: str
    facts: Sequence[tuple[Any, str]]
    asked: Sequence[AskedRule]
    judgement: Judgement

    @property
    def deciding(self) -> list[AskedRule]:
        """The rule that holds, and the second look at it; the last one's verdict counts."""
        return [one for one in self.asked if one.decides]

    @property
    def passed_over(self) -> list[AskedRule]:
        return [one for one in self.asked if not one.decides]

    @property
    def verdict_label(self) -> Any:
        return Verdict(self.judgement.verdict).label


def rules_at(moment: datetime) -> list[Rule]:
    """The rules as they stood then, in the order of today; one query."""
    rows = RuleSetVersion.objects.select_related("rule_set").filter(created_at__lte=moment)
    newest: dict[int, RuleSetVersion] = {}
    for row in rows.order_by("rule_set_id", "number"):
        newest[row.rule_set_id] = row
    ordered = sorted(newest.values(), key=lambda row: (row.rule_set.position, row.rule_set_id))
    return [rule for row in ordered if row.rule_set.is_active for rule in compile_rules(row)]


def trace_claim(claim: Claim) -> list[LineTrace]:
    """The trace of each line of a claim, as it was applied for."""
    application = Application(
        claim.kind, claim.reason, claim.customer, claim.order, claim.loaded_lines, claim.details, claim.asked_amount
    )
    return trace_application(application, rules_at(claim.opened_at), claim.opened_at)


def trace_application(application: Application, rules: Sequence[Rule], now: datetime) -> list[LineTrace]:
    """The same for something that is no claim yet (the test bench); seven queries at most, however many lines."""
    labels = {one.key: (one.label, one.pk) for one in RuleSet.objects.all()}
    names = [line.product.label for line in application.lines] or [""]
    found = []
    for name, facts in zip(names, gather(application, now), strict=True):
        judged = judge(rules, facts, company_zone())
        found.append(LineTrace(name, facts_in_words(facts), asked_rules(trace(rules, facts), facts, labels), judged))
    return found


def asked_rules(
    looked: Iterable[Looked], facts: ApplicationFacts, labels: dict[str, tuple[str, int]]
) -> list[AskedRule]:
    """The rules of a trace in words."""
    found = []
    for one in looked:
        label, set_id = labels.get(one.rule.set_key, (one.rule.set_key, 0))
        failing = [_failed(condition.field, condition.op, condition.values, facts) for condition in one.failing]
        verdict = Verdict(one.rule.verdict)
        found.append(AskedRule(label, set_id, one.rule.key, verdict.value, verdict.label, not failing, failing))
    return found


def _failed(field: str, op: str, values: Sequence[Any], facts: ApplicationFacts) -> str:
    wanted = condition_words({"field": field, "op": op, "values": values})
    found = fact_words(field, getattr(facts, field))
    return _("%(wanted)s – here: %(found)s") % {"wanted": wanted, "found": found}


def facts_in_words(facts: ApplicationFacts) -> list[tuple[Any, str]]:
    """What is known of the application, field by field; what is not known is left out."""
    found = []
    for key, field in FIELDS.items():
        actual = getattr(facts, key)
        if actual in (None, "", ()) or actual == []:
            continue
        found.append(
            (field.label, fact_words(key, actual) if not isinstance(actual, str) else value_words(key, [actual]))
        )
    return found
