"""What goes on now: queues, people, deadlines that are over or near, for a set of teams; each from an index or a small table.

`teams` None means all of them; an empty list none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Sum

from analytics.models import DayCount, OutcomeTotal, What
from analytics.selectors.sla import RESPONSES, Figure
from helpdesk.accounts.models import PresenceState, Team
from tickets.models import UNFINISHED
from tickets.routing.calc import Candidate, load_kind_of
from tickets.routing.models import LoadKind
from tickets.routing.selectors.floor import Loads, people_of
from tickets.sla.metrics import chip_words

# Counted no further than this: "1,000+".
MOST = 1000
# At risk: less than this share of the time is left, and the deadline comes within the horizon.
RISK_SHARE = 0.25
HORIZON = timedelta(hours=1)
_UNFINISHED = ", ".join(f"'{category}'" for category in UNFINISHED)
_ON_DESK = f"t.status_category IN ({_UNFINISHED}) AND NOT t.is_spam"
_DUE = "coalesce(t.due_at, '9000-01-01 00:00:00+00'::timestamptz)"

Teams = Sequence[int] | None


@dataclass(frozen=True)
class Queue:
    """What waits on one channel: how many, since when the longest, and whether that one's deadline is over."""

    channel: str
    waiting: int
    oldest_at: datetime
    is_late: bool


def queues(teams: Teams, now: datetime) -> list[Queue]:
    """By channel, the longest queue first; only what waits for us, not for the customer."""
    where, values = _of_teams("q.team_id", teams)
    rows = _rows(
        f"""SELECT many.channel, many.number, oldest.entered_at, coalesce(oldest.due_at < %s, false)
            FROM (SELECT q.channel, count(*) AS number FROM routing_queueentry q WHERE q.is_ready {where} GROUP BY 1) many,
            LATERAL (SELECT q.entered_at, q.due_at FROM routing_queueentry q
                     WHERE q.is_ready AND q.channel = many.channel {where} ORDER BY q.entered_at LIMIT 1) oldest
            ORDER BY 2 DESC, 1""",
        [now, *values, *values],
    )
    return [Queue(*row) for row in rows]


def waiting_before(teams: Teams, at: datetime) -> int | None:
    """How many waited then, from the sample next to the moment; None when none was taken."""
    where, values = _of_teams("s.team_id", teams)
    rows = _rows(
        f"""SELECT coalesce(sum(s.waiting) FILTER (WHERE s.team_id <> 0 {where}), 0)::int, count(*)
            FROM analytics_queuesample s
            WHERE s.at = (SELECT at FROM analytics_queuesample WHERE at <= %s AND at > %s ORDER BY at DESC LIMIT 1)""",
        [*values, at + timedelta(minutes=3), at - timedelta(minutes=8)],
    )
    number, samples = rows[0]
    return number if samples else None


@dataclass(frozen=True)
class Pressing:
    """Numbers of open tickets whose next deadline is over, is at risk, or comes within the hour without being at risk."""

    overdue: int
    at_risk: int
    soon: int


def pressing(teams: Teams, now: datetime) -> Pressing:
    """From the index of next deadlines, each counted up to 1,000."""
    where, values = _of_teams("t.team_id", teams)
    rows = _rows(
        f"""SELECT (SELECT count(*) FROM (SELECT 1 FROM tickets_ticket t WHERE {_ON_DESK} AND {_DUE} < %s {where}
                                          LIMIT {MOST}) over),
                   count(*) FILTER (WHERE near.is_risk), count(*) FILTER (WHERE NOT near.is_risk)
            FROM (SELECT t.due_at - %s < max(c.length_seconds) * {RISK_SHARE} * interval '1 second' AS is_risk
                  FROM tickets_ticket t
                  JOIN sla_clock c ON c.ticket_id = t.id AND c.state = 'running' AND c.due_at = t.due_at
                  WHERE {_ON_DESK} AND {_DUE} >= %s AND {_DUE} < %s {where}
                  GROUP BY t.id LIMIT {MOST}) near""",
        [now, *values, now, now, now + HORIZON, *values],
    )
    return Pressing(*rows[0])


