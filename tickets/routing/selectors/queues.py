"""The pages of those who watch over queues: what waits where, by rank, and what everybody carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime

from helpdesk.accounts.models import Staff, Team
from helpdesk.core import clock
from tickets.models import Ticket
from tickets.routing.calc import Candidate, Waiting, tally
from tickets.routing.models import QueueEntry, QueueSettings, Strategy
from tickets.routing.selectors.floor import people_of
from tickets.routing.selectors.waiting import asked_lately
from tickets.routing.words import skill_names, waiting_words

PAGE = 50
MOST_COUNTED = 1000

_WAITING = """
SELECT t.id,
  (SELECT count(*) FROM (SELECT 1 FROM routing_queueentry q WHERE q.team_id = t.id LIMIT %s) AS n),
  (SELECT count(*) FROM (SELECT 1 FROM routing_queueentry q WHERE q.team_id = t.id AND q.lane = 0 LIMIT %s) AS n),
  (SELECT min(entered_at) FROM (SELECT q.entered_at FROM routing_queueentry q WHERE q.team_id = t.id AND q.is_ready
                                ORDER BY q.lane, q.urgency, q.due_at, q.entered_at, q.ticket_id LIMIT 1000) best),
  (SELECT count(*) FROM routing_offer o JOIN routing_queueentry q USING (ticket_id) WHERE o.state = 'open' AND q.team_id = t.id)
FROM unnest(%s::bigint[]) AS t(id)
"""

_BEHIND = """(routing_queueentry.lane, routing_queueentry.urgency, coalesce(routing_queueentry.due_at, 'infinity'),
             routing_queueentry.entered_at, routing_queueentry.ticket_id) > (%s, %s, %s, %s, %s)"""


@dataclass(frozen=True)
class QueueLine:
    """One queue in short: counted to a thousand; the longest wait is among the best thousand."""

    team: Team
    settings: QueueSettings
    waiting: int
    vips: int
    since: datetime | None
    offered: int
    here: int
    room: int
    people: int

    @property
    def waiting_text(self) -> str:
        return f"{MOST_COUNTED}+" if self.waiting > MOST_COUNTED else str(self.waiting)


def teams_watched_by(staff: Staff) -> list[Team]:
    """The teams whose queues the person may look at, in their order."""
    rows = Team.objects.filter(is_active=True).select_related("queue").order_by("position", "name")
    return list(rows if staff.sees_all_tickets else rows.filter(pk__in=staff.team_ids))


def settings_of(team: Team) -> QueueSettings:
    """How the team's queue works; an unsaved row with the defaults when nobody said."""
    found: QueueSettings | None = getattr(team, "queue", None)
    return found or QueueSettings(team=team)


def queue_lines(staff: Staff) -> list[QueueLine]:
    """Every queue that the person watches; seven queries, whatever their number and length."""
    teams = teams_watched_by(staff)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [MOST_COUNTED + 1, MOST_COUNTED + 1, [team.pk for team in teams]])
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    people = people_of(now=clock.now(), team_ids=[team.pk for team in teams])
    lines = []
    for team in teams:
        own = [person for person in people if team.pk in person.team_ids and person.may_work]
        here = [person for person in own if not person.absence]
        room = sum(max(0, person.room(kind)) for person in here for kind in person.most)
        waiting, vips, since, offered = counted[team.pk]
        lines.append(
            QueueLine(team, settings_of(team), waiting, vips, since, offered, len(here), room, people=len(own))
        )
    return lines


@dataclass(frozen=True)
class QueueRow:
    """A waiting ticket with its place and the reason why it waits."""

    place: int
    entry: QueueEntry
    ticket: Ticket
    why: str
    needs: list[str]


@dataclass(frozen=True)
class QueuePage:
    rows: list[QueueRow]
    next: str | None
    people: list[Candidate]


def queue_page(team: Team, cursor: str | None = None) -> QueuePage:
    """One page of a queue by rank, with what everybody of the team carries; eight queries."""
    now = clock.now()
    start, after = _cursor(cursor)
    rows = QueueEntry.objects.filter(team=team)
    if after is not None:
        rows = rows.extra(where=[_BEHIND], params=after)
    entries = list(
        rows.select_related("ticket__customer", "ticket__status").order_by(
            "lane", "urgency", "due_at", "entered_at", "ticket_id"
        )[: PAGE + 1]
    )
    more, entries = len(entries) > PAGE, entries[:PAGE]
    people = people_of(now=now, team_ids=[team.pk])
    settings = settings_of(team)
    asked = asked_lately([entry.ticket_id for entry in entries], now)
    names = skill_names({int(key) for entry in entries for key in entry.needs})
    found = [
        QueueRow(
            start + nth,
            entry,
            entry.ticket,
            _why(entry, settings, people, asked.get(entry.ticket_id, frozenset())),
            [names.get(key, "?") for key in entry.needs],
        )
        for nth, entry in enumerate(entries, 1)
    ]
    following = "|".join(map(str, _place(entries[-1], start + PAGE))) if more else None
    return QueuePage(found, following, [person for person in people if person.may_work])


def _why(entry: QueueEntry, settings: QueueSettings, people: list[Candidate], asked: frozenset[int]) -> str:
    if not entry.is_ready:
        return ""
    if settings.strategy == Strategy.MANUAL:
        return ""
    waiting = Waiting(entry.ticket_id, entry.team_id, entry.load_kind, entry.lane, entry.needs, asked=asked)
    return waiting_words(tally(waiting, people), len(people))


def _place(entry: QueueEntry, number: int) -> list[Any]:
    due = entry.due_at.isoformat() if entry.due_at else "infinity"
    return [number, entry.lane, entry.urgency, due, entry.entered_at.isoformat(), entry.ticket_id]


def _cursor(text: str | None) -> tuple[int, list[Any] | None]:
    """Rows before the page, and the last row of the page before; a cursor that is none of ours begins anew."""
    try:
        number, lane, urgency, due, entered, ticket_id = (text or "")[:200].split("|")
        if (due != "infinity" and parse_datetime(due) is None) or parse_datetime(entered) is None:
            return 0, None
        figures = [int(part) for part in (number, lane, urgency, ticket_id)]
    except ValueError:
        return 0, None
    if not all(0 <= figure < 2**31 for figure in figures):
        return 0, None
    return figures[0], [figures[1], figures[2], due, entered, figures[3]]


def obstacles_of(person: Candidate) -> str:
    """Why a person gets nothing at all now, as a code; empty when they may."""
    if person.absence:
        return person.absence
    if not any(person.most.values()):
        return "none"
    return "full" if all(person.room(kind) <= 0 for kind in person.most) else ""
