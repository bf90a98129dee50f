"""A replay with the policies that were in force finds what the real clocks recorded, whatever happened in whatever order."""

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
from helpdesk.core.errors import Refused
from tests.factories import actor, make_staff
from tests.sla.conftest import HOUR, MONDAY, Desk, everyday
from tests.sla.test_any_sequence import act
from tickets.models import Ticket
from tickets.services.assignment import transfer_ticket
from tickets.services.merging import merge_tickets, split_ticket
from tickets.services.releasing import release_message
from tickets.services.replying import Reply, add_note, reply_to_ticket
from tickets.services.sub_tickets import open_sub_ticket
from tickets.sla.facts import facts_of
from tickets.sla.models import Clock, ClockEvent
from tickets.sla.replay.books import books_in_force
from tickets.sla.replay.loading import pasts_of
from tickets.sla.replay.running import BREACHED, CANCELLED, MET, OPEN, replay
from tickets.sla.replay.timeline import steps_of
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy, order_policies
from tickets.sla.sweep import work_due

pytestmark = pytest.mark.django_db


VERBS = st.sampled_from(
    [
        ("write",),
        ("answer", ""),
        ("answer", "pending"),
        ("answer", "solved"),
        ("later",),
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
        ("policy", 3),
        ("policy", 9),
        ("level", "core"),
        ("level", "ordinary"),
    ]
)
SEQUENCES = st.lists(st.tuples(VERBS, st.integers(1, 40 * HOUR)), min_size=1, max_size=14)


def do(desk: Desk, ticket: Ticket, verb: tuple[Any, ...], now: datetime, policy_id: int) -> None:
    """One verb; `later` is an answer with the time to undo it, which leaves five seconds after."""
    if verb[0] == "later":
        message = reply_to_ticket(ticket.pk, Reply("Soon.", undo=True), by=actor(desk.supervisor))
        leaves = now + timedelta(seconds=5)
        with time.at(leaves):
            release_message(message.pk, now=leaves)
    elif verb[0] == "level":
        from helpdesk.customers.services.editing import edit_customer
        from tickets.sla.services.recomputing import settle_tickets

        edit_customer(ticket.customer_id, by=SYSTEM, level=verb[1])
        settle_tickets([ticket.pk], why="customer")
    else:
        act(desk, ticket, verb, now, policy_id)


def recorded(ids: list[int]) -> Counter[tuple[Any, ...]]:
    """What the ledgers say: each deadline that was missed and each that was met in time, with its moment."""
    found: Counter[tuple[Any, ...]] = Counter()
    lines = ClockEvent.objects.filter(clock__ticket_id__in=ids).order_by("pk")
    for ticket_id, metric, kind, data in lines.values_list("clock__ticket_id", "clock__metric", "kind", "data"):
        if kind == "breached":
            found[ticket_id, metric, BREACHED, datetime.fromisoformat(data["due"])] += 1
        elif kind == "met" and data["in_time"]:
            found[ticket_id, metric, MET, datetime.fromisoformat(data["counted"]["at"])] += 1
    for row in Clock.objects.filter(ticket_id__in=ids, breached_at__isnull=True, state__in=["running", "paused"]):
        found[row.ticket_id, row.metric, OPEN, row.due_at] += 1
    for row in Clock.objects.filter(ticket_id__in=ids, breached_at__isnull=True, state="cancelled"):
        found[row.ticket_id, row.metric, CANCELLED, row.ended_at] += 1
    return found


def replayed(ids: list[int], until: datetime) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    books = books_in_force()
    for past in pasts_of(ids, until):
        for promise in replay(past, books, until):
            moment = promise.due_at if promise.result in {BREACHED, OPEN} else promise.ended_at
            if promise.result == OPEN and promise.due_at is not None and promise.is_paused:
                moment = None
            found[past.row.id, promise.metric, promise.result, moment] += 1
    return found


def agree(ids: list[int], now: datetime) -> None:
    for past in pasts_of(ids, now):
        assert steps_of(past)[-1].facts == facts_of([past.row.id])[past.row.id]
    assert replayed(ids, now) == recorded(ids)


