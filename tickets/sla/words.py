"""What a policy says, in words: its conditions, targets and ladders, for lists, versions, the gallery and dry runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from helpdesk.accounts.models import Team
from helpdesk.core.action_forms import action_summary
from helpdesk.core.calendars.words import length_text
from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind
from helpdesk.core.registries import actions
from helpdesk.core.templatetags.ui import CHANNEL_NAMES, LEVEL_NAMES
from tickets.models import Grade, Holder, Kind, Priority, StatusCategory
from tickets.sla.calc import share_text
from tickets.sla.metrics import metrics
from tickets.sla.models import PolicyVersion, Target

# The names of conditions, in the order of the page.
CONDITION_LABELS: dict[str, Any] = {
    "channels": gettext_lazy("Channel"),
    "accounts": gettext_lazy("Channel account"),
    "account_grades": gettext_lazy("Grade of the channel account"),
    "kinds": gettext_lazy("Kind"),
    "grades": pgettext_lazy("of a ticket", "Grade"),
    "priorities": gettext_lazy("Priority"),
    "levels": gettext_lazy("Customer level"),
    "teams": gettext_lazy("Team"),
    "holders": gettext_lazy("Who has the conversation"),
}
HOLDERS = {
    str(Holder.BOT): pgettext_lazy("holder", "the bot"),
    str(Holder.QUEUE): pgettext_lazy("holder", "a queue"),
    str(Holder.AGENT): pgettext_lazy("holder", "an agent"),
}


def choices_of(name: str) -> list[tuple[str, Any]]:
    """The values that a condition can ask for, as (value, label)."""
    if name == "accounts":
        return [(str(row.pk), row.label) for row in ChannelAccount.objects.order_by("pk")]
    if name == "teams":
        return [(str(team.pk), team.label) for team in Team.objects.filter(is_active=True)]
    return {
        "channels": [(kind, CHANNEL_NAMES.get(kind, kind)) for kind in ChannelKind.values],
        "account_grades": list(ChannelGrade.choices),
        "kinds": list(Kind.choices),
        "grades": list(Grade.choices),
        "priorities": list(Priority.choices),
        "levels": list(LEVEL_NAMES.items()),
        "holders": list(HOLDERS.items()),
    }[name]


class Labels:
    """The labels of conditions' values; rows are read once for as many policies as a page shows."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def of(self, name: str, values: Iterable[Any]) -> str:
        """The values in words; one that is gone keeps its number."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = {str(value): str(label) for value, label in self._pairs(name)}
        return ", ".join(known.get(str(value), str(value)) for value in values)

    def _pairs(self, name: str) -> Iterable[tuple[Any, Any]]:
        # also teams that have closed: an old version may name them
        return [(team.pk, team.label) for team in Team.objects.all()] if name == "teams" else choices_of(name)


@dataclass(frozen=True)
class Said:
    """One target in words: what, for which tickets, how long, on which calendar, warned when, and its ladder."""

    metric: str
    only: str
    length: str
    calendar: str
    warnings: str
    steps: list[str]


def conditions_said(conditions: Mapping[str, Sequence[Any]], labels: Labels) -> list[tuple[str, str]]:
    """(name, values) of each condition that is set, in the order of the page."""
    return [
        (str(label), labels.of(name, conditions[name]))
        for name, label in CONDITION_LABELS.items()
        if conditions.get(name)
    ]


def metric_name(key: str) -> str:
    """The metric's name; one that no room measures any more keeps its key."""
    return str(metrics.get(key).label) if key in metrics else key


def length_said(seconds: int | None, working_days: int | None) -> str:
    """`2 h`, or `by closing time of working day 3`."""
    if working_days is None:
        return length_text(timedelta(seconds=seconds or 0))
    if working_days == 0:
        return _("by the next closing time")
    return ngettext("by closing time of the next working day", "by closing time of working day %(n)d", working_days) % {
        "n": working_days
    }


def moment_said(share: Decimal | str | None, after_seconds: int | None) -> str:
    """When a rung comes."""
    if after_seconds is not None:
        return _("%(time)s after the breach") % {"time": length_text(timedelta(seconds=after_seconds))}
    if share is not None and Decimal(share) >= 100:
        return _("at the breach")
    return _("at %(share)s %% of the time") % {"share": share_text(Decimal(share or 0))}


def rung_said(step: str) -> str:
    """When a rung comes, from its name in the ledger (`at-75`, `after-3600`); empty for any other."""
    kind, _dash, figure = step.partition("-")
    if kind == "after" and figure.isdecimal():
        return moment_said(None, int(figure))
    return moment_said(figure, None) if kind == "at" else ""


def actions_said(names: Iterable[str]) -> str:
    """The names of actions in the reader's language."""
    return pgettext("list separator", ", ").join(str(actions.get(n).label) if n in actions else n for n in names)


def step_said(share: Any, after_seconds: int | None, taken: Iterable[Mapping[str, Any]]) -> str:
    """A rung and what it does."""
    return _("%(moment)s: %(actions)s") % {
        "moment": moment_said(share, after_seconds),
        "actions": "; ".join(action_summary(action) for action in taken),
    }


def shares_said(shares: Iterable[Any]) -> str:
    """`50, 75, 90 %`."""
    texts = [share_text(Decimal(share)) for share in shares]
    return _("%(shares)s %%") % {"shares": ", ".join(texts)} if texts else ""


def only_said(priorities: Iterable[str], kinds: Iterable[str], teams: Iterable[int], labels: Labels) -> str:
    """For which tickets a target is meant; empty for all of the policy's."""
    found = [labels.of("priorities", priorities), labels.of("kinds", kinds), labels.of("teams", teams)]
    return " · ".join(words for words in found if words)


def target_said(target: Target, labels: Labels) -> Said:
    """A target with its calendar and steps loaded."""
    steps = sorted(target.steps.all(), key=lambda step: (step.after_seconds or 0, step.share or 0))
    return Said(
        metric=metric_name(target.metric),
        only=only_said(target.priorities, target.kinds, target.teams, labels),
        length=length_said(target.seconds, target.working_days),
        calendar=target.calendar.label,
        warnings=shares_said(target.warnings),
        steps=[step_said(step.share, step.after_seconds, step.actions) for step in steps],
    )


def preset_said(preset: Any, labels: Labels) -> list[Said]:
    """The targets of a shipped preset."""
    calendars = {"around": _("around the clock"), "office": _("working hours")}
    return [
        Said(
            metric=metric_name(target.metric),
            only=only_said(target.priorities, target.kinds, (), labels),
            length=length_said(target.seconds, target.working_days),
            calendar=calendars[target.calendar],
            warnings=shares_said(target.warnings),
            steps=[step_said(step.share, step.after_seconds, step.actions) for step in target.steps],
        )
        for target in preset.targets
    ]


def pauses_said(pauses: Iterable[str]) -> str:
    return ", ".join(str(StatusCategory(pause).label) for pause in pauses)


def versions_with_targets(**which: Any) -> list[PolicyVersion]:
    """Versions with targets, calendars and steps; four queries, whatever their number."""
    rows = PolicyVersion.objects.filter(**which).select_related("policy")
    return list(rows.prefetch_related("targets__calendar", "targets__steps").order_by("-number"))
