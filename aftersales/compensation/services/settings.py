"""Writing limits, the way money leaves, and the rules that propose; each change is on record (audit)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aftersales.compensation.limits import DECIDING, Bounds
from aftersales.compensation.models import Limit, MoneySetting, ProposalRule
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import save_checked


@transaction.atomic
def set_limits(bounds: Mapping[str, Bounds], *, by: Actor) -> None:
    """How far each role goes by itself from now on; announces limits.changed with what changed."""
    require(by, AFTERSALES_MANAGE)
    changed: dict[str, Any] = {}
    present = {row.role: row for row in Limit.objects.select_for_update().order_by("pk")}
    for role in DECIDING:
        wanted = bounds[role]
        row = present.get(role) or Limit(role=role)
        if row.pk is None or (row.refund, row.compensation) != (wanted.refund, wanted.compensation):
            row.refund, row.compensation = wanted.refund, wanted.compensation
            save_checked(row)
            changed[role] = {"refund": _said(wanted.refund), "compensation": _said(wanted.compensation)}
    if changed:
        announce(Announcement("limits.changed", "money", 1, data=changed), by=by)


@transaction.atomic
def change_money(values: MoneySetting, *, by: Actor) -> MoneySetting:
    """How money leaves from now on; announces money.changed. What was ordered before stays where it was ordered."""
    require(by, AFTERSALES_MANAGE)
    values.pk = 1
    save_checked(values)
    data = {
        "endpoint": values.endpoint_id,
        "points_per_unit": values.points_per_unit,
        "freight": str(values.freight),
    }
    announce(Announcement("money.changed", "money", 1, data=data), by=by)
    return values


@transaction.atomic
def save_proposal_rule(rule: ProposalRule, *, by: Actor) -> ProposalRule:
    """A new rule at the end of the order, or another wording of one; announces proposal_rule.changed."""
    require(by, AFTERSALES_MANAGE)
    if rule.pk is None:
        rule.position = 1 + max(ProposalRule.objects.values_list("position", flat=True), default=0)
    save_checked(rule)
    announce(
        Announcement(
            "proposal_rule.changed", "proposal_rule", rule.pk, data={"name": rule.name, "is_active": rule.is_active}
        ),
        by=by,
    )
    return rule


@transaction.atomic
def move_proposal_rule(rule_id: int, *, up: bool, by: Actor) -> None:
    """Ask it earlier or later: of one form only the first rule that fits proposes."""
    require(by, AFTERSALES_MANAGE)
    rows = list(ProposalRule.objects.select_for_update().order_by("position", "pk"))
    here = next((place for place, row in enumerate(rows) if row.pk == rule_id), None)
    if here is None:
        raise NotFound
    there = here + (-1 if up else 1)
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        for place, row in enumerate(rows, start=1):
            row.position = place
        ProposalRule.objects.bulk_update(rows, ["position"])
        announce(Announcement("proposal_rule.moved", "proposal_rule", rule_id, data={"up": up}), by=by)


def _said(amount: Any) -> str | None:
    return None if amount is None else str(amount)
