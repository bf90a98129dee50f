"""Clocks and policies as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpdesk.core.api.paging import moment
from helpdesk.core.models import BusinessCalendar
from tickets.sla.calc import share_text
from tickets.sla.explaining import ClockExplanation, explain_clocks
from tickets.sla.models import Breach, Clock, Policy, PolicyVersion, Target
from tickets.sla.words import metric_name

_MOMENTS = ("started_at", "due_at", "warn_at", "ended_at", "breached_at")


def clocks_of(ticket_id: int) -> list[dict[str, Any]]:
    """All clocks of a ticket, open ones first, each with its breaches and its explanation; six queries."""
    rows = Clock.objects.filter(ticket_id=ticket_id).select_related("policy_version__policy", "target__calendar")
    clocks = sorted(rows.order_by("pk")[:200], key=lambda clock: not clock.is_open)
    breaches: dict[int, list[Breach]] = {}
    for found in Breach.objects.filter(ticket_id=ticket_id).order_by("pk"):
        breaches.setdefault(found.clock_id, []).append(found)
    told = explain_clocks(clocks)
    return [_clock(clock, breaches.get(clock.pk, []), told[clock.pk]) for clock in clocks]


def _clock(clock: Clock, breaches: Sequence[Breach], told: ClockExplanation) -> dict[str, Any]:
    policy = clock.policy_version.policy
    return {
        "id": clock.pk,
        "metric": clock.metric,
        "name": metric_name(clock.metric),
        "subject": {"kind": clock.subject_kind, "id": clock.subject_id},
        "state": clock.state,
        **{name: moment(getattr(clock, name)) for name in _MOMENTS},
        "length_seconds": clock.length_seconds,
        "spent_seconds": clock.spent_seconds,
        "remaining_seconds": clock.remaining_seconds,
        "policy": {"id": policy.pk, "name": policy.label, "version": clock.policy_version.number},
        "calendar": calendar(clock.target.calendar),
        "breaches": [breach(found) for found in breaches],
        "explanation": {
            "promise": told.promise,
            "outcome": told.outcome,
            "arithmetic": [
                " · ".join(filter(None, (line.days, line.times, line.counted, line.why))) for line in told.arithmetic
            ],
            "history": told.history,
        },
    }


def breach(found: Breach) -> dict[str, Any]:
    return {
        "id": found.pk,
        "metric": found.metric,
        "due_at": moment(found.due_at),
        "cause": found.cause,
        "words": found.words,
        "explained_at": moment(found.explained_at),
    }


def calendar(row: BusinessCalendar) -> dict[str, Any]:
    return {"id": row.pk, "name": row.label, "time_zone": row.timezone}


def policies(**which: Any) -> list[dict[str, Any]]:
    """Policies in their order as they count now; the same queries whatever their number."""
    rows = list(Policy.objects.filter(**which))
    found = PolicyVersion.objects.filter(policy__in=rows).prefetch_related("targets__calendar", "targets__steps")
    current = {(version.policy_id, version.number): version for version in found}
    return [_policy(row, current[(row.pk, row.version)]) for row in rows]


def _policy(row: Policy, version: PolicyVersion) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.label,
        "is_active": row.is_active,
        "position": row.position,
        "version": row.version,
        "conditions": version.conditions,
        "pauses": version.pauses,
        "managers": row.managers,
        "targets": [_target(target) for target in version.targets.all()],
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "metric": target.metric,
        "priorities": target.priorities,
        "kinds": target.kinds,
        "teams": target.teams,
        "seconds": target.seconds,
        "working_days": target.working_days,
        "calendar": calendar(target.calendar),
        "warnings": [share_text(share) for share in target.warnings],
        "steps": [
            {
                "share": None if step.share is None else share_text(step.share),
                "after_seconds": step.after_seconds,
                "actions": step.actions,
            }
            for step in target.steps.all()
        ],
    }
