"""The facts of tickets: from their rows, set-wise in one query, and with what a change is about to do to one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from helpdesk.core.actors import ActorKind
from tickets.models import FINISHED, Direction, Holder, Ticket
from tickets.services.changing import Change
from tickets.sla.metrics import Facts, moving_nouns

_PEOPLE = (ActorKind.STAFF, ActorKind.API_KEY)
# Who has the conversation now → what it is called since when.
_HELD = {str(Holder.QUEUE): "queued_at", str(Holder.AGENT): "picked_up_at"}

_SQL = """
SELECT t.id, t.kind, t.grade, t.priority, t.status_category, t.holder, t.team_id, t.channel_kind, t.account_id,
       a.grade, c.level, t.created_at, t.is_spam, t.merged_into_id IS NOT NULL,
       said.first_answer_at, said.last_answer_at, said.bot_answered_at, asked.waiting_since, asked.bot_waiting_since,
       log.taken_up_at, log.handed_over_at, log.reopened_at,
       EXISTS (SELECT 1 FROM tickets_message m
               WHERE m.ticket_id = t.id AND m.direction = 'in' AND m.created_at = log.reopened_at),
       CASE WHEN t.status_category IN ('solved', 'closed') THEN coalesce(t.solved_at, t.closed_at) END, t.owner_id,
       log.queued_at, log.picked_up_at, log.transferred_at,
       CASE WHEN log.transferred_at IS NOT NULL THEN (
           SELECT min(e.at) FROM core_event e
           WHERE e.ticket_id = t.id AND e.at >= log.transferred_at AND e.actor_kind = 'staff' AND (
               (e.name = 'ticket.assigned' AND e.data -> 'owner' -> 1 = to_jsonb(e.actor_id))
               OR (e.at > log.transferred_at AND e.name IN ('note.added', 'message.written', 'ticket.status_changed') AND EXISTS (
                   SELECT 1 FROM accounts_membership p WHERE p.staff_id = e.actor_id AND p.team_id = t.team_id)))) END,
       t.parent_id IS NOT NULL
FROM tickets_ticket t
JOIN core_channelaccount a ON a.id = t.account_id
JOIN customers_customer c ON c.id = t.customer_id
LEFT JOIN LATERAL (
    SELECT min(m.released_at) FILTER (WHERE m.author_kind IN ('staff', 'api_key')) AS first_answer_at,
           max(m.released_at) FILTER (WHERE m.author_kind IN ('staff', 'api_key')) AS last_answer_at,
           max(m.released_at) FILTER (WHERE m.author_kind = 'bot') AS bot_answered_at
    FROM tickets_message m
    WHERE m.ticket_id = t.id AND m.direction = 'out' AND m.visibility = 'public' AND NOT m.is_auto
      AND m.released_at IS NOT NULL AND NOT m.on_release @> '{"forward": true}') said ON true
LEFT JOIN LATERAL (
    SELECT min(m.created_at) FILTER (
               WHERE said.last_answer_at IS NULL OR m.created_at > said.last_answer_at) AS waiting_since,
           min(m.created_at) FILTER (
               WHERE m.created_at > coalesce(greatest(said.last_answer_at, said.bot_answered_at), '-infinity')
           ) AS bot_waiting_since
    FROM tickets_message m
    WHERE m.ticket_id = t.id AND m.direction = 'in' AND m.visibility = 'public' AND NOT m.is_auto) asked ON true
LEFT JOIN LATERAL (
    SELECT min(e.at) FILTER (
               WHERE e.actor_kind = 'staff' AND (
                   (e.name IN ('note.added', 'message.written', 'ticket.status_changed')
                    AND NOT e.data @> '{"is_task": true}' AND (t.parent_id IS NULL OR e.at > t.created_at))
                   OR (e.name = 'ticket.created' AND e.data @> '{"by_staff": true}')
                   OR (e.name = 'ticket.assigned' AND e.data -> 'owner' -> 1 = to_jsonb(e.actor_id)))) AS taken_up_at,
           max(e.at) FILTER (
               WHERE e.name = 'ticket.handed_over' AND e.data -> 'holder' ->> 0 = 'bot') AS handed_over_at,
           max(e.at) FILTER (WHERE e.name = 'ticket.reopened') AS reopened_at,
           max(e.at) FILTER (
               WHERE e.name = 'ticket.handed_over' AND e.data -> 'holder' ->> 1 = 'queue') AS queued_at,
           max(e.at) FILTER (
               WHERE e.name = 'ticket.handed_over' AND e.data -> 'holder' ->> 1 = 'agent') AS picked_up_at,
           max(e.at) FILTER (
               WHERE e.name = 'ticket.transferred' OR (e.name = 'ticket.created' AND e.data ? 'parent')) AS transferred_at
    FROM core_event e WHERE e.ticket_id = t.id) log ON true
WHERE t.id = ANY(%s) ORDER BY t.id
"""


def facts_of(ticket_ids: Iterable[int]) -> dict[int, Facts]:
    """The facts of these tickets as their rows tell them; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(ticket_ids)])
        return {row[0]: Facts(*row) for row in cursor.fetchall()}


