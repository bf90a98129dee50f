"""Applying a shipped preset: it becomes a policy like any other, at the place where it can apply."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.calendars.selectors import default_calendar
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.models import BusinessCalendar
from tickets.models import Ticket
from tickets.sla.models import Policy, PolicyVersion
from tickets.sla.presets import AROUND, BY_KEY, PresetTarget
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy, order_policies


@transaction.atomic
def apply_preset(key: str, *, by: Actor) -> Policy:
    """Make a policy of a shipped preset; announces policy.created. One with conditions comes first, one without comes
    before the others without, which would keep it from ever applying."""
    preset = BY_KEY.get(key)
    if preset is None:
        raise NotFound
    if Policy.objects.filter(preset=key).exists():
        raise Invalid(_("This preset is among your policies already. Change or switch on that one."))
    policy = create_policy(draft_of_preset(key), by=by, preset=key)
    others = list(Policy.objects.exclude(pk=policy.pk).order_by("position", "pk"))
    before = 0 if preset.conditions else _unconditional(others)
    ids = [other.pk for other in others]
    order_policies([*ids[:before], policy.pk, *ids[before:]], by=by)
    policy.refresh_from_db()
    return policy


def ensure_policies() -> None:
    """A new installation starts with the Enterprise preset. One that has tickets already does not get deadlines, and
    breaches, that nobody chose."""
    if not Policy.objects.exists() and not Ticket.objects.exists():
        apply_preset("enterprise", by=SYSTEM)


def _unconditional(policies: list[Policy]) -> int:
    """The place of the first policy without conditions."""
    for place, policy in enumerate(policies):
        if not PolicyVersion.objects.get(policy=policy, number=policy.version).conditions:
            return place
    return len(policies)


def draft_of_preset(key: str) -> PolicyDraft:
    """The shipped policy as it would be typed; KeyError for an unknown key."""
    preset = BY_KEY[key]
    return PolicyDraft(
        name=preset.name,
        name_zh=preset.name_zh,
        conditions=preset.conditions,
        targets=[_target(target) for target in preset.targets],
    )


def _target(target: PresetTarget) -> TargetDraft:
    return TargetDraft(
        metric=target.metric,
        calendar=(around_the_clock() if target.calendar == AROUND else default_calendar()).pk,
        seconds=target.seconds,
        working_days=target.working_days,
        priorities=target.priorities,
        kinds=target.kinds,
        warnings=target.warnings,
        steps=[StepDraft(step.actions, step.share, step.after_seconds) for step in target.steps],
    )


def around_the_clock() -> BusinessCalendar:
    """A calendar of 24×7; made when the company has none."""
    found = BusinessCalendar.objects.filter(is_24x7=True).order_by("pk").first()
    return found or create_calendar(
        by=SYSTEM, name="Around the clock 24×7", name_zh="全天候 24×7", timezone="UTC", is_24x7=True
    )
