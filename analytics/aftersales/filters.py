"""What the board of after-sales is narrowed to, as its address says it; nothing in an address can break a page or widen a
right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from aftersales.claims.models import ClaimKind
from analytics.selectors import filters
from helpdesk.accounts.desk import number_in
from helpdesk.accounts.models import Staff

NAMES = ("kind", "team", "product", "cause")


@dataclass(frozen=True)
class ClaimFilters(filters.Filters):
    """Days, and values let through by name (kind of claim, team, product, cause), within the teams that the reader may see."""

    def as_query(self, **more: Any) -> str:
        """The address's part behind the question mark; what is usual is left out."""
        parts: dict[str, Any] = {}
        if not self.is_usual_range:
            parts |= {"from": self.since.isoformat(), "to": self.until.isoformat()}
        parts |= {name: list(self.chosen[name]) for name in NAMES if self.chosen.get(name)}
        return urlencode({**parts, **{key: value for key, value in more.items() if value}}, doseq=True)

    def with_(self, **changes: Sequence[str] | None) -> ClaimFilters:
        """The same with other values for some names; None or nothing clears a name."""
        return replace(self, chosen=super().with_(**changes).chosen)

    def values(self, name: str) -> tuple[str, ...]:
        """What is let through, with the reader's bounds; empty: all."""
        return self.teams if name == "team" else self.of(name)

    @property
    def as_of_deadlines(self) -> filters.Filters:
        """The same days and teams, for questions about deadlines."""
        chosen = {"team": self.of("team")} if self.of("team") else {}
        return filters.Filters(self.since, self.until, chosen, self.bounds, self.is_usual_range)


def from_query(query: QueryDict | Mapping[str, Any], staff: Staff, *, today: date | None = None) -> ClaimFilters:
    """The filters of an address; what makes no sense is left out."""
    usual = filters.from_query(query, staff, today=today)
    chosen = {name: values for name in NAMES if (values := _values(query, name))}
    return ClaimFilters(usual.since, usual.until, chosen, usual.bounds, usual.is_usual_range)


def _values(query: Any, name: str) -> tuple[str, ...]:
    given = query.getlist(name) if hasattr(query, "getlist") else query.get(name) or []
    given = [str(value)[:40] for value in given][:50]
    if name == "kind":
        return tuple(dict.fromkeys(value for value in given if value in ClaimKind.values))
    return tuple(dict.fromkeys(str(number) for value in given if (number := number_in(value)) is not None))
