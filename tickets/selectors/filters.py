"""Filters over a list of tickets: read from an address or a saved view, applied to a queryset, said in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from helpdesk.accounts.models import Staff
from helpdesk.core import clock
from helpdesk.core.models import ChannelKind
from helpdesk.customers.models import CustomerLevel
from tickets.models import Kind, Priority, StatusCategory, Tone
from tickets.querysets import TicketQuerySet

MOST_VALUES = 20
# How far ahead "due soon" looks.
SOON = timedelta(hours=2)
DUE = ("overdue", "soon", "none")
Values = tuple[str, ...]


def _digits(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


@dataclass(frozen=True)
class Filters:
    """Each field holds the wanted values (any of them matches); empty means: do not care.

    `status` takes categories and label ids, `owner` ids, `me` and `none`, `team` ids, `due` the words `overdue`, `soon` and
    `none`, the rest the fixed words.
    """

    status: Values = ()
    priority: Values = ()
    team: Values = ()
    owner: Values = ()
    channel: Values = ()
    kind: Values = ()
    tone: Values = ()
    tag: Values = ()
    level: Values = ()
    due: Values = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def as_json(self) -> dict[str, list[str]]:
        """What a saved view keeps: only the fields that are set."""
        return {field.name: list(getattr(self, field.name)) for field in fields(self) if getattr(self, field.name)}

    def as_query(self) -> str:
        """The same as a part of an address."""
        return urlencode(self.as_json(), doseq=True)

    @property
    def number(self) -> int:
        """How many fields are set, for the filter button."""
        return sum(bool(getattr(self, field.name)) for field in fields(self))


_KNOWN: dict[str, Callable[[str], bool]] = {
    "status": lambda value: value in StatusCategory.values or _digits(value),
    "priority": lambda value: value in Priority.values,
    "team": _digits,
    "owner": lambda value: value in {"me", "none"} or _digits(value),
    "channel": lambda value: value in ChannelKind.values,
    "kind": lambda value: value in Kind.values,
    "tone": lambda value: value in Tone.values,
    "tag": lambda value: 0 < len(value) <= 40 and "\x00" not in value,
    "level": lambda value: value in CustomerLevel.values,
    "due": lambda value: value in DUE,
}


def _kept(name: str, values: Iterable[Any]) -> Values:
    known = (str(value) for value in list(values)[:MOST_VALUES])
    return tuple(dict.fromkeys(value for value in known if _KNOWN[name](value)))


def from_query(query: QueryDict) -> Filters:
    """The filters in an address; values that mean nothing are dropped, as a person may have typed them."""
    return Filters(**{name: _kept(name, query.getlist(name)) for name in _KNOWN})


def from_json(saved: Mapping[str, Any]) -> Filters:
    """The filters of a saved view; what an older version kept and nobody knows any more is dropped."""
    given = {name: value for name, value in saved.items() if name in _KNOWN and isinstance(value, Sequence)}
    return Filters(**{name: _kept(name, [value] if isinstance(value, str) else value) for name, value in given.items()})


def apply(rows: TicketQuerySet, filters: Filters, staff: Staff) -> TicketQuerySet:
    """The rows that match; never more than were given."""
    plain = {"priority": "priority", "channel": "channel_kind", "kind": "kind", "tone": "tone", "team": "team_id"}
    for name, column in plain.items():
        if values := getattr(filters, name):
            rows = rows.filter(**{f"{column}__in": values})
    if filters.level:
        rows = rows.filter(customer__level__in=filters.level)
    if filters.tag:
        rows = rows.filter(tags__overlap=list(filters.tag))
    if filters.status:
        labels = [value for value in filters.status if _digits(value)]
        categories = [value for value in filters.status if not _digits(value)]
        rows = rows.filter(Q(status_category__in=categories) | Q(status_id__in=labels))
    if filters.due:
        rows = rows.filter(_due_by(filters.due))
    if filters.owner:
        rows = rows.filter(_owned_by(filters.owner, staff))
    return rows


def _due_by(values: Values) -> Q:
    now = clock.now()
    found = Q()
    if "overdue" in values:
        found |= Q(due_at__lte=now)
    if "soon" in values:
        found |= Q(due_at__gt=now, due_at__lte=now + SOON)
    return found | Q(due_at__isnull=True) if "none" in values else found


def _owned_by(values: Values, staff: Staff) -> Q:
    ids = [staff.pk if value == "me" else int(value) for value in values if value != "none"]
    found = Q(owner_id__in=ids)
    return found | Q(owner__isnull=True) if "none" in values else found
