"""Thousands of tickets with their messages, events, clocks and ledgers, written as the verbs would have, but in bulk."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from helpdesk.core.models import Event
from tests.sla.conftest import HOUR, Desk
from tickets.models import Message, Ticket
from tickets.sla.models import Clock, ClockEvent, Policy, Target
from tickets.sla.services.writing import COLUMNS, plain

ALLOWED = 4 * HOUR


def write_past(desk: Desk, policy: Policy, pattern: Ticket, number: int, start: datetime, seed: int = 1) -> None:
    """So many first responses, one every half hour from `start`. What nobody owns is missed in 7 cases of 10, what somebody
    owns in 1 of 10; each ticket is answered at the same share of its time whoever owns it, or five hours after its opening."""
    draw = random.Random(seed)
    plans = [
        (start + timedelta(minutes=30 * nth), owned := draw.random() < 0.5, _answer(draw, owned))
        for nth in range(number)
    ]
    tickets = Ticket.objects.bulk_create(_ticket(desk, pattern, *plan) for plan in plans)
    messages = Message.objects.bulk_create(
        message for ticket, plan in zip(tickets, plans, strict=True) for message in _messages(pattern, ticket, plan)
    )
    Event.objects.bulk_create(
        event
        for nth, (ticket, plan) in enumerate(zip(tickets, plans, strict=True))
        for event in _events(desk, ticket, plan, *messages[2 * nth : 2 * nth + 2])
    )
    target = Target.objects.filter(version__policy=policy, metric="first_response", priorities=[]).latest("pk")
    clocks = Clock.objects.bulk_create(
        _clock(ticket, plan, target) for ticket, plan in zip(tickets, plans, strict=True)
    )
    ClockEvent.objects.bulk_create(
        line for clock, plan in zip(clocks, plans, strict=True) for line in _ledger(clock, plan)
    )


Plan = tuple[datetime, bool, timedelta]


def _answer(draw: random.Random, owned: bool) -> timedelta:
    if draw.random() < (0.1 if owned else 0.7):
        return timedelta(hours=5)
    return timedelta(seconds=ALLOWED * draw.uniform(0.02, 0.98))


def _ticket(desk: Desk, pattern: Ticket, at: datetime, owned: bool, answer: timedelta) -> Ticket:
    return Ticket(
        subject="Made up", status=pattern.status, status_category="open", team=pattern.team, account=pattern.account,
        channel_kind=pattern.channel_kind, customer=pattern.customer, created_at=at, updated_at=at, last_activity_at=at + answer,
        owner=desk.agent if owned else None, holder="agent" if owned else "queue", message_count=2,
    )  # fmt: skip


def _messages(pattern: Ticket, ticket: Ticket, plan: Plan) -> list[Message]:
    at, _owned, answer = plan
    common: dict[str, Any] = {
        "ticket": ticket,
        "account": pattern.account,
        "channel_kind": pattern.channel_kind,
        "text": "…",
    }
    return [
        Message(direction="in", author_kind="customer", author_id=pattern.customer_id, created_at=at, **common),
        Message(direction="out", author_kind="staff", author_id=1, created_at=at + answer, release_at=at + answer,
                released_at=at + answer, **common),
    ]  # fmt: skip


def _events(desk: Desk, ticket: Ticket, plan: Plan, asked: Message, answered: Message) -> list[Event]:
    at, owned, answer = plan

    def event(name: str, moment: datetime, actor: tuple[str, int | None], **data: Any) -> Event:
        return Event(name=name, subject_kind="ticket", subject_id=ticket.pk, ticket_id=ticket.pk, actor_kind=actor[0],
                     actor_id=actor[1], at=moment, data=data)  # fmt: skip

    nobody, person = ("system", None), ("staff", desk.supervisor.pk)
    found = [
        event("ticket.created", at, nobody, team=ticket.team_id),
        event("message.received", at, nobody, message=asked.pk),
    ]
    if owned:
        found.append(event("ticket.assigned", at, nobody, owner=[None, desk.agent.pk]))
        found.append(event("ticket.handed_over", at, nobody, holder=["queue", "agent"]))
    return [
        *found,
        event("message.written", at + answer, person, message=answered.pk),
        event("message.released", at + answer, person, message=answered.pk),
    ]


def _clock(ticket: Ticket, plan: Plan, target: Target) -> Clock:
    at, _owned, answer = plan
    due = at + timedelta(seconds=ALLOWED)
    return Clock(
        ticket=ticket, subject_id=ticket.pk, metric="first_response", policy_version_id=target.version_id, target=target,
        state="met", started_at=at, spent_seconds=int(answer.total_seconds()), length_seconds=ALLOWED,
        calendar_version=target.calendar.version, due_at=due, ended_at=at + answer,
        breached_at=due if at + answer >= due else None,
    )  # fmt: skip


def _ledger(clock: Clock, plan: Plan) -> list[ClockEvent]:
    at, _owned, _answer = plan
    ended = {name: plain(getattr(clock, name)) for name in COLUMNS}
    began = {
        **ended,
        "state": "running",
        "resumed_at": plain(at),
        "spent_seconds": 0,
        "ended_at": None,
        "breached_at": None,
    }
    lines = [
        ClockEvent(clock=clock, at=at, kind="applied"),
        ClockEvent(clock=clock, at=at, kind="started", data={"row": began}),
    ]
    if clock.breached_at is not None:
        row = {"breached_at": plain(clock.breached_at)}
        lines.append(ClockEvent(clock=clock, at=clock.breached_at, kind="breached", data={"row": row}))
    last = {"state": "met", "ended_at": ended["ended_at"], "resumed_at": None}
    return [*lines, ClockEvent(clock=clock, at=clock.ended_at, kind="met", data={"row": last})]
