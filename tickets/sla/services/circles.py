"""Ladders that would hand a ticket round in a circle, within one policy or across several; refused in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from helpdesk.core.errors import Invalid
from tickets.models import Kind
from tickets.sla.metrics import metrics
from tickets.sla.models import EscalationStep


@dataclass(frozen=True)
class _Handing:
    """What an action of a ladder can move a ticket to: by `action`'s `argument`, out of what the condition `name` asks for."""

    name: str
    action: str
    argument: str

    def receivers(self, step: EscalationStep) -> list[Any]:
        given = [action for action in step.actions if action["do"] == self.action]
        return [action[self.argument] for action in given if self.argument in action]


_HANDINGS = (_Handing("teams", "reassign", "team"), _Handing("kinds", "set_kind", "kind"))


def check_ladders() -> None:
    """Refuse ladders that hand a ticket round in a circle: team A's policy gives it to team B, whose policy gives it back; or
    one for repairs makes it a complaint, and one for complaints a repair. What has no condition holds for all."""
    steps = EscalationStep.objects.filter(
        target__version__policy__is_active=True, target__version__number=F("target__version__policy__version")
    ).select_related("target__version__policy")
    found = list(steps)
    names: dict[str, dict[Any, str]] = {
        "teams": dict(Team.objects.filter(is_active=True).values_list("pk", "name")),
        "kinds": {str(kind): str(kind.label) for kind in Kind},
    }
    for handing in _HANDINGS:
        known = names[handing.name]
        circle = _circle(_edges(found, handing, set(known)))
        if circle:
            words = _("The ladders run in a circle: %(teams)s. Let one of them stop.") % {
                "teams": " → ".join(known.get(value, "?") for value in circle)
            }
            raise Invalid(words, fields={"targets": words})


def _edges(steps: Sequence[EscalationStep], handing: _Handing, every: Collection[Any]) -> dict[Any, set[Any]]:
    """From where to where ladders move a ticket."""
    # of promises that are made once a ticket: where one policy has moved it to, the same policy moves it no further
    settled: dict[int, set[Any]] = {}
    for step in steps:
        if _is_made_once(step):
            settled.setdefault(step.target.version_id, set()).update(handing.receivers(step))
    edges: dict[Any, set[Any]] = {}
    for step in steps:
        target, version = step.target, step.target.version
        sources = set(getattr(target, handing.name))
        if not sources:
            sources = set(version.conditions.get(handing.name) or every)
            sources -= settled.get(version.pk, set()) if _is_made_once(step) else set()
        for receiver in handing.receivers(step):
            for source in sources - {receiver}:
                edges.setdefault(source, set()).add(receiver)
    return edges


def _is_made_once(step: EscalationStep) -> bool:
    metric = step.target.metric
    return metric in metrics and metrics.get(metric).is_made_once


def _circle(edges: Mapping[Any, Collection[Any]]) -> list[Any]:
    """The stations of one circle, the first named again at its end; empty when there is none."""
    done: set[Any] = set()

    def walk(station: Any, path: list[Any]) -> list[Any]:
        if station in path:
            return [*path[path.index(station) :], station]
        if station in done:
            return []
        for receiver in sorted(edges.get(station, ())):
            found = walk(receiver, [*path, station])
            if found:
                return found
        done.add(station)
        return []

    for start in sorted(edges):
        found = walk(start, [])
        if found:
            return found
    return []
