"""The rules of the moment, compiled: each process does it once per version."""

from __future__ import annotations

import logging
from uuid import UUID

from tickets.routing.recognition.calc import CompiledRule
from tickets.routing.recognition.conditions import compile_condition
from tickets.routing.recognition.models import RecognitionRule

log = logging.getLogger(__name__)

# The rules of the one version that this process saw last.
_compiled: dict[UUID | None, tuple[CompiledRule, ...]] = {}


def rules_of(version: UUID | None) -> tuple[CompiledRule, ...]:
    """The active rules in their order; no query while the version is the one that this process knows."""
    found = _compiled.get(version)
    if found is None:
        found = compile_rules()
        _compiled.clear()
        _compiled[version] = found
    return found


def compile_rules() -> tuple[CompiledRule, ...]:
    """All active rules. One that cannot be compiled (made by hand in the database) is left out and logged: a mail must
    never wait for it."""
    found = []
    for rule in RecognitionRule.objects.filter(is_active=True):
        try:
            found.append(compile_rule(rule))
        except Exception:
            log.exception("recognition rule %s cannot be compiled and is left out", rule.pk)
    return tuple(found)


def compile_rule(rule: RecognitionRule) -> CompiledRule:
    """One rule, also one that is not saved yet."""
    return CompiledRule(
        id=rule.pk or 0,
        name=rule.name,
        name_zh=rule.name_zh,
        is_any=rule.match == "any",
        tests=tuple(compile_condition(condition) for condition in rule.conditions),
        effects=dict(rule.effects),
        stops=rule.stops,
    )
