"""The policies over time: those that were in force, from the event log and the versions that are never changed; or one book
that a what-if puts in their place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.models import BusinessCalendar, Event
from tickets.sla.book import Book, CompiledPolicy, compile_version, rule_from
from tickets.sla.calc import Rule
from tickets.sla.models import Policy, PolicyVersion, Target

_EPOCH = datetime(1990, 1, 2, tzinfo=UTC)
# Changes that follow one another this closely (a policy made and put into its place) reach the clocks together.
_AT_ONCE = timedelta(seconds=2)
_EVENTS = ("policy.created", "policy.changed", "policy.switched", "policy.reordered")


@dataclass(frozen=True)
class ReplayBook(Book):
    """A book whose calendars' hours are at hand."""

    working: Mapping[int, WorkingTime] = field(default_factory=dict)

    def hours(self, calendar_id: int) -> WorkingTime:
        return self.working[calendar_id]


@dataclass(frozen=True)
class Books:
    """Which book held when: `starts` are the moments from which each of `pages` counts, in their order."""

    starts: Sequence[datetime]
    pages: Sequence[ReplayBook]
    rules: Mapping[int, Rule]
    policies: Mapping[int, CompiledPolicy]

    def at(self, moment: datetime) -> ReplayBook:
        """The book of a moment; an empty one before the first policy."""
        return self.pages[max(0, bisect_right(self.starts, moment) - 1)]

    def turned_between(self, start: datetime, end: datetime) -> Sequence[datetime]:
        """The moments after `start` up to `end` at which the policies changed."""
        return self.starts[bisect_right(self.starts, start) : bisect_right(self.starts, end)]


def books_in_force(uses: Mapping[int, datetime] | None = None) -> Books:
    """The policies as they really followed one another. Calendars are as they are now: what they were is not kept.

    `uses` (`first_uses`) are versions that clocks ran by before the log knows of any policy.
    """
    compiled = compile_versions()
    by_number = {(policy.id, number): policy for (number, policy) in compiled}
    is_off: set[int] = set()
    is_first = True
    starts, pages = _before_the_log(uses or {}, [policy for _number, policy in compiled])
    order: list[int] = []
    number: dict[int, int] = {}
    rows = list(
        Event.objects.filter(name__in=_EVENTS, ticket_id__isnull=True)
        .order_by("at", "id")
        .values_list("name", "subject_id", "at", "data")
    )
    told_by = _told_by(rows, {policy.version_id: key for key, policy in by_number.items()}, uses or {})
    for name, pk, at, data in rows:
        if name == "policy.created":
            order.append(pk)
            number[pk] = data.get("version", 1)
        elif name == "policy.changed":
            number[pk] = data.get("version", number.get(pk, 1))
        elif name == "policy.switched":
            is_off = is_off - {pk} if data.get("is_active") else is_off | {pk}
        else:
            order = [*data.get("order", order)]
        page = tuple(
            by_number[(one, number[one])]
            for one in order
            if one not in is_off and one in number and (one, number[one]) in by_number
        )
        if at < told_by:
            continue
        if at - starts[-1] < _AT_ONCE and not is_first:
            starts.pop()
            pages.pop()
        is_first = False
        starts.append(at)
        pages.append(page)
    return _books(starts, pages, [policy for _number, policy in compiled], {})


def _told_by(
    rows: Sequence[tuple[str, int, datetime, Any]], keys: Mapping[int, tuple[int, int]], uses: Mapping[int, datetime]
) -> datetime:
    """When the log had told of every version that was in use before it: until then the earlier pages hold."""
    wanted = {keys[pk] for pk in uses if pk in keys}
    told = [at for _name, pk, at, data in rows if (pk, data.get("version")) in wanted]
    return max(told, default=_EPOCH)


def first_uses() -> dict[int, datetime]:
    """Versions that clocks ran by before the first policy event, and since when: none, unless a history was imported or
    played into a new installation. One query over the ledger before that event."""
    first = (
        Event.objects.filter(name__in=_EVENTS, ticket_id__isnull=True)
        .order_by("at")
        .values_list("at", flat=True)
        .first()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (data -> 'row' ->> 'policy_version_id')::bigint, min(at) FROM sla_clockevent
               WHERE at < %s AND data -> 'row' ? 'policy_version_id' GROUP BY 1""",
            [first],
        )
        return {int(pk): at for pk, at in cursor.fetchall()}


def _before_the_log(
    uses: Mapping[int, datetime], compiled: Sequence[CompiledPolicy]
) -> tuple[list[datetime], list[tuple[CompiledPolicy, ...]]]:
    """Each version from its first use on, in the order of today."""
    starts: list[datetime] = [_EPOCH]
    pages: list[tuple[CompiledPolicy, ...]] = [()]
    place = {pk: nth for nth, pk in enumerate(Policy.objects.order_by("position", "pk").values_list("pk", flat=True))}
    for start in sorted(set(uses.values())):
        newest: dict[int, CompiledPolicy] = {}
        for policy in compiled:  # by number, so that a later version takes over
            if policy.version_id in uses and uses[policy.version_id] <= start:
                newest[policy.id] = policy
        starts.append(start)
        pages.append(tuple(sorted(newest.values(), key=lambda policy: place.get(policy.id, 0))))
    return starts, pages


def books_of(policies: Iterable[CompiledPolicy], calendars: Mapping[int, WorkingTime] | None = None) -> Books:
    """One book that holds for all time: these policies in their order. `calendars` are hours of calendars without a row."""
    page = tuple(policies)
    return _books([_EPOCH], [page], page, calendars or {})


def policies_now() -> list[CompiledPolicy]:
    """The active policies in their order, as they are now."""
    found = {(policy.id, number): policy for number, policy in compile_versions()}
    return [
        found[(row.pk, row.version)]
        for row in Policy.objects.filter(is_active=True).order_by("position", "pk")
        if (row.pk, row.version) in found
    ]


def compile_versions() -> list[tuple[int, CompiledPolicy]]:
    """(number, policy) of every version; warnings and steps are left out, since they do not move a deadline."""
    versions = list(PolicyVersion.objects.select_related("policy").order_by("policy_id", "number"))
    rules: dict[int, list[Rule]] = {}
    for target in Target.objects.prefetch_related("steps").order_by("position", "pk"):
        rules.setdefault(target.version_id, []).append(replace(rule_from(target), ladder=()))
    return [(version.number, compile_version(version, rules.get(version.pk, ()))) for version in versions]


def on_calendar(policies: Iterable[CompiledPolicy], calendar_id: int) -> list[CompiledPolicy]:
    """The same promises, each counted on one calendar."""
    return [
        replace(policy, rules=tuple(replace(rule, calendar_id=calendar_id) for rule in policy.rules))
        for policy in policies
    ]


def _books(
    starts: Sequence[datetime],
    pages: Sequence[Sequence[CompiledPolicy]],
    policies: Iterable[CompiledPolicy],
    calendars: Mapping[int, WorkingTime],
) -> Books:
    known = list(policies)
    rules = {rule.id: rule for policy in known for rule in policy.rules}
    rows = {
        row.pk: row for row in BusinessCalendar.objects.filter(pk__in={rule.calendar_id for rule in rules.values()})
    }
    working = {**calendars, **{pk: working_time(row) for pk, row in rows.items()}}
    versions = {**dict.fromkeys(calendars, UUID(int=0)), **{pk: row.version for pk, row in rows.items()}}
    return Books(
        list(starts),
        [ReplayBook(tuple(page), versions, working) for page in pages],
        rules,
        {policy.version_id: policy for policy in known},
    )
