"""Counting what happens to tickets: each happening once (its key), and the day's number with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from analytics.models import DayCount, Happening, What
from analytics.services.outcomes import lock_totals
from helpdesk.core.actors import ActorKind
from helpdesk.core.company import company_day
from helpdesk.core.models import Event
from tickets.models import FINISHED, Message, StatusCategory, Ticket

COUNTED = frozenset({"ticket.created", "ticket.status_changed", "message.released", "satisfaction.answered"})
# From this grade of five on a customer is satisfied.
SATISFIED_FROM = 4
_PEOPLE = {ActorKind.STAFF}

Cell = tuple[date, str, int, str, int]


@dataclass(frozen=True)
class Place:
    """Where a ticket lies when its event is counted."""

    team_id: int
    channel: str
    owner_id: int | None


@transaction.atomic
def count_happenings(events: Sequence[Event]) -> int:
    """Count what these events say and nothing has said before; returns how many happenings are new."""
    concerned = [event for event in events if event.name in COUNTED and event.ticket_id is not None]
    if not concerned:
        return 0
    lock_totals()
    rows = Ticket.objects.filter(pk__in={event.ticket_id for event in concerned})
    named = rows.values_list("pk", "team_id", "channel_kind", "owner_id")
    places = {pk: Place(team, channel, owner) for pk, team, channel, owner in named}
    authors = _authors(event.data["message"] for event in concerned if event.name == "message.released")
    found: dict[str, Happening] = {}
    for event in concerned:
        place = places.get(event.ticket_id or 0)
        if place is not None:
            found.update((row.key, row) for row in _happenings(event, place, authors))
    new = _insert(list(found.values()))
    add_to_days(Counter((row.day, row.what, row.team_id, row.channel, row.staff_id) for row in new))
    return len(new)


def _authors(message_ids: Iterable[int]) -> dict[int, int]:
    """The people who wrote these messages; automatic ones have none."""
    ids = set(message_ids)
    if not ids:
        return {}
    rows = Message.objects.filter(pk__in=ids, author_kind__in=_PEOPLE, is_auto=False, author_id__isnull=False)
    return {pk: author for pk, author in rows.values_list("pk", "author_id") if author is not None}


def _happenings(event: Event, place: Place, authors: dict[int, int]) -> list[Happening]:
    day, ticket = company_day(event.at), event.ticket_id or 0

    def row(what: str, key: str, staff: int = 0) -> Happening:
        return Happening(key=key, what=what, day=day, ticket_id=ticket, team_id=place.team_id, channel=place.channel,
                         staff_id=staff)  # fmt: skip

    def handled(staff: int) -> Happening:
        return row(What.HANDLED, f"handled:{day}:{staff}:{ticket}", staff)

    # a sub-ticket is work for whoever does it, but nobody's contact with us (its events name the parent)
    is_sub = event.data.get("parent") is not None
    if event.name == "ticket.created":
        return [] if is_sub else [row(What.OPENED, f"opened:{ticket}")]
    if event.name == "satisfaction.answered":
        what = What.SATISFIED if event.data.get("score", 0) >= SATISFIED_FROM else What.UNSATISFIED
        return [row(what, f"rated:{event.pk}", place.owner_id or 0)]
    if event.name == "message.released":
        author = authors.get(event.data["message"])
        return [handled(author)] if author else []
    before, after = event.data.get("status_category") or (None, None)
    if after != StatusCategory.SOLVED or before in FINISHED:
        return []
    person = event.actor_id if event.actor_kind == ActorKind.STAFF else place.owner_id
    rows = [] if is_sub else [row(What.SOLVED, f"solved:{event.pk}", person or 0)]
    return [*rows, handled(event.actor_id)] if event.actor_kind == ActorKind.STAFF and event.actor_id else rows


def _insert(rows: Sequence[Happening]) -> list[Happening]:
    """Those that were not there yet."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO analytics_happening (key, what, day, ticket_id, team_id, channel, staff_id)
               SELECT * FROM unnest(%s::varchar[], %s::varchar[], %s::date[], %s::bigint[], %s::bigint[], %s::varchar[],
                                    %s::bigint[])
               ON CONFLICT (key) DO NOTHING RETURNING key""",
            [
                [row.key for row in rows],
                [str(row.what) for row in rows],
                [row.day for row in rows],
                [row.ticket_id for row in rows],
                [row.team_id for row in rows],
                [row.channel for row in rows],
                [row.staff_id for row in rows],
            ],
        )
        new = {key for (key,) in cursor.fetchall()}
    return [row for row in rows if row.key in new]


def add_to_days(numbers: Counter[Cell]) -> None:
    """Raise the days' counts; the caller holds the lock."""
    if not numbers:
        return
    cells = sorted(numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO analytics_daycount (day, what, team_id, channel, staff_id, number)
               SELECT * FROM unnest(%s::date[], %s::varchar[], %s::bigint[], %s::varchar[], %s::bigint[], %s::int[])
               ON CONFLICT (day, what, team_id, channel, staff_id)
               DO UPDATE SET number = analytics_daycount.number + excluded.number""",
            [*(list(column) for column in zip(*cells, strict=True)), [numbers[cell] for cell in cells]],
        )


@transaction.atomic
def count_day_anew(day: date) -> bool:
    """Make a day's counts from its happenings; returns whether they were wrong."""
    lock_totals()
    columns = ("day", "what", "team_id", "channel", "staff_id")
    wanted: Counter[Cell] = Counter(Happening.objects.filter(day=day).values_list(*columns))
    kept = {tuple(row[:-1]): row[-1] for row in DayCount.objects.filter(day=day).values_list(*columns, "number")}
    if dict(wanted) == kept:
        return False
    DayCount.objects.filter(day=day).delete()
    add_to_days(wanted)
    return True
