"""Everybody who might be given something, as they are now: presence, shift, skills, capacity and load."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import connection

from helpdesk.accounts.models import PresenceState, RoleCapacity
from helpdesk.accounts.permissions import PERMISSIONS, REPLY, Role
from helpdesk.accounts.shifts import ShiftRow, is_on_shift
from tickets.routing.calc import Candidate, channel_kinds_of
from tickets.routing.models import LoadKind

# person → kind of load → conversations
Loads = dict[int, dict[str, int]]
KINDS = (LoadKind.CHAT, LoadKind.CALL, LoadKind.MAIL)
# What people of a role take at once unless an administrator or their lead says otherwise: chats, calls, mails.
SHIPPED_CAPACITY: dict[str, tuple[int, int, int]] = {
    Role.AGENT: (5, 1, 10),
    Role.LEAD: (2, 1, 5),
    Role.STORE_CLERK: (2, 0, 5),
}

# Conversations that take a place: held by the person and waiting for them, and those on offer to them.
LOADS = """
SELECT owner_id, CASE WHEN parent_id IS NOT NULL THEN 'mail' WHEN channel_kind = ANY(%(chats)s) THEN 'chat'
                      WHEN channel_kind = ANY(%(calls)s) THEN 'call' ELSE 'mail' END AS kind, count(*)
FROM tickets_ticket
WHERE owner_id = ANY(%(people)s) AND holder = 'agent' AND status_category IN ('new', 'open') AND NOT is_spam
  AND snoozed_until IS NULL
GROUP BY 1, 2
UNION ALL
SELECT staff_id, load_kind, count(*) FROM routing_offer WHERE state = 'open' AND staff_id = ANY(%(people)s) GROUP BY 1, 2
"""

_PEOPLE = """
SELECT s.id, s.name, s.role, s.timezone, s.is_active, array_agg(m.team_id),
       w.seniority, w.chats, w.calls, w.mails, p.state, p.connected_until, p.chats, p.calls, p.mails, p.is_overtime,
       u.given_at,
       (SELECT json_object_agg(k.skill_id, k.level)::text FROM accounts_staffskill k WHERE k.staff_id = s.id)
FROM accounts_staff s
JOIN accounts_membership m ON m.staff_id = s.id
LEFT JOIN accounts_workprofile w ON w.staff_id = s.id
LEFT JOIN accounts_presence p ON p.staff_id = s.id
LEFT JOIN routing_turn u ON u.staff_id = s.id
WHERE {where}
GROUP BY s.id, w.staff_id, p.staff_id, u.staff_id ORDER BY s.id
"""


def people_of(
    *,
    now: datetime,
    team_ids: Collection[int] | None = None,
    staff_ids: Collection[int] | None = None,
    counting: Callable[[Sequence[int]], Loads] | None = None,
) -> list[Candidate]:
    """The active people of these teams, or these people, with what they carry: four queries, whatever their number.

    `counting`: for whoever counts loads together with something else.
    """
    if team_ids is not None:
        where = "s.is_active AND s.id IN (SELECT staff_id FROM accounts_membership WHERE team_id = ANY(%s))"
        values: list[Any] = [sorted(team_ids)]
    else:
        where, values = "s.id = ANY(%s)", [sorted(staff_ids or ())]
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE.format(where=where), values)
        rows = cursor.fetchall()
    ids = [row[0] for row in rows]
    if not ids:
        return []
    roles = role_capacities()
    loads, shifts = (counting or loads_of)(ids), shifts_of(ids)
    return [_candidate(row, now, roles, loads.get(row[0], {}), shifts.get(row[0], ())) for row in rows]


def loads_of(staff_ids: Sequence[int]) -> Loads:
    """How many conversations of each kind take a place with each person, offers included; one query."""
    found: Loads = {}
    values: dict[str, Any] = {
        "chats": channel_kinds_of("chat"),
        "calls": channel_kinds_of("call"),
        "people": list(staff_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(LOADS, values)
        for staff_id, kind, number in cursor.fetchall():
            used = found.setdefault(staff_id, {})
            used[kind] = used.get(kind, 0) + number
    return found


def shifts_of(staff_ids: Sequence[int]) -> dict[int, list[ShiftRow]]:
    """The roster rows of each person that may matter today; one query."""
    found: dict[int, list[ShiftRow]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT staff_id, weekday, "on", kind, starts, ends FROM accounts_shift
               WHERE staff_id = ANY(%s) AND ("on" IS NULL OR "on" BETWEEN current_date - 3 AND current_date + 15)""",
            [list(staff_ids)],
        )
        for staff_id, weekday, on, kind, starts, ends in cursor.fetchall():
            found.setdefault(staff_id, []).append(ShiftRow(weekday, on, kind, starts, ends))
    return found


def role_capacities() -> dict[str, tuple[int, int, int]]:
    """What each role takes at once: what an administrator said, else what ships."""
    said = {row.role: (row.chats, row.calls, row.mails) for row in RoleCapacity.objects.all()}
    return {**SHIPPED_CAPACITY, **said}


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The zone of a person, else the company's."""
    try:
        return ZoneInfo(name or settings.DEFAULT_USER_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.DEFAULT_USER_TIME_ZONE)


def allowed(role: tuple[int, int, int], own: Sequence[int | None]) -> dict[str, int]:
    """What a person's lead allows: their own figures where given, else the role's."""
    return {
        str(kind): usual if figure is None else figure for kind, usual, figure in zip(KINDS, role, own, strict=True)
    }


def within(most: Mapping[str, int], chosen: Sequence[int | None]) -> dict[str, int]:
    """What a person takes: what they chose, within what is allowed."""
    return {
        kind: limit if mine is None else min(limit, mine)
        for (kind, limit), mine in zip(most.items(), chosen, strict=True)
    }


def _candidate(
    row: Sequence[Any],
    now: datetime,
    roles: Mapping[str, tuple[int, int, int]],
    used: dict[str, int],
    shifts: Sequence[ShiftRow],
) -> Candidate:
    pk, name, role, zone, is_active, teams, seniority, *rest = row
    lead, (state, until), chosen, (is_overtime, given_at, skills) = rest[:3], rest[3:5], rest[5:8], rest[8:]
    return Candidate(
        id=pk,
        name=name,
        team_ids=frozenset(teams),
        may_work=is_active and REPLY in PERMISSIONS.get(role, ()),
        seniority=seniority or 2,
        state=state or PresenceState.OFFLINE,
        is_connected=until is not None and until > now,
        is_on_shift=is_on_shift(shifts, now, zone_named(zone)),
        is_overtime=bool(is_overtime),
        most=within(allowed(roles.get(role, (0, 0, 0)), lead), chosen),
        used=used,
        skills=_skills(skills),
        given_at=given_at,
    )


def _skills(text: str | None) -> dict[str, int]:
    if not text:
        return {}
    pairs = (part.split(":") for part in text.strip("{} ").split(","))
    return {key.strip(' "'): int(level) for key, level in pairs}


def today_in(zone: str, now: datetime) -> date:
    return now.astimezone(zone_named(zone)).date()
