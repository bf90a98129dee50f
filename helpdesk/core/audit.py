"""Reading the event log as an audit trail: who did what to whom, when and from where. Nothing here writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy

from helpdesk.core import keyset
from helpdesk.core.describing import Subject, event_titles, event_words, subject_names, title_of
from helpdesk.core.models import Event

PAGE = 50
Names = Mapping[str, Mapping[int, Subject]]
# Facts of the machinery that tell a reader nothing.
_HIDDEN = {"row_version", "team_before"}


@dataclass(frozen=True)
class AuditQuery:
    """What to look for. `area` is `all`, `administration` (what concerns no ticket) or `tickets`; `name` a whole event name
    or its first part (`staff.`)."""

    area: str = "administration"
    actor_id: int | None = None
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None
    ticket_id: int | None = None
    subject: tuple[str, int] | None = None


@dataclass(frozen=True)
class AuditLine:
    """One event for a reader: what happened in words, what was changed, to what, and by whom."""

    event: Event
    title: str
    details: list[str]
    subject: Subject
    actor: Subject


def find_events(query: AuditQuery) -> QuerySet[Event]:
    """The matching events, unordered; each filter has its index."""
    rows = Event.objects.all()
    if query.ticket_id is not None:
        rows = rows.filter(ticket_id=query.ticket_id)
    elif query.area != "all":
        rows = rows.filter(ticket_id__isnull=query.area == "administration")
    if query.actor_id is not None:
        rows = rows.filter(actor_kind="staff", actor_id=query.actor_id)
    if query.name:
        whole = [name for name in event_titles.names() if name.startswith(query.name)] if query.name[-1] == "." else []
        rows = rows.filter(name__in=whole or [query.name])
    if query.subject is not None:
        rows = rows.filter(subject_kind=query.subject[0], subject_id=query.subject[1])
    if query.since is not None:
        rows = rows.filter(at__gte=query.since)
    if query.until is not None:
        rows = rows.filter(at__lt=query.until)
    return rows


def audit_page(query: AuditQuery, cursor: str | None) -> tuple[list[AuditLine], str | None]:
    """One page, newest first, with the names of subjects and actors; one query for each kind of them."""
    page = keyset.page(find_events(query), cursor, by="at", size=PAGE)
    return lines_of(page.rows), page.next


def lines_of(events: Iterable[Event]) -> list[AuditLine]:
    events = list(events)
    wanted: dict[str, set[int]] = defaultdict(set)
    for event in events:
        wanted[event.subject_kind].add(event.subject_id)
        if event.actor_id is not None:
            wanted[event.actor_kind].add(event.actor_id)
        for key, kind in _IDS.items():
            given = event.data.get(key)
            wanted[kind].update(pk for pk in (given if isinstance(given, list) else [given]) if _is_id(pk))
    names = {kind: subject_names.get(kind)(ids) for kind, ids in wanted.items() if ids and kind in subject_names}
    return [
        AuditLine(
            event,
            title_of(event.name),
            details_of(event.data, names),
            _named(names, event.subject_kind, event.subject_id),
            _named(names, event.actor_kind, event.actor_id),
        )
        for event in events
    ]


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _named(names: Names, kind: str, pk: int | None) -> Subject:
    if pk is None:
        return Subject("")
    return names.get(kind, {}).get(pk) or Subject(f"{kind.replace('_', ' ')} {pk}" if pk else "")


# The facts that events carry most, in words; others show their name.
_KEYS: dict[str, Any] = {
    "account": pgettext_lazy("audit", "account"),
    "by": pgettext_lazy("audit", "by way of"),
    "category": pgettext_lazy("audit", "category"),
    "channel": pgettext_lazy("audit", "channel"),
    "dates": pgettext_lazy("audit", "days"),
    "fields": pgettext_lazy("audit", "fields"),
    "grade": pgettext_lazy("audit", "grade"),
    "is_active": pgettext_lazy("audit", "in use"),
    "is_let_in": pgettext_lazy("audit", "may see it now"),
    "key": pgettext_lazy("audit", "key"),
    "kind": pgettext_lazy("audit", "kind"),
    "membership": pgettext_lazy("audit", "membership"),
    "message": pgettext_lazy("audit", "message"),
    "owner": pgettext_lazy("audit", "owner"),
    "role": pgettext_lazy("audit", "role"),
    "scopes": pgettext_lazy("audit", "scopes"),
    "secrets": pgettext_lazy("audit", "secrets"),
    "staff": pgettext_lazy("audit", "colleague"),
    "status": pgettext_lazy("audit", "status"),
    "team": pgettext_lazy("audit", "team"),
    "to": pgettext_lazy("audit", "to"),
    "type": pgettext_lazy("audit", "type"),
    "verdict": pgettext_lazy("audit", "verdict"),
    "whole": pgettext_lazy("audit", "downloaded"),
}
# Facts that are ids of something with a name.
_IDS = {"staff": "staff", "owner": "staff", "team": "team", "to": "team", "account": "channel_account"}


def details_of(data: Mapping[str, Any], names: Names) -> list[str]:
    """The facts that an event carries, as `field: old → new`; ids and fixed words, never personal values."""
    return [
        f"{_KEYS.get(key, key.replace('_', ' '))}: {_value(key, value, names)}"
        for key, value in data.items()
        if key not in _HIDDEN
    ]


def _value(key: str, value: Any, names: Names) -> str:
    """A pair is a change, except under names in the plural, which are lists."""
    if isinstance(value, list):
        joint = " → " if len(value) == 2 and not key.endswith("s") else ", "
        return joint.join(_value(key, item, names) for item in value[:12])
    if value is None:
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if key in _IDS and isinstance(value, int):
        known = names.get(_IDS[key], {}).get(value)
        return known.text if known else str(value)
    return str(event_words.get(f"{key}:{value}")) if f"{key}:{value}" in event_words else str(value)[:120]
