"""How the alarm watches is changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from aftersales.incidents.models import AlarmRule
from aftersales.incidents.rule import alarm_rule
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged, save_checked

EDITED = ("is_active", "false_rate", "least", "window_hours", "past_days", "reasons")


def rule_values(rule: AlarmRule) -> dict[str, object]:
    """What a form shows and what its fingerprint is made of."""
    return {name: str(getattr(rule, name)) for name in EDITED}


@transaction.atomic
def save_alarm_rule(
    *,
    is_active: bool,
    false_rate: Decimal,
    least: int,
    window_hours: int,
    past_days: int,
    reasons: Sequence[str],
    by: Actor,
    seen: str | None = None,
) -> AlarmRule:
    """Change how the alarm watches; announces alarm_rule.changed. `Overtaken` when somebody saved since `seen`."""
    if by.staff is None or not by.staff.can(AFTERSALES_MANAGE):
        raise Forbidden
    alarm_rule()
    rule = AlarmRule.objects.select_for_update(no_key=True).get(pk=1)
    require_unchanged(seen, rule_values(rule))
    rule.is_active, rule.false_rate, rule.least = is_active, false_rate, least
    rule.window_hours, rule.past_days, rule.reasons = window_hours, past_days, list(reasons)
    rule.row_version += 1
    save_checked(rule)
    announce(Announcement("alarm_rule.changed", "alarm_rule", 1), by=by)
    return rule