@dataclass(frozen=True)
class Urgent:
    """One of the most urgent tickets: its next deadline, and the word of the clock that it belongs to."""

    ticket_id: int
    subject: str
    customer: str
    due_at: datetime
    metric: str

    @property
    def number(self) -> str:
        return f"HD-{self.ticket_id}"

    @property
    def word(self) -> str:
        return str(chip_words.get(self.metric)) if self.metric in chip_words else ""


def most_urgent(teams: Teams, now: datetime, number: int) -> list[Urgent]:
    """Overdue or due within the hour, by deadline; those over for more than a day stand behind fresh ones."""
    where, values = _of_teams("t.team_id", teams)

    def some(condition: str, moments: list[datetime], order: str) -> list[Urgent]:
        rows = _rows(
            f"""SELECT t.id, t.subject, c.name, t.due_at,
                       (SELECT k.metric FROM sla_clock k WHERE k.ticket_id = t.id AND k.due_at = t.due_at
                        AND k.state = 'running' LIMIT 1)
                FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
                WHERE {_ON_DESK} AND {condition} {where} ORDER BY {_DUE} {order} LIMIT {number}""",
            [*moments, *values],
        )
        return [Urgent(pk, subject, name, due, metric or "") for pk, subject, name, due, metric in rows]

    # what can still be saved comes first in the other half, so that old sins do not fill the wall
    coming = some(f"{_DUE} >= %s AND {_DUE} < %s", [now, now + HORIZON], "ASC")
    over = some(f"{_DUE} < %s", [now], "DESC")
    shown_over = over[: max(number - len(coming), number // 2)]
    return [*sorted(shown_over, key=lambda one: one.due_at), *coming[: number - len(shown_over)]]


# --- People ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Lane:
    """Who serves one kind of conversation: how many could take one now, and how full those are who are there."""

    able: int
    share: float | None


STATES = ("free", "working", "full", "busy", "away")


def people(teams: Teams, now: datetime, counting: Callable[[Sequence[int]], Loads] | None = None) -> list[Candidate]:
    """Everybody who works on tickets in these teams, with presence, capacity and load; four queries, and one for all teams."""
    ids = list(Team.objects.filter(is_active=True).values_list("pk", flat=True)) if teams is None else list(teams)
    found = people_of(now=now, team_ids=ids, counting=counting) if ids else []
    return [person for person in found if person.may_work]


def state_of(person: Candidate) -> str:
    """`offline`, `away`, `busy`, `off_shift`; how full somebody is who takes work: `free`, `working`, `full`; else `none`."""
    if person.absence:
        return person.absence
    if not any(person.most.values()):
        return "none"
    if not any(person.room(kind) > 0 for kind in LoadKind.values):
        return "full"
    return "working" if any(person.used.values()) else "free"


def lanes(everybody: Iterable[Candidate]) -> dict[str, Lane]:
    """By kind of load, of those who are there and take such conversations."""
    there = [person for person in everybody if not person.absence]
    found = {}
    for kind in LoadKind.values:
        takers = [person for person in there if person.most.get(kind, 0)]
        most = sum(person.most[kind] for person in takers)
        used = sum(min(person.used.get(kind, 0), person.most[kind]) for person in takers)
        able = sum(person.room(kind) > 0 for person in takers)
        found[kind] = Lane(able, 100 * used / most if most else None)
    return found


def lane_of(channel: str) -> str:
    return load_kind_of(channel)


def count_states(everybody: Iterable[Candidate]) -> dict[str, int]:
    """How many are in each state; people off their shift count as away; not those who are offline or take no work."""
    found = dict.fromkeys(STATES, 0)
    for person in everybody:
        state = state_of(person)
        if state in {PresenceState.OFFLINE, "inactive", "none"}:
            continue
        found["away" if state == "off_shift" else state] += 1
    return found


# --- Today -----------------------------------------------------------------------------------------------------------
def responses_of(day: date, teams: Teams) -> Figure:
    """Response deadlines that ended on a day."""
    rows = OutcomeTotal.objects.filter(day=day, metric__in=RESPONSES)
    rows = rows.filter(scope="all") if teams is None else rows.filter(scope="team", a__in=[str(pk) for pk in teams])
    sums = rows.aggregate(ended=Sum("ended"), met=Sum("met"))
    return Figure(sums["ended"] or 0, sums["met"] or 0)


def counts_of(day: date, teams: Teams) -> dict[str, int]:
    """How often each thing happened on a day."""
    rows = DayCount.objects.filter(day=day).exclude(what=What.HANDLED)
    if teams is not None:
        rows = rows.filter(team_id__in=teams)
    return dict(rows.values_list("what").annotate(n=Sum("number")).order_by())


# --- The team's page -------------------------------------------------------------------------------------------------
def handled_by(day: date, staff_ids: Collection[int], teams: Teams) -> dict[int, int]:
    """Tickets of these teams that each person answered or solved on a day."""
    rows = DayCount.objects.filter(day=day, what=What.HANDLED, staff_id__in=staff_ids)
    if teams is not None:
        rows = rows.filter(team_id__in=teams)
    return dict(rows.values_list("staff_id").annotate(n=Sum("number")).order_by())


def responses_by(day: date, staff_ids: Collection[int], teams: Teams) -> dict[int, Figure]:
    """Response deadlines of these teams that ended on a day while each person owned the ticket."""
    rows = OutcomeTotal.objects.filter(
        scope="team+agent", day=day, metric__in=RESPONSES, b__in=[str(pk) for pk in staff_ids]
    )
    if teams is not None:
        rows = rows.filter(a__in=[str(pk) for pk in teams])
    sums = rows.values_list("b").annotate(ended=Sum("ended"), met=Sum("met")).order_by()
    return {int(owner): Figure(ended, met) for owner, ended, met in sums}


@dataclass(frozen=True)
class Carried:
    """What lies with a person: open tickets, and those of them whose deadline is over or comes within the hour."""

    open: int = 0
    overdue: int = 0
    soon: int = 0

    @property
    def numbers(self) -> tuple[int, int, int]:
        return self.open, self.overdue, self.soon


def people_with_carried(teams: Teams, now: datetime) -> tuple[list[Candidate], dict[int, Carried]]:
    """Everybody as `people` says, and what lies with them: loads and deadlines are counted in one walk through the index."""
    carried: dict[int, Carried] = {}

    def count(staff_ids: Sequence[int]) -> Loads:
        loads: Loads = {}
        for owner, channel, takes, *numbers in _rows(_CARRIED, [now, now, now + HORIZON, list(staff_ids)]):
            before = carried.get(owner, Carried())
            carried[owner] = Carried(*(x + y for x, y in zip(before.numbers, numbers, strict=True)))
            _add(loads, owner, load_kind_of(channel), takes)
        for owner, kind, number in _rows(_OFFERED, [list(staff_ids)]):
            _add(loads, owner, kind, number)
        return loads

    return people(teams, now, count), carried


_CARRIED = f"""
SELECT t.owner_id, CASE WHEN t.parent_id IS NULL THEN t.channel_kind ELSE 'internal' END,
       count(*) FILTER (WHERE t.holder = 'agent' AND t.status_category IN ('new', 'open') AND t.snoozed_until IS NULL),
       count(*), count(*) FILTER (WHERE t.due_at < %s), count(*) FILTER (WHERE t.due_at >= %s AND t.due_at < %s)
FROM tickets_ticket t WHERE t.owner_id = ANY(%s) AND {_ON_DESK} GROUP BY 1, 2
"""
_OFFERED = """
SELECT staff_id, load_kind, count(*) FROM routing_offer WHERE state = 'open' AND staff_id = ANY(%s) GROUP BY 1, 2
"""


def _add(loads: Loads, owner: int, kind: str, number: int) -> None:
    if number:
        used = loads.setdefault(owner, {})
        used[kind] = used.get(kind, 0) + number


def _of_teams(column: str, teams: Teams) -> tuple[str, list[Any]]:
    return ("", []) if teams is None else (f"AND {column} = ANY(%s)", [list(teams)])


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return cursor.fetchall()
