"""What a what-if puts in the place of the policies: read from a form, kept as JSON, turned into books for the replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.rules import Rules
from helpdesk.core.calendars.selectors import default_calendar, working_time
from helpdesk.core.errors import Invalid
from helpdesk.core.models import BusinessCalendar
from tickets.sla.book import CompiledPolicy
from tickets.sla.calc import Rule
from tickets.sla.models import Policy, Target
from tickets.sla.models.policies import MAX_SECONDS
from tickets.sla.presets import AROUND, BY_KEY, Preset, PresetTarget
from tickets.sla.replay.books import Books, books_in_force, books_of, compile_versions, on_calendar, policies_now

IN_FORCE, TODAY, ORDER, PRESET, LENGTHS = "in_force", "today", "order", "preset", "lengths"
COMPARED = (IN_FORCE, TODAY)
POLICIES = (TODAY, ORDER, PRESET, LENGTHS)
MAX_DAYS = 250
# Ids of what is not in the database; real ones are above zero.
_AROUND_ID = -1


@dataclass(frozen=True)
class Scenario:
    """`policies`: today's as they are, in another `order` (ids of those that apply), with a shipped `preset` among them, or
    with other `lengths` for one `policy` (target's id → seconds, or working days). `calendar`: every promise is counted on it.
    `roster`: the hours in which the desk is staffed."""

    policies: str = TODAY
    order: Sequence[int] = ()
    preset: str = ""
    policy: int | None = None
    lengths: Mapping[str, int] = field(default_factory=dict)
    calendar: int | None = None
    roster: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "", (), [], {})}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scenario:
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


def check(scenario: Scenario) -> Scenario:
    """The scenario cleaned; `Invalid` names the field that makes no sense or would change nothing."""
    if scenario.policies not in POLICIES:
        raise Invalid(fields={"policies": _("Choose from the list.")})
    for name in ("calendar", "roster"):
        pk = getattr(scenario, name)
        if pk is not None and not BusinessCalendar.objects.filter(pk=pk).exists():
            raise Invalid(fields={name: _("Choose from the list.")})
    _CHECKS.get(scenario.policies, lambda given: None)(scenario)
    if scenario.policies == TODAY and scenario.calendar is None and scenario.roster is None and not policies_now():
        raise Invalid(fields={"policies": _("There is no policy in use. Choose a shipped one to try.")})
    return scenario


def _check_order(scenario: Scenario) -> None:
    known = set(Policy.objects.values_list("pk", flat=True))
    if not scenario.order or not set(scenario.order) <= known or len(set(scenario.order)) < len(scenario.order):
        raise Invalid(fields={"order": _("Choose at least one policy, each once.")})


def _check_preset(scenario: Scenario) -> None:
    if scenario.preset not in BY_KEY:
        raise Invalid(fields={"preset": _("Choose from the list.")})


def _check_lengths(scenario: Scenario) -> None:
    policy = Policy.objects.filter(pk=scenario.policy or 0).first()
    if policy is None:
        raise Invalid(fields={"policy": _("Choose the policy whose times you want to change.")})
    targets = {str(target.pk): target for target in current_targets(policy)}
    if not set(scenario.lengths) <= set(targets):
        raise Invalid(fields={"policy": _("Somebody changed this policy meanwhile. Look at its times again.")})
    for pk, length in scenario.lengths.items():
        most = MAX_SECONDS if targets[pk].seconds is not None else MAX_DAYS
        least = 1 if targets[pk].seconds is not None else 0
        if not least <= length <= most:
            raise Invalid(fields={f"length_{pk}": _("Choose a time between one second and a year.")})
    if all(length == (targets[pk].seconds or targets[pk].working_days) for pk, length in scenario.lengths.items()):
        raise Invalid(fields={"policy": _("No time is different. Change at least one.")})


_CHECKS = {ORDER: _check_order, PRESET: _check_preset, LENGTHS: _check_lengths}


def current_targets(policy: Policy) -> list[Target]:
    """The targets of the version that counts now, in their order."""
    rows = Target.objects.filter(version__policy=policy, version__number=policy.version)
    return list(rows.select_related("calendar").order_by("position", "pk"))


def books_compared(compared_with: str, uses: Mapping[int, datetime] | None = None) -> Books:
    """The side that the alternative is measured against."""
    return books_in_force(uses) if compared_with == IN_FORCE else books_of(policies_now())


def books_then(scenario: Scenario) -> Books:
    """The alternative."""
    policies = _POLICIES[scenario.policies](scenario)
    if scenario.calendar is not None:
        policies = on_calendar(policies, scenario.calendar)
    return books_of(policies, {_AROUND_ID: WorkingTime(Rules("UTC", is_24x7=True))})


def staffed_hours(scenario: Scenario) -> WorkingTime | None:
    """The hours of the roster, None when people work as they did."""
    calendar = BusinessCalendar.objects.filter(pk=scenario.roster).first() if scenario.roster is not None else None
    return working_time(calendar) if calendar is not None else None


def _ordered(scenario: Scenario) -> list[CompiledPolicy]:
    found = {(policy.id, number): policy for number, policy in compile_versions()}
    versions = dict(Policy.objects.values_list("pk", "version"))
    return [found[(pk, versions[pk])] for pk in scenario.order if (pk, versions.get(pk, 0)) in found]


def _with_preset(scenario: Scenario) -> list[CompiledPolicy]:
    """Where applying it would put it: before all others, or without conditions before those without."""
    preset = BY_KEY[scenario.preset]
    own = set(Policy.objects.filter(preset=preset.key).values_list("pk", flat=True))
    others = [policy for policy in policies_now() if policy.id not in own]
    place = 0
    if not preset.conditions:
        place = next((nth for nth, policy in enumerate(others) if not policy.conditions), len(others))
    return [*others[:place], _compiled(preset), *others[place:]]


def _compiled(preset: Preset) -> CompiledPolicy:
    number = -1 - list(BY_KEY).index(preset.key)
    rules = tuple(_rule(number, nth, target) for nth, target in enumerate(preset.targets))
    return CompiledPolicy(
        number,
        number,
        preset.name,
        preset.name_zh,
        {name: frozenset(values) for name, values in preset.conditions.items()},
        frozenset({"pending", "on_hold"}),
        rules,
    )


def _rule(version: int, nth: int, target: PresetTarget) -> Rule:
    around = BusinessCalendar.objects.filter(is_24x7=True).order_by("pk").first()
    calendar_id = (around.pk if around else _AROUND_ID) if target.calendar == AROUND else default_calendar().pk
    return Rule(
        id=version * 100 - nth,
        version_id=version,
        metric=target.metric,
        calendar_id=calendar_id,
        seconds=target.seconds,
        working_days=target.working_days,
        priorities=frozenset(target.priorities),
        kinds=frozenset(target.kinds),
    )


def _with_lengths(scenario: Scenario) -> list[CompiledPolicy]:
    return [
        replace(policy, rules=tuple(_lengthened(rule, scenario.lengths) for rule in policy.rules))
        if policy.id == scenario.policy
        else policy
        for policy in _including(scenario.policy)
    ]


def _including(policy_id: int | None) -> list[CompiledPolicy]:
    """The active policies, and the one that is tried out even if it is switched off, at its place."""
    rows = Policy.objects.order_by("position", "pk").values_list("pk", "version", "is_active")
    found = {(policy.id, number): policy for number, policy in compile_versions()}
    return [found[(pk, number)] for pk, number, active in rows if (active or pk == policy_id) and (pk, number) in found]


def _lengthened(rule: Rule, lengths: Mapping[str, int]) -> Rule:
    length = lengths.get(str(rule.id))
    if length is None:
        return rule
    return replace(rule, seconds=length) if rule.seconds is not None else replace(rule, working_days=length)


_POLICIES = {
    TODAY: lambda scenario: policies_now(),
    ORDER: _ordered,
    PRESET: _with_preset,
    LENGTHS: _with_lengths,
}
