"""The matcher: the one place that offers tickets to people and hands them over.

A batch is one transaction. It locks tickets by the rank of their queue rows (`SKIP LOCKED`, so several matchers never
wait for each other here), then their queue rows, then the agents it thought of, in the order of their ids; under those
locks it counts again what each agent carries and whether they are there. Nothing else raises an agent's load without
their own hand, so no capacity is ever exceeded. Lock order as everywhere: tickets → agent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.events import Announcement, announce_all
from tickets.labels import default_label
from tickets.models import StatusCategory, Ticket
from tickets.routing.calc import Candidate, Reason, Waiting, choose, reasons_for, why_not
from tickets.routing.models import Offer, OfferState, QueueSettings
from tickets.routing.selectors.floor import people_of
from tickets.routing.selectors.waiting import Group, Row, groups_of, knowing, matched_queues
from tickets.routing.services.placing import push_offers
from tickets.services.assignment import set_owner
from tickets.services.changing import Change, write_all
from tickets.services.status import move_status

log = logging.getLogger(__name__)

BATCH = 50
# A ticket that everybody in question was asked about is looked at again after this, or when somebody comes.
REST = timedelta(seconds=15)


@dataclass
class Pick:
    """A ticket and the person it is for."""

    waiting: Waiting
    person: Candidate
    reasons: list[Reason]


@dataclass
class Floor:
    """The people of some teams while a batch is made; loads rise as it gives."""

    queues: Mapping[int, QueueSettings]
    people: dict[int, Candidate]
    _fitting: dict[tuple[int, str, str], list[Candidate]] = field(default_factory=dict)

    def fitting(self, group: Group) -> list[Candidate]:
        """Who comes into question for the group's rows, were it not for who was asked already."""
        key = (group.team_id, group.load_kind, group.needs_key)
        if key not in self._fitting:
            waiting = group.waiting()
            self._fitting[key] = [person for person in self.people.values() if not why_not(waiting, person)]
        return self._fitting[key]

    def room(self, group: Group) -> int:
        return sum(max(0, person.room(group.load_kind)) for person in self.fitting(group))

    def pick(self, waiting: Waiting, group: Group) -> Pick | None:
        """The best person for a row; takes the place at once, so that the next row sees it."""
        strategy = self.queues[waiting.team_id].strategy
        person = choose(waiting, self.fitting(group), strategy)
        if person is None:
            return None
        return Pick(waiting, person, reasons_for(waiting, person, strategy))

    def take(self, pick: Pick, now: datetime) -> None:
        kind = pick.waiting.load_kind
        pick.person.used[kind] = pick.person.used.get(kind, 0) + 1
        pick.person.given_at = now


def match_batch(now: datetime, limit: int = BATCH) -> int:
    """Give up to `limit` waiting tickets to people; returns how many rows it worked on (0: nothing fits any more)."""
    queues = matched_queues()
    groups = groups_of(queues) if queues else []
    if not groups:
        return 0
    team_ids = {group.team_id for group in groups}
    floor = Floor(queues, {person.id: person for person in people_of(now=now, team_ids=team_ids)})
    wanted = [(group, min(limit, room)) for group in groups if (room := floor.room(group)) > 0]
    if not wanted:
        return 0
    with transaction.atomic():
        rows = lock_rows(wanted, now, min(limit, BATCH))
        if not rows:
            return 0
        picks, left = _pick(rows, floor, now)
        picks = _confirmed(picks, queues, now)
        _rest(left, now)
        _give(picks, queues, now)
    return len(picks) + len(left)


def _pick(rows: Sequence[Row], floor: Floor, now: datetime) -> tuple[list[Pick], list[int]]:
    """For each row by rank the person who fits; and the tickets that everybody in question was asked about lately."""
    picks, left = [], []
    for row, waiting in zip(rows, knowing(rows, now), strict=True):
        group = Group(row.team_id, row.load_kind, row.needs_key)
        pick = floor.pick(waiting, group)
        if pick is not None:
            floor.take(pick, now)
            picks.append(pick)
        elif waiting.asked:
            left.append(row.ticket_id)
    return picks, left


