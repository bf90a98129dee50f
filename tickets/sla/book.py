"""The policies of the moment, compiled: which one applies to a ticket, and which of its targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils.translation import get_language

from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.models import BusinessCalendar
from tickets.sla.calc import Rule, ladder_of
from tickets.sla.metrics import Facts, Metric, metrics
from tickets.sla.models import PolicyVersion, Target

# Name of a condition → what it looks at.
CONDITIONS = {
    "channels": "channel_kind",
    "account_grades": "account_grade",
    "accounts": "account_id",
    "kinds": "kind",
    "grades": "grade",
    "priorities": "priority",
    "levels": "level",
    "teams": "team_id",
    "holders": "holder",
}


@dataclass(frozen=True)
class CompiledPolicy:
    """The version of a policy that counts now."""

    id: int
    version_id: int
    name: str
    name_zh: str
    conditions: Mapping[str, frozenset[Any]]
    pauses: frozenset[str]
    rules: tuple[Rule, ...]

    @property
    def label(self) -> str:
        """The policy's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name

    def failing(self, facts: Facts) -> list[str]:
        """The names of the conditions that the ticket does not meet; empty when the policy fits."""
        return [
            name
            for name, values in self.conditions.items()
            if values and getattr(facts, CONDITIONS[name]) not in values
        ]

    def rule_for(self, metric: str, facts: Facts) -> Rule | None:
        """The first target of the metric that fits the ticket's priority, kind and team."""
        for rule in self.rules:
            if rule.metric == metric and rule.fits(priority=facts.priority, kind=facts.kind, team=facts.team_id):
                return rule
        return None

    @property
    def is_beside(self) -> bool:
        """Whether all that it has are targets of promises that are made by hand: it stands beside the policy of a ticket, and
        never in its place."""
        return bool(self.rules) and all(
            rule.metric in metrics and metrics.get(rule.metric).is_given for rule in self.rules
        )


@dataclass(frozen=True)
class Book:
    """All active policies in their order, with the calendars as they are now (id → version)."""

    policies: tuple[CompiledPolicy, ...]
    calendars: Mapping[int, UUID]

    def pick(self, facts: Facts) -> CompiledPolicy | None:
        """The first policy whose conditions the ticket meets."""
        fitting = (policy for policy in self.policies if not policy.failing(facts))
        return next((policy for policy in fitting if not policy.is_beside), None)

    def applying(
        self, metric: Metric, facts: Facts, policy: CompiledPolicy | None
    ) -> tuple[CompiledPolicy | None, Rule | None]:
        """The target that counts for a metric, with its policy: of the ticket's `policy`; for a promise that is made by hand
        else the first one of any policy that fits."""
        rule = policy.rule_for(metric.key, facts) if policy else None
        if rule is None and metric.is_given:
            for other in self.policies:
                found = None if other.failing(facts) else other.rule_for(metric.key, facts)
                if found is not None:
                    return other, found
        return policy, rule

    def hours(self, calendar_id: int) -> WorkingTime:
        """The arithmetic of a calendar; only its id and version are looked at, so nothing is read for a known one."""
        return working_time(BusinessCalendar(pk=calendar_id, version=self.calendars[calendar_id]))


# The policies of the one version of the book that this process saw last.
_compiled: dict[UUID, tuple[CompiledPolicy, ...]] = {}
_rules: dict[int, Rule] = {}
_TRIES = 5


def open_book() -> Book:
    """The book as it is now: one query, and a few more when the policies have changed since this process looked."""
    for _try in range(_TRIES):
        version, known = _look()
        if version is None:
            return Book((), known)
        policies = _compiled.get(version)
        if policies is None:
            policies = _compile()
            _compiled.clear()
            _compiled[version] = policies
        if all(rule.calendar_id in known for policy in policies for rule in policy.rules):
            return Book(policies, known)
        # a calendar and a policy on it were made between the two looks; what was compiled then is not trusted
        _compiled.pop(version, None)
    # never a message refused because of a deadline: without the policies whose calendars cannot be seen
    seen = (policy for policy in policies or () if all(rule.calendar_id in known for rule in policy.rules))
    return Book(tuple(seen), known)


def _look() -> tuple[UUID | None, dict[int, UUID]]:
    """The version of the book and those of the calendars, at one moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT version FROM sla_policybook WHERE id = 1),
                      (SELECT jsonb_object_agg(id, version) FROM core_businesscalendar)"""
        )
        version, calendars = cursor.fetchone()
    return version, {int(pk): UUID(value) for pk, value in _json(calendars).items()}


def _json(value: Any) -> dict[str, str]:
    if isinstance(value, str):  # the driver was told to leave JSON to Django's fields
        import json

        return dict(json.loads(value))
    return value or {}


def _compile() -> tuple[CompiledPolicy, ...]:
    versions = list(
        PolicyVersion.objects.filter(policy__is_active=True, number=F("policy__version"))
        .select_related("policy")
        .order_by("policy__position", "policy__pk")
    )
    # a version is written together with its targets, so whoever sees the one finds the others
    rules: dict[int, list[Rule]] = {}
    for target in Target.objects.filter(version__in=versions).prefetch_related("steps").order_by("position", "pk"):
        rules.setdefault(target.version_id, []).append(remember(target))
    return tuple(compile_version(version, rules.get(version.pk, ())) for version in versions)


def compile_version(version: PolicyVersion, rules: Iterable[Rule]) -> CompiledPolicy:
    """A version (with its policy loaded) and its targets as values."""
    return CompiledPolicy(
        version.policy_id,
        version.pk,
        version.policy.name,
        version.policy.name_zh,
        {name: frozenset(values) for name, values in version.conditions.items() if values},
        frozenset(version.pauses),
        tuple(rules),
    )


def rule_from(target: Target) -> Rule:
    """A target and its steps as values."""
    steps = [(step.share, step.after_seconds, tuple(step.actions)) for step in target.steps.all()]
    return Rule(
        id=target.pk,
        version_id=target.version_id,
        metric=target.metric,
        calendar_id=target.calendar_id,
        seconds=target.seconds,
        working_days=target.working_days,
        priorities=frozenset(target.priorities),
        kinds=frozenset(target.kinds),
        teams=frozenset(target.teams),
        ladder=ladder_of(target.warnings, steps),
    )


def remember(target: Target) -> Rule:
    return _rules.setdefault(target.pk, rule_from(target))


def rules_by_id(ids: Iterable[int]) -> dict[int, Rule]:
    """Targets by id, also of versions that count no more. They never change, so a process reads each once."""
    wanted = set(ids)
    missing = [pk for pk in wanted if pk not in _rules]
    if missing:
        for target in Target.objects.filter(pk__in=missing).prefetch_related("steps"):
            remember(target)
    return {pk: _rules[pk] for pk in wanted if pk in _rules}