def two_policies(desk: Desk) -> int:
    policy = create_policy(everyday(desk), by=SYSTEM)
    targets = [
        TargetDraft("first_response", desk.office.pk, seconds=6 * HOUR),
        TargetDraft("periodic_update", desk.office.pk, seconds=9 * HOUR),
        TargetDraft("intervention", desk.around.pk, seconds=12 * HOUR),
        TargetDraft("resolution", desk.office.pk, working_days=3),
    ]
    repair = create_policy(PolicyDraft("Repairs", targets, conditions={"kinds": ["repair"]}), by=SYSTEM)
    core = [
        TargetDraft("first_response", desk.around.pk, seconds=HOUR // 2),
        TargetDraft("resolution", desk.around.pk, seconds=HOUR),
    ]
    green = create_policy(PolicyDraft("Core customers", core, conditions={"levels": ["core"]}), by=SYSTEM)
    order_policies([green.pk, repair.pk], by=SYSTEM)
    return policy.pk


@pytest.mark.req("D8", "what-if")
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=SEQUENCES)
def test_replaying_what_was_in_force_gives_what_the_clocks_recorded(desk: Desk, sequence: list[Any]) -> None:
    _agrees_with_what_was_recorded(desk, sequence)


@pytest.mark.verify
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=SEQUENCES)
def test_replaying_many_sequences_gives_what_the_clocks_recorded(desk: Desk, sequence: list[Any]) -> None:
    _agrees_with_what_was_recorded(desk, sequence)


def _agrees_with_what_was_recorded(desk: Desk, sequence: list[Any]) -> None:
    with transaction.atomic():
        with time.at(MONDAY - timedelta(days=30)):
            policy_id = two_policies(desk)
        ticket = desk.arrive(MONDAY)
        now = MONDAY
        for verb, seconds in sequence:
            now += timedelta(seconds=seconds)
            with time.at(now):
                try:
                    with transaction.atomic():
                        do(desk, ticket, verb, now, policy_id)
                except Refused:
                    continue
            now += timedelta(seconds=6)
        work_due(now, 100)
        agree([ticket.pk], now)
        transaction.set_rollback(True)


@pytest.mark.req("D8", "what-if")
def test_a_merged_and_a_split_ticket_are_replayed_as_they_went(desk: Desk) -> None:
    with time.at(MONDAY - timedelta(days=30)):
        two_policies(desk)
    ticket, other = desk.arrive(MONDAY), desk.arrive(MONDAY + timedelta(minutes=10))
    at = MONDAY + timedelta(hours=1)
    with time.at(at):
        reply_to_ticket(other.pk, Reply("Which model?"), by=actor(desk.supervisor))
    desk.write_again(other, at + timedelta(hours=1))
    with time.at(at + timedelta(hours=2)):
        merge_tickets(other.pk, ticket.pk, by=actor(desk.supervisor))
    desk.write_again(ticket, at + timedelta(hours=3))
    last = ticket.messages.order_by("-pk").first()
    assert last is not None
    with time.at(at + timedelta(hours=4)):
        fresh = split_ticket(ticket.pk, [last.pk], subject="Another matter", by=actor(desk.supervisor))
    now = at + timedelta(hours=30)
    work_due(now, 100)
    ids = [ticket.pk, other.pk, fresh.pk]
    for past in pasts_of([ticket.pk, fresh.pk], now):
        assert steps_of(past)[-1].facts == facts_of([past.row.id])[past.row.id]
    assert replayed(ids, now) == recorded(ids)


@pytest.mark.req("D8", "what-if")
def test_a_task_is_replayed_with_its_hand_over_whoever_took_it(desk: Desk) -> None:
    with time.at(MONDAY - timedelta(days=30)):
        targets = [TargetDraft(name, desk.around.pk, seconds=2 * HOUR) for name in ("handover", "intervention")]
        create_policy(PolicyDraft("Tasks", targets), by=SYSTEM)
    parent, finn = desk.arrive(MONDAY), make_staff("finn", teams=(desk.team, desk.other))
    with time.at(MONDAY + timedelta(hours=1)):
        given = open_sub_ticket(parent.pk, team=desk.other, subject="Pay back", owner=finn, by=actor(desk.agent))
        taken = open_sub_ticket(parent.pk, team=desk.other, subject="Call", owner=finn, by=actor(finn))
        waiting = open_sub_ticket(parent.pk, team=desk.other, subject="Look", text="Soon", by=actor(desk.agent))
    with time.at(MONDAY + timedelta(hours=2)):
        add_note(given.pk, "I pay it today.", by=actor(finn))
        transfer_ticket(parent.pk, team=desk.other, owner=finn, by=actor(desk.supervisor), note="Yours")
    agree([parent.pk, given.pk, taken.pk, waiting.pk], MONDAY + timedelta(hours=2))