def _confirmed(picks: Sequence[Pick], queues: Mapping[int, QueueSettings], now: datetime) -> list[Pick]:
    """Lock the agents and look again: who left or filled up in the meantime gets nothing, the row is tried again."""
    people = lock_agents([pick.person.id for pick in picks], now)
    kept = []
    for pick in picks:
        person = people.get(pick.person.id)
        if person is None or why_not(pick.waiting, person):
            continue
        strategy = queues[pick.waiting.team_id].strategy
        kept.append(Pick(pick.waiting, person, reasons_for(pick.waiting, person, strategy)))
        person.used[pick.waiting.load_kind] = person.used.get(pick.waiting.load_kind, 0) + 1
    return kept


def lock_agents(staff_ids: Iterable[int], now: datetime) -> dict[int, Candidate]:
    """Lock these people in the order of their ids and read, under the locks, what they carry and whether they are there."""
    ids = sorted(set(staff_ids))
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_staff WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    return {person.id: person for person in people_of(now=now, staff_ids=ids)}


def lock_rows(wanted: Sequence[tuple[Group, int]], now: datetime, limit: int) -> list[Row]:
    """Lock the best rows of these groups that nobody else works on, tickets first; in the order of their rank."""
    found: list[int] = []
    for group, room in wanted:
        found += _lock_tickets(group, now, room)
    if not found:
        return []
    with connection.cursor() as cursor:
        # A row may have changed since it was found; only what is still so under the ticket's lock counts.
        cursor.execute(
            """SELECT q.ticket_id, t.customer_id, q.team_id, q.load_kind, q.lane, q.needs_key, q.urgency, q.due_at, q.entered_at
               FROM routing_queueentry q JOIN tickets_ticket t ON t.id = q.ticket_id
               WHERE q.ticket_id = ANY(%s) AND q.is_ready AND q.offered_until IS NULL AND t.holder = 'queue'
               FOR NO KEY UPDATE OF q SKIP LOCKED""",
            [found],
        )
        rows = [
            Row(
                ticket, customer, team, kind, lane, needs, (lane, urgency, due is None, due or entered, entered, ticket)
            )
            for ticket, customer, team, kind, lane, needs, urgency, due, entered in cursor.fetchall()
        ]
    return sorted(rows, key=lambda row: row.rank)[:limit]


