"""What predictions say to people: reasons, and why there is no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from analytics.prediction.learning import NO_SKILL, ONE_CLASS, TOO_FEW
from analytics.words import length
from helpdesk.core.templatetags.ui import CHANNEL_NAMES, LEVEL_NAMES
from tickets.models import Kind, Priority

REFUSALS: Mapping[str, Any] = {
    TOO_FEW: _("Too few deadlines have ended yet to learn from."),
    ONE_CLASS: _("Practically all of them ended the same way, so there is nothing to tell apart."),
    NO_SKILL: _("What was learned was no better than always saying the usual share. It is not used."),
}
_TELLING: Mapping[str, Callable[[Any, Mapping[int, str]], str]] = {
    "time": lambda value, teams: gettext("%(share)s %% of the time is used") % {"share": value},
    "load": lambda value, teams: (
        ngettext("%(n)d such clock is open in the team", "%(n)d such clocks are open in the team", value) % {"n": value}
    ),
    "owner": lambda value, teams: gettext("somebody owns it") if value else gettext("nobody owns it yet"),
    "messages": lambda value, teams: ngettext("%(n)d message so far", "%(n)d messages so far", value) % {"n": value},
    "age": lambda value, teams: gettext("open for %(length)s") % {"length": length(value)},
    "priority": lambda value, teams: gettext("priority: %(name)s") % {"name": _label(Priority, value)},
    "kind": lambda value, teams: gettext("kind: %(name)s") % {"name": _label(Kind, value)},
    "channel": lambda value, teams: gettext("channel: %(name)s") % {"name": CHANNEL_NAMES.get(value, value)},
    "level": lambda value, teams: gettext("customer level: %(name)s") % {"name": LEVEL_NAMES.get(value, value)},
    "team": lambda value, teams: gettext("team: %(name)s") % {"name": teams.get(value, value)},
    "hour": lambda value, teams: gettext("this time of the day"),
    "weekday": lambda value, teams: gettext("this day of the week"),
}


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


def reasons_of(found: Sequence[Sequence[Any]], teams: Mapping[int, str]) -> list[str]:
    """The largest contributions in words, the largest first."""
    return [_TELLING[name](value, teams) for name, value, _weight in found if name in _TELLING]