def facts_of_change(ticket: Ticket, change: Change, known: Facts | None = None) -> Facts:
    """The facts as they will be when the change is written. A new ticket's are in the change alone; `known` are those of the
    ticket's rows when they have been read with others'."""
    known = known or (_facts_of_new(ticket, change) if change.is_new else facts_of([ticket.pk])[ticket.pk])
    now = change.now
    facts = replace(
        known,
        kind=change.get("kind"),
        grade=change.get("grade"),
        priority=change.get("priority"),
        status_category=change.get("status_category"),
        holder=change.get("holder"),
        team_id=change.after["team"].pk if "team" in change.after else ticket.team_id,
        is_spam=change.get("is_spam"),
        is_merged=change.after.get("merged_into", ticket.merged_into_id) is not None,
        taken_up_at=known.taken_up_at or (now if _is_taken_up(change) else None),
        **{"taken_over_at": _taken_over_at(known, change), **_moves(change)},
        finished_at=_finished_at(known, change),
        owner_id=_owner_id(ticket, change),
    )
    return _with_answers(facts, change)


def _facts_of_new(ticket: Ticket, change: Change) -> Facts:
    asked = any(message.direction == Direction.IN and not message.is_auto for message in change.messages)
    # a ticket that is split off gets its messages afterwards
    waiting = change.now if asked or (not change.messages and ticket.last_customer_message_at) else None
    return Facts(
        ticket_id=ticket.pk or 0,
        kind=ticket.kind,
        grade=ticket.grade,
        priority=ticket.priority,
        status_category=ticket.status_category,
        holder=ticket.holder,
        team_id=ticket.team_id,
        channel_kind=ticket.channel_kind,
        account_id=ticket.account_id,
        account_grade=ticket.account.grade,
        level=ticket.customer.level,
        created_at=change.now,
        waiting_since=waiting,
        bot_waiting_since=waiting,
        is_sub=ticket.is_sub,
    )


def _is_taken_up(change: Change) -> bool:
    """A person of the staff does something with it: writes, sets a status, takes it, or opened it."""
    if change.by.kind != ActorKind.STAFF:
        return False
    if change.verb == "open_sub" and change.is_new:
        return _takes(change)  # the words of the task, and giving it to somebody, are no work on it
    wrote = any(message.author_kind == ActorKind.STAFF for message in change.messages)
    return _takes(change) or wrote or (change.is_new and change.verb == "start") or change.changed("status_category")


def _takes(change: Change) -> bool:
    """A person takes the ticket for themselves."""
    owner = change.after.get("owner")
    return change.by.kind == ActorKind.STAFF and owner is not None and owner.pk == change.by.id


def _moves(change: Change) -> dict[str, Any]:
    moved: dict[str, Any] = {}
    for announcement in change.announcements:
        if announcement.name == "ticket.reopened":
            moved["reopened_at"] = change.now
            moved["is_reopened_by_customer"] = any(message.direction == Direction.IN for message in change.messages)
        if announcement.name == "ticket.handed_over":
            before, after = announcement.data["holder"]
            if before == Holder.BOT:
                moved["handed_over_at"] = change.now
            if after in _HELD:
                moved[_HELD[after]] = change.now
        is_task = announcement.name == "ticket.created" and announcement.data.get("parent") is not None
        if announcement.name == "ticket.transferred" or is_task:
            moved |= {"transferred_at": change.now, "taken_over_at": change.now if _takes(change) else None}
    return moved


def _taken_over_at(known: Facts, change: Change) -> datetime | None:
    """When somebody of the team that the ticket was moved to began to work on it, or took it."""
    if known.transferred_at is None or known.taken_over_at is not None or not _is_taken_up(change):
        return known.taken_over_at
    person = change.by.staff
    return change.now if _takes(change) or (person is not None and known.team_id in person.team_ids) else None


def _owner_id(ticket: Ticket, change: Change) -> int | None:
    owner = change.after.get("owner")
    return (owner.pk if owner else None) if "owner" in change.after else ticket.owner_id


def _finished_at(known: Facts, change: Change) -> datetime | None:
    if change.get("status_category") not in FINISHED:
        return None
    return known.finished_at or change.now


def _with_answers(facts: Facts, change: Change) -> Facts:
    for message in change.released:
        if message.is_auto or message.on_release.get("forward"):
            continue
        if message.author_kind in _PEOPLE:
            facts = replace(
                facts,
                first_answer_at=facts.first_answer_at or change.now,
                last_answer_at=change.now,
                waiting_since=None,
                bot_waiting_since=None,
            )
        elif message.author_kind == ActorKind.BOT:
            facts = replace(facts, bot_answered_at=change.now, bot_waiting_since=None)
    return facts


def concerns_clocks(change: Change) -> bool:
    """Whether the change can move a clock; most reading and tagging cannot, and costs nothing then."""
    return bool(
        change.is_new
        or change.messages
        or change.released
        or change.verb in {"merge", "split"}
        or set(change.after) & _FIELDS
        or any(said.name.partition(".")[0] in moving_nouns for said in change.announcements)
    )


_FIELDS = {"kind", "grade", "priority", "status_category", "holder", "team", "owner", "is_spam", "merged_into"}
