"""What this room does for the kernel's registries."""

from __future__ import annotations

from aftersales.policy.services.shipping import ensure_rule_sets
from helpdesk.core.registries import first_rows

first_rows.add("claim_policy.rule_sets", ensure_rule_sets)
