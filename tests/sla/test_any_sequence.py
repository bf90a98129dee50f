"""Whatever happens to a ticket in whatever order: one open clock for each promise, a ledger that tells the row, deadlines
that are what the calendar says, and nothing missing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.calendars.services import set_day
from helpdesk.core.errors import Refused
from tests.factories import actor
from tests.sla.conftest import HOUR, MONDAY, Desk, everyday
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.replying import Reply, add_note, reply_to_ticket
from tickets.services.status import set_status
from tickets.sla.book import rule_from
from tickets.sla.calc import due_of, replay
from tickets.sla.models import Clock, ClockState, ClockStep, Target
from tickets.sla.services.clocks import next_moments
from tickets.sla.services.missing import find_faults
from tickets.sla.services.policies import PolicyDraft, TargetDraft, change_policy, create_policy, order_policies
from tickets.sla.services.recomputing import settle_tickets
from tickets.sla.services.writing import row_of, with_fired
from tickets.sla.sweep import work_due

pytestmark = pytest.mark.django_db

VERBS = st.sampled_from(
    [
        ("write",),
        ("answer", ""),
        ("answer", "pending"),
        ("answer", "solved"),
        ("note",),
        ("priority", "urgent"),
        ("priority", "low"),
        ("kind", "repair"),
        ("kind", "other"),
        ("team", "other"),
        ("team", "team"),
        ("take",),
        ("status", "on_hold"),
        ("status", "open"),
        ("status", "solved"),
        ("spam", True),
        ("spam", False),
        ("sweep",),
        ("holiday",),
        ("policy", 3),
        ("policy", 9),
    ]
)
SEQUENCES = st.lists(st.tuples(VERBS, st.integers(1, 40 * HOUR)), min_size=1, max_size=14)


def act(desk: Desk, ticket: Ticket, verb: tuple[Any, ...], now: datetime, policy_id: int) -> None:
    name, argument = verb[0], verb[-1]
    person = actor(desk.agent)
    if name == "write":
        desk.write_again(ticket, now)
    elif name == "answer":
        reply_to_ticket(ticket.pk, Reply("We look into it.", status=argument), by=actor(desk.supervisor))
    elif name == "note":
        add_note(ticket.pk, "Seen", by=actor(desk.supervisor))
    elif name in {"priority", "kind"}:
        edit_ticket(ticket.pk, by=SYSTEM, **{name: argument})
    elif name == "team":
        transfer_ticket(ticket.pk, team=getattr(desk, argument), by=SYSTEM)
    elif name == "take":
        assign_ticket(ticket.pk, to=desk.agent, by=person)
    elif name == "status":
        set_status(ticket.pk, argument, by=SYSTEM)
    elif name == "spam":
        mark_spam(ticket.pk, is_spam=argument, by=SYSTEM)
    elif name == "sweep":
        work_due(now, 100)
    elif name == "holiday":
        set_day(desk.office.pk, (now + timedelta(days=1)).date(), kind="holiday", by=SYSTEM)
        settle_tickets([ticket.pk], why="calendar")
    elif name == "policy":
        change_policy(policy_id, everyday(desk, hours=argument), by=SYSTEM)
        settle_tickets([ticket.pk], why="policy")


def check(ticket: Ticket) -> None:
    clocks = list(with_fired(Clock.objects.filter(ticket=ticket)).order_by("pk"))
    open_ones = Counter((clock.metric, clock.subject_kind, clock.subject_id) for clock in clocks if clock.is_open)
    assert not [key for key, number in open_ones.items() if number > 1]
    for clock in clocks:
        lines = list(clock.ledger.order_by("pk").values_list("data", flat=True))
        assert replay(lines) == row_of(clock), clock
        if clock.state == ClockState.RUNNING:
            check_deadline(clock)
        else:
            assert clock.next_fire_at is None
    assert find_faults([ticket.pk]) == ({}, {})


def check_deadline(clock: Clock) -> None:
    target = Target.objects.get(pk=clock.target_id)
    hours, rule = working_time(target.calendar), rule_from(target)
    assert clock.resumed_at is not None
    left = clock.length_seconds - clock.spent_seconds
    due = due_of(hours, clock.started_at, clock.resumed_at, left, ends_at_closing=rule.ends_at_closing)
    assert clock.due_at == due
    assert due >= clock.started_at
    assert clock.next_fire_at == next_moments(clock, rule, hours)[0]


@pytest.mark.req("D4", "what happened before stays on record")
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=SEQUENCES)
def test_any_sequence_of_verbs_leaves_clocks_that_their_ledgers_explain(desk: Desk, sequence: list[Any]) -> None:
    _leaves_explained_clocks(desk, sequence)


@pytest.mark.verify
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=SEQUENCES)
def test_many_sequences_of_verbs_leave_clocks_that_their_ledgers_explain(desk: Desk, sequence: list[Any]) -> None:
    _leaves_explained_clocks(desk, sequence)


def _leaves_explained_clocks(desk: Desk, sequence: list[Any]) -> None:
    with transaction.atomic():
        policy = create_policy(everyday(desk), by=SYSTEM)
        targets = [
            TargetDraft("first_response", desk.office.pk, seconds=6 * HOUR),
            TargetDraft("periodic_update", desk.office.pk, seconds=9 * HOUR),
            TargetDraft("intervention", desk.around.pk, seconds=12 * HOUR),
            TargetDraft("resolution", desk.office.pk, working_days=3),
        ]
        repair = create_policy(PolicyDraft("Repairs", targets, conditions={"kinds": ["repair"]}), by=SYSTEM)
        order_policies([repair.pk], by=SYSTEM)
        ticket = desk.arrive(MONDAY)
        now = MONDAY
        for verb, seconds in sequence:
            now += timedelta(seconds=seconds)
            with time.at(now):
                try:
                    with transaction.atomic():
                        act(desk, ticket, verb, now, policy.pk)
                except Refused:
                    continue
                check(ticket)
        steps = Counter(ClockStep.objects.values_list("clock", "generation", "step"))
        assert not [key for key, number in steps.items() if number > 1]
        transaction.set_rollback(True)
