"""What a supervisor tried: two replays of the demo's month, which the workers run."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from analytics.models import WhatIf
from analytics.whatif.scenario import LENGTHS, PRESET, TODAY, Scenario, current_targets
from analytics.whatif.services import start_what_if
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_day
from tickets.sla.models import Policy


def replay_last_month() -> None:
    """The last thirty days against a shipped policy, and against half the time of the first one."""
    supervisor = Staff.objects.filter(username="supervisor").first()
    policy = Policy.objects.filter(is_active=True).order_by("position", "pk").first()
    if supervisor is None or policy is None or WhatIf.objects.exists():
        return
    today = company_day(timezone.now())
    halves = {
        str(target.pk): max(60, target.seconds // 2) if target.seconds else (target.working_days or 0)
        for target in current_targets(policy)
    }
    for scenario in (
        Scenario(policies=PRESET, preset="ecommerce"),
        Scenario(policies=LENGTHS, policy=policy.pk, lengths=halves),
    ):
        start_what_if(
            scenario,
            since=today - timedelta(days=30),
            until=today,
            compared_with=TODAY,
            by=Actor.of_staff(supervisor),
        )
