"""What a dashboard is narrowed to, as its address says it; nothing in an address can break a page or widen a right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone

from helpdesk.accounts.desk import number_in
from helpdesk.accounts.models import Staff
from helpdesk.core.company import company_day, start_of_day
from helpdesk.core.models import ChannelKind
from helpdesk.customers.models import CustomerLevel
from tickets.models import Kind
from tickets.sla.metrics import metrics

USUAL_DAYS = 28
MOST_DAYS = 366
_WORDS: Mapping[str, Sequence[str]] = {
    "channel": ChannelKind.values,
    "kind": Kind.values,
    "level": CustomerLevel.values,
}
_NUMBERED = ("team", "account", "agent", "policy", "target")
NAMES = ("team", "channel", "kind", "level", "account", "agent", "policy", "target", "metric")


@dataclass(frozen=True)
class Filters:
    """Days from `since` to `until`, both counted, and for each name the values that are let through (none: all).

    `bounds` are the teams beyond which the reader may not look, None for nobody's; they hold in every question.
    """

    since: date
    until: date
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bounds: tuple[int, ...] | None = None
    is_usual_range: bool = True

    def of(self, name: str) -> tuple[str, ...]:
        return self.chosen.get(name, ())

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def start(self) -> datetime:
        return start_of_day(self.since)

    @property
    def end(self) -> datetime:
        """The first moment behind the stretch."""
        return start_of_day(self.until + timedelta(days=1))

    @property
    def previous(self) -> Filters:
        """The stretch of the same length before."""
        return replace(self, since=self.since - timedelta(days=self.days), until=self.since - timedelta(days=1))

    @property
    def number(self) -> int:
        """How many filters are set."""
        return sum(bool(values) for values in self.chosen.values())

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams that are let through, with the reader's bounds; empty: all."""
        if self.bounds is None:
            return self.of("team")
        inside = tuple(str(pk) for pk in self.bounds)
        chosen = tuple(value for value in self.of("team") if value in inside)
        # nobody's team is 0: who leads none sees nothing
        return chosen or inside or ("0",)

    def with_(self, **changes: Sequence[str] | None) -> Filters:
        """The same with other values for some names; None or nothing clears a name."""
        chosen = {**self.chosen, **{name: tuple(values or ()) for name, values in changes.items()}}
        return replace(self, chosen={name: values for name, values in chosen.items() if values})

    def as_query(self, **more: Any) -> str:
        """The address's part behind the question mark; what is usual is left out."""
        parts: dict[str, Any] = {}
        if not self.is_usual_range:
            parts |= {"from": self.since.isoformat(), "to": self.until.isoformat()}
        parts |= {name: list(self.chosen[name]) for name in NAMES if self.chosen.get(name)}
        return urlencode({**parts, **{key: value for key, value in more.items() if value}}, doseq=True)


def from_query(query: QueryDict | Mapping[str, Any], staff: Staff, *, today: date | None = None) -> Filters:
    """The filters of an address; what makes no sense is left out."""
    today = today or company_day(timezone.now())
    since, until = _day(query.get("from")), _day(query.get("to"))
    is_usual = since is None and until is None
    until = min(until or today, today)
    since = since or until - timedelta(days=USUAL_DAYS - 1)
    if since > until:
        since, until = until, since
    since = max(since, until - timedelta(days=MOST_DAYS - 1))
    bounds = None if staff.sees_all_tickets else tuple(staff.team_ids)
    chosen = {name: values for name in NAMES if (values := _values(query, name))}
    return Filters(since, until, chosen, bounds, is_usual)


def _day(text: Any) -> date | None:
    try:
        day = date.fromisoformat(str(text or "")[:10])
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2999, 12, 31) else None


def _values(query: Any, name: str) -> tuple[str, ...]:
    given = query.getlist(name) if hasattr(query, "getlist") else query.get(name) or []
    given = [str(value)[:40] for value in given][:50]
    if name in _NUMBERED:
        return tuple(dict.fromkeys(str(number) for value in given if (number := number_in(value)) is not None))
    known = metrics.names() if name == "metric" else _WORDS[name]
    return tuple(dict.fromkeys(value for value in given if value in known))
