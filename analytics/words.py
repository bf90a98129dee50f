"""How figures read: shares, lengths, days, names of what is grouped by, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_skeleton
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.calendars.words import length_text
from helpdesk.core.models import ChannelAccount
from helpdesk.core.templatetags.ui import CHANNEL_ICONS, CHANNEL_NAMES, LEVEL_NAMES
from tickets.models import Kind, Priority
from tickets.sla.metrics import metrics
from tickets.sla.models import Target

# The share of responses in their time that the company wants, in per cent.
GOAL = 95.0
SATISFACTION_GOAL = 85.0

DIMENSION_NAMES: Mapping[str, Any] = {
    "channel": _("Channel"),
    "team": _("Team"),
    "kind": _("Kind"),
    "level": _("Customer level"),
    "account": _("Channel account"),
    "agent": _("Agent"),
}

BY_NAMES: Mapping[str, Any] = {
    "channel": _("By channel"),
    "team": _("By team"),
    "kind": _("By kind"),
    "level": _("By customer level"),
}


def locale() -> str:
    return "zh_Hans_CN" if (get_language() or "").startswith("zh") else "en_GB"


def number(value: float, digits: int = 0) -> str:
    """`12,540`, `96.5`; digits behind the point are always shown."""
    # both languages of the product group and point alike; the general way costs thirty times as much
    return f"{value:,.{digits}f}"


def share(value: float | None) -> str:
    """`96.5 %`; words where nothing was measured. What rounds to 100 but is less says 99.9."""
    return f"{share_number(value)} %" if value is not None else gettext("Not measured")


def share_number(value: float) -> str:
    shown = round(value, 1)
    if shown >= 100 > value:
        shown = 99.9
    return "100" if shown == 100 else number(shown, 1)


def length(seconds: float | None) -> str:
    """At most two units: `9m 20s`, `1h 42m`, `2d 4h`; a dash where nothing was measured."""
    if seconds is None:
        return "–"
    s = round(seconds)
    if s < 60:
        return pgettext("duration", "{s}s").format(s=s)
    if s < 600:
        return pgettext("duration", "{m}m {s}s").format(m=s // 60, s=f"{s % 60:02d}")
    m = round(s / 60)
    if m < 60:
        return pgettext("duration", "{m}m").format(m=m)
    if m < 48 * 60:
        return pgettext("duration", "{h}h {m}m").format(h=m // 60, m=f"{m % 60:02d}")
    h = round(s / 3600)
    return pgettext("duration", "{d}d {h}h").format(d=h // 24, h=h % 24)


def day(value: date, *, with_year: bool = False) -> str:
    """`8 Nov`, `11月8日`."""
    return _day(value, "yMMMd" if with_year else "MMMd", locale())


@lru_cache(maxsize=4096)
def _day(value: date, skeleton: str, language: str) -> str:
    return str(format_skeleton(skeleton, value, locale=language))


def day_range(since: date, until: date) -> str:
    """`25 Oct – 21 Nov`, with years where they matter."""
    with_year = since.year != until.year
    if since == until:
        return str(format_date(since, "full" if with_year else "long", locale=locale()))
    return f"{day(since, with_year=with_year)} – {day(until, with_year=with_year)}"


def metric(key: str) -> str:
    return str(metrics.get(key).label) if key in metrics else key


def target_length(target: Target) -> str:
    """How long a target allows: `2 h`, `3 working days`."""
    if target.seconds is not None:
        return length_text(timedelta(seconds=target.seconds))
    if not target.working_days:
        return gettext("same working day")
    return (
        gettext("%(n)d working days") % {"n": target.working_days}
        if target.working_days > 1
        else gettext("1 working day")
    )


def target_part(target: Target) -> str:
    """What of a policy a target is about: its priorities, kinds and teams; empty for everything."""
    priorities = [str(Priority(value).label) for value in target.priorities]
    kinds = [str(Kind(value).label) for value in target.kinds]
    comma = gettext(", ")
    return " · ".join(comma.join(words) for words in (priorities, kinds) if words)


@dataclass
class Names:
    """Names of teams, people and accounts, read once when the first is asked for."""

    _kept: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, dimension: str, value: str) -> str:
        """What a value of a dimension is called."""
        if dimension == "channel":
            return str(CHANNEL_NAMES.get(value, value))
        if dimension == "kind":
            return str(Kind(value).label) if value in Kind.values else value
        if dimension == "level":
            return str(LEVEL_NAMES.get(value, value))
        if dimension == "agent" and value in {"", "0"}:
            return gettext("Nobody")
        return self._all(dimension).get(value) or gettext("unknown")

    def icon(self, dimension: str, value: str) -> str:
        return CHANNEL_ICONS.get(value, "plus") if dimension == "channel" else ""

    def _all(self, dimension: str) -> dict[str, str]:
        if dimension not in self._kept:
            self._kept[dimension] = _READERS[dimension]()
        return self._kept[dimension]


def _teams() -> dict[str, str]:
    return {str(team.pk): team.label for team in Team.objects.all()}


def _people() -> dict[str, str]:
    return {str(pk): name for pk, name in Staff.objects.values_list("pk", "name")}


def _accounts() -> dict[str, str]:
    return {str(account.pk): account.name for account in ChannelAccount.objects.only("name")}


_READERS: Mapping[str, Callable[[], dict[str, str]]] = {"team": _teams, "agent": _people, "account": _accounts}


def listed(words: Iterable[str], most: int = 2) -> str:
    """`Core, Important`, `Core, Important +1`."""
    found = list(words)
    text = gettext(", ").join(found[:most])
    return f"{text} +{len(found) - most}" if len(found) > most else text
