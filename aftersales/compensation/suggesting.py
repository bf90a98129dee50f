"""What the desk is offered: the refund that the policy comes to, and compensation that a rule proposes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from aftersales.claims.models import Claim
from aftersales.compensation.calc import CaseFacts, Proposed, ProposingRule, after_use, propose
from aftersales.compensation.models import ProposalRule
from aftersales.compensation.models.compensations import COUNTED
from aftersales.compensation.refundable import most_granted
from aftersales.policy.calc import whole_days
from aftersales.policy.models import RuleSetVersion
from helpdesk.core import clock
from helpdesk.core.company import company_zone
from helpdesk.customers.models import Customer


@dataclass(frozen=True)
class Proposal:
    """A compensation that a rule proposes for a claim."""

    rule: ProposalRule
    means: str
    worth: Decimal


def grant_of(claim: Claim) -> dict[str, Any]:
    """What the rule that judged the claim grants beside its verdict, as it stood in that version; empty without a rule."""
    if claim.rule_version_id is None:
        return {}
    version = RuleSetVersion.objects.filter(pk=claim.rule_version_id).first()
    rows = version.rules if version is not None else []
    found = next((row for row in rows if row["key"] == claim.rule_key), {})
    return dict(found.get("grant") or {})


def suggested_amount(claim: Claim, now: datetime | None = None) -> Decimal:
    """What a refund comes to when nobody says otherwise: what was paid for what is claimed, less the use that the policy
    takes off for each day since the delivery; a customer who asked for less gets what they asked for."""
    most = most_granted(claim)
    if claim.asked_amount is not None:
        return min(claim.asked_amount, most)
    percent = Decimal(str(grant_of(claim).get("depreciation_percent") or 0))
    delivered = claim.order.delivered_at if claim.order is not None else None
    if not percent or delivered is None:
        return most
    days = whole_days(delivered, now or clock.now(), company_zone()) or 0
    return after_use(most, days, percent)


def proposals_for(claim: Claim, freight: Decimal) -> list[Proposal]:
    """What the rules propose and has not been taken up; four queries at most."""
    rules = {rule.pk: rule for rule in ProposalRule.objects.filter(is_active=True)}
    if not rules:
        return []
    taken = set(claim.compensations.filter(rule__isnull=False, state__in=COUNTED).values_list("rule_id", flat=True))
    found = propose([_compiled(rule) for rule in rules.values() if rule.pk not in taken], _facts(claim, freight))
    return [Proposal(rules[one.rule_id], one.means, one.worth) for one in found]


def _compiled(rule: ProposalRule) -> ProposingRule:
    return ProposingRule(
        rule.pk,
        rule.means,
        rule.basis,
        rule.value,
        rule.most,
        frozenset(rule.kinds),
        frozenset(rule.reasons),
        frozenset(rule.levels),
        rule.least_paid,
    )


def _facts(claim: Claim, freight: Decimal) -> CaseFacts:
    customer: Customer = claim.customer
    paid = Decimal(0)
    for line in claim.loaded_lines:
        if line.order_line is not None:
            paid += line.order_line.paid * line.quantity / line.order_line.quantity
    return CaseFacts(claim.kind, claim.reason, customer.level, paid, freight if _freight_is_ours(claim) else Decimal(0))


def _freight_is_ours(claim: Claim) -> bool:
    """The policy puts the way back on the company, and the customer has sent the goods."""
    is_sent = any(move.name == "send_back" for move in claim.moves.all())
    return is_sent and grant_of(claim).get("freight") in {"company", "repaid"}


__all__ = ["Proposal", "Proposed", "grant_of", "proposals_for", "suggested_amount"]