def _lock_tickets(group: Group, now: datetime, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT q.ticket_id FROM routing_queueentry q JOIN tickets_ticket t ON t.id = q.ticket_id
               WHERE q.team_id = %s AND q.load_kind = %s AND q.needs_key = %s AND q.is_ready AND q.offered_until IS NULL
                 AND q.not_before <= %s
               ORDER BY q.lane, q.urgency, q.due_at, q.entered_at, q.ticket_id LIMIT %s
               FOR NO KEY UPDATE OF t SKIP LOCKED""",
            [group.team_id, group.load_kind, group.needs_key, now, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def _rest(ticket_ids: Sequence[int], now: datetime) -> None:
    """Nobody is left for these for the moment."""
    if ticket_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE routing_queueentry SET not_before = %s WHERE ticket_id = ANY(%s)",
                [now + REST, list(ticket_ids)],
            )


def _give(picks: Sequence[Pick], queues: Mapping[int, QueueSettings], now: datetime) -> None:
    """Offer, or hand over where the queue asks nobody."""
    offered = [pick for pick in picks if not queues[pick.waiting.team_id].is_direct]
    given = [pick for pick in picks if queues[pick.waiting.team_id].is_direct]
    offer_tickets(offered, queues, now)
    hand_over(given, now, state=OfferState.GIVEN)
    note_turns([pick.person.id for pick in picks], now)


def offer_tickets(picks: Sequence[Pick], queues: Mapping[int, QueueSettings], now: datetime) -> None:
    """Put each ticket before its person for the queue's time; announces ticket.offered. Four statements for all of them."""
    if not picks:
        return
    offers = Offer.objects.bulk_create(
        Offer(
            ticket_id=pick.waiting.ticket_id,
            staff_id=pick.person.id,
            load_kind=pick.waiting.load_kind,
            reasons=pick.reasons,
            offered_at=now,
            expires_at=now + timedelta(seconds=queues[pick.waiting.team_id].offer_seconds),
        )
        for pick in picks
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE routing_queueentry q SET offered_until = o.expires_at FROM routing_offer o
               WHERE o.id = ANY(%s) AND q.ticket_id = o.ticket_id""",
            [[offer.pk for offer in offers]],
        )
    tell_offers("ticket.offered", offers, now, seconds=lambda offer: int((offer.expires_at - now).total_seconds()))
    people = [offer.staff_id for offer in offers]
    transaction.on_commit(lambda: push_offers(people))


def tell_offers(name: str, offers: Sequence[Offer], now: datetime, **more: Any) -> None:
    """One event for each offer; ids and codes only."""
    customers = dict(Ticket.objects.filter(pk__in=[o.ticket_id for o in offers]).values_list("pk", "customer_id"))
    announce_all(
        [
            Announcement(
                name,
                "ticket",
                offer.ticket_id,
                offer.ticket_id,
                customers.get(offer.ticket_id),
                {
                    "offer": offer.pk,
                    "staff": offer.staff_id,
                    "why": [reason["code"] for reason in offer.reasons],
                    **{key: value(offer) for key, value in more.items()},
                },
            )
            for offer in offers
        ],
        by=SYSTEM,
        at=now,
    )


def hand_over(picks: Sequence[Pick], now: datetime, *, state: str, by: Actor = SYSTEM) -> None:
    """Make each person the owner of their ticket, by the rules of assigning; announces ticket.assigned with `by: matcher`.

    The caller holds the tickets and the people locked. The rules of each ticket (clocks, versions, events) run for each; queue
    rows, clocks, reasons and events are written for all at once.
    """
    if not picks:
        return
    ids = [pick.waiting.ticket_id for pick in picks]
    tickets = {row.pk: row for row in Ticket.objects.filter(pk__in=ids)}
    people = {row.pk: row for row in Staff.objects.filter(pk__in={pick.person.id for pick in picks})}
    teams = {row.pk: row for row in Team.objects.filter(pk__in={ticket.team_id for ticket in tickets.values()})}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM routing_queueentry WHERE ticket_id = ANY(%s)", [ids])
    opened, changes = default_label(StatusCategory.OPEN), []
    for pick in picks:
        ticket, staff = tickets[pick.waiting.ticket_id], people[pick.person.id]
        ticket.team = teams[ticket.team_id]
        # known from the same lock: asking again for each ticket would cost a query
        staff.__dict__["team_ids"] = sorted(pick.person.team_ids)
        change = Change(ticket, "match", by, now)
        if ticket.status_category == StatusCategory.NEW:
            move_status(change, StatusCategory.OPEN, label=opened)
        set_owner(change, staff)
        _explain(change, pick)
        changes.append(change)
    write_all(changes)
    Offer.objects.bulk_create(
        Offer(
            ticket_id=pick.waiting.ticket_id,
            staff_id=pick.person.id,
            load_kind=pick.waiting.load_kind,
            state=state,
            reasons=pick.reasons,
            offered_at=now,
            ended_at=now,
        )
        for pick in picks
    )


def _explain(change: Change, pick: Pick) -> None:
    for announcement in change.announcements:
        if announcement.name == "ticket.assigned":
            announcement.data.update(by="matcher", why=[reason["code"] for reason in pick.reasons])


def note_turns(staff_ids: Sequence[int], now: datetime) -> None:
    """These people have just been given something; the caller holds them locked."""
    if staff_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO routing_turn (staff_id, given_at) SELECT id, %s FROM unnest(%s::bigint[]) AS one(id) ORDER BY id
                   ON CONFLICT (staff_id) DO UPDATE SET given_at = EXCLUDED.given_at""",
                [now, sorted(set(staff_ids))],
            )
