"""Spam verdicts: a sender rule decides first, then what the mail's headers say. Nothing is deleted, it goes to the spam view."""

from __future__ import annotations

from helpdesk.customers.models import Customer
from tickets.intake.arrival import Arrival
from tickets.intake.models import SenderRule, SenderVerdict


def spam_verdict(arrival: Arrival, customer: Customer) -> str:
    """The reason why it is spam, or nothing. An address's own rule beats its domain's."""
    rules = _rules_for(arrival.author_address)
    for rule in rules:
        if rule.verdict == SenderVerdict.ALLOW:
            return ""
        return f"rule:{rule.pattern}"
    if customer.is_blocked:
        return "blocked"
    return arrival.spam_reason


def _rules_for(address: str) -> list[SenderRule]:
    local, _, domain = address.lower().rpartition("@")
    if not local:
        return []
    parts = domain.split(".")
    domains = [".".join(parts[nth:]) for nth in range(max(1, len(parts) - 1))]
    patterns = [address.lower(), *domains]
    rules = SenderRule.objects.raw("SELECT * FROM intake_senderrule WHERE pattern = ANY(%s)", [patterns])
    found = {rule.pattern: rule for rule in rules}
    return [found[pattern] for pattern in patterns if pattern in found]
