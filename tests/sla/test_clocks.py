"""Clocks in the verbs: when they start, stand still, go on, are met, computed anew and ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from tests.factories import actor, make_account, make_arrival
from tests.sla.conftest import HOUR, MONDAY, Desk, after, clock_of, everyday
from tickets.history import history_of
from tickets.intake.services import receive
from tickets.models import Holder, Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.changing import changing
from tickets.services.holding import hold
from tickets.services.merging import merge_tickets
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.releasing import release_message
from tickets.services.replying import Reply, add_note, forward_ticket, reply_to_ticket
from tickets.services.status import set_status
from tickets.sla.explaining import explain_clock
from tickets.sla.models import Clock, ClockEvent, ClockState, Policy
from tickets.sla.services.policies import TargetDraft, change_policy, create_policy, order_policies
from tickets.sla.sweep import work_due

pytestmark = pytest.mark.django_db


def answer(desk: Desk, ticket: Ticket, at: datetime, **fields: object) -> None:
    with time.at(at):
        reply_to_ticket(ticket.pk, Reply("We look into it.", **fields), by=actor(desk.agent))  # type: ignore[arg-type]


def kinds(clock: Clock) -> list[str]:
    return list(ClockEvent.objects.filter(clock=clock).order_by("pk").values_list("kind", flat=True))


# --- Starting and meeting --------------------------------------------------------------------------------------------
@pytest.mark.req("D2", "targets by metric")
def test_an_arriving_mail_starts_the_clocks_of_the_first_policy_that_fits(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    first, solving = clock_of(ticket, "first_response"), clock_of(ticket, "resolution")
    assert (first.due_at, first.state) == (after(4), ClockState.RUNNING)
    # 24 working hours from Monday 10:00: 7 + 8 + 8 leave one for Thursday
    assert solving.due_at == MONDAY + timedelta(days=3)
    assert first.next_fire_at == after(2)
    assert kinds(first) == ["applied", "started"]
    assert not Clock.objects.filter(metric="next_response").exists()


def test_opening_a_ticket_costs_three_statements_more(desk: Desk, policy: Policy) -> None:
    desk.arrive(MONDAY)

    def cost() -> int:
        arrival = make_arrival(make_account(team=desk.team))
        with CaptureQueriesContext(connection) as counted:
            receive(arrival, by=SYSTEM)
        return sum("sla_" in query["sql"] for query in counted.captured_queries)

    assert cost() == 3


def test_a_change_that_moves_no_clock_asks_nothing_about_clocks(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with CaptureQueriesContext(connection) as counted:
        edit_ticket(ticket.pk, by=SYSTEM, tags=["washer"])
    assert not [query["sql"] for query in counted.captured_queries if "sla_" in query["sql"]]


def test_an_answer_costs_few_statements_however_long_the_conversation(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)

    def cost() -> int:
        desk.write_again(ticket, after(2))
        with CaptureQueriesContext(connection) as counted:
            answer(desk, ticket, after(3))
        return sum("sla_" in query["sql"] or "LATERAL" in query["sql"] for query in counted.captured_queries)

    few = cost()
    for _ in range(10):
        desk.write_again(ticket, after(4))
    assert cost() <= few <= 6


@pytest.mark.req("D2", "targets by metric")
def test_only_a_released_public_answer_of_a_person_meets_the_first_response(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(1)):
        add_note(ticket.pk, "Who knows E21?", by=actor(desk.agent))
        forward_ticket(ticket.pk, Reply("Please look", to=[("", "maker@outside.example")]), by=actor(desk.agent))
        message = reply_to_ticket(ticket.pk, Reply("Hello", undo=True), by=actor(desk.agent))
    assert clock_of(ticket, "first_response").state == ClockState.RUNNING
    release_message(message.pk, now=after(1) + timedelta(seconds=5))
    met = clock_of(ticket, "first_response")
    assert (met.state, met.ended_at) == (ClockState.MET, after(1) + timedelta(seconds=5))
    assert met.spent_seconds == HOUR + 5
    assert Event.objects.filter(name="clock.met", ticket_id=ticket.pk).count() == 1


@pytest.mark.req("D2", "targets by metric")
def test_a_further_message_starts_the_next_response_at_the_first_unanswered_one(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    answer(desk, ticket, after(1))
    desk.write_again(ticket, after(2))
    desk.write_again(ticket, after(3))
    running = clock_of(ticket, "next_response")
    assert (running.started_at, running.due_at) == (after(2), after(4))
    answer(desk, ticket, after(3.5))
    assert clock_of(ticket, "next_response").state == ClockState.MET
    desk.write_again(ticket, after(5))
    assert clock_of(ticket, "next_response").pk != running.pk
    assert Clock.objects.filter(ticket=ticket, metric="first_response").count() == 1


@pytest.mark.req("D4", "what happened before stays on record")
def test_an_answer_after_the_deadline_records_the_breach_though_no_sweep_ran(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    answer(desk, ticket, after(5))
    met = clock_of(ticket, "first_response")
    assert (met.state, met.breached_at) == (ClockState.MET, after(4))
    assert kinds(met) == ["applied", "started", "breached", "met"]
    assert list(met.fired.values_list("step", flat=True)) == ["breach"]


# --- Pausing ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("D4", "pause and resume")
def test_waiting_for_the_customer_stops_the_resolution_and_their_answer_lets_it_go_on(
    desk: Desk, policy: Policy
) -> None:
    ticket = desk.arrive(MONDAY)
    answer(desk, ticket, after(1), status="pending")
    paused = clock_of(ticket, "resolution")
    assert (paused.state, paused.due_at, paused.remaining_seconds) == (ClockState.PAUSED, None, 23 * HOUR)
    desk.write_again(ticket, MONDAY + timedelta(days=7))
    resumed = clock_of(ticket, "resolution")
    assert resumed.state == ClockState.RUNNING
    # 23 h from Monday 10:00: 7 + 8 + 8 end with Wednesday's closing
    assert resumed.due_at == MONDAY + timedelta(days=9, hours=8)
    assert kinds(resumed) == ["applied", "started", "paused", "resumed"]


@pytest.mark.req("D4", "recomputed")
def test_a_new_priority_brings_another_target_and_what_passed_stays_counted(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(0.5)):
        edit_ticket(ticket.pk, by=SYSTEM, priority="urgent")
    shorter = clock_of(ticket, "first_response")
    assert (shorter.due_at, shorter.length_seconds) == (after(1), HOUR)
    line = ClockEvent.objects.get(clock=shorter, kind="recomputed")
    assert line.data["why"] == "priority"
    assert line.data["due"] == [moment.astimezone(UTC).isoformat() for moment in (after(4), after(1))]


@pytest.mark.req("D4", "what happened before stays on record")
def test_a_deadline_moved_back_into_the_future_gets_a_ladder_of_its_own(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(MONDAY):
        edit_ticket(ticket.pk, by=SYSTEM, priority="urgent")
    with time.at(after(2)):
        edit_ticket(ticket.pk, by=SYSTEM, priority="low")
    longer = clock_of(ticket, "first_response")
    assert (longer.generation, longer.breached_at, longer.due_at) == (2, None, after(4))
    assert "breached" in kinds(longer)


@pytest.mark.req("D4", "recomputed")
def test_moving_to_a_team_with_a_policy_of_its_own_applies_that_one(desk: Desk, policy: Policy) -> None:
    finance = create_policy(everyday(desk, name="Finance", hours=8, conditions={"teams": [desk.other.pk]}), by=SYSTEM)
    order_policies([finance.pk], by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    assert clock_of(ticket, "first_response").due_at == after(4)
    with time.at(after(1)):
        transfer_ticket(ticket.pk, team=desk.other, by=SYSTEM)
    moved = clock_of(ticket, "first_response")
    assert (moved.due_at, moved.policy_version.policy_id) == (after(8), finance.pk)


# --- Ending and starting again ---------------------------------------------------------------------------------------
@pytest.mark.req("D2", "targets by metric")
def test_solving_meets_the_resolution_and_cancels_the_rest(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(1)):
        set_status(ticket.pk, "solved", by=SYSTEM)
    assert clock_of(ticket, "resolution").state == ClockState.MET
    assert clock_of(ticket, "first_response").state == ClockState.CANCELLED


def test_a_customer_who_comes_back_starts_new_time_and_a_solving_by_mistake_does_not(
    desk: Desk, policy: Policy
) -> None:
    ticket = desk.arrive(MONDAY)
    for at, status in ((1, "solved"), (2, "open")):
        with time.at(after(at)):
            set_status(ticket.pk, status, by=actor(desk.lead))
    again = clock_of(ticket, "resolution")
    assert (again.started_at, again.spent_seconds) == (after(2), HOUR)
    with time.at(after(3)):
        set_status(ticket.pk, "solved", by=SYSTEM)
    desk.write_again(ticket, after(24))
    fresh = clock_of(ticket, "resolution")
    assert (fresh.started_at, fresh.spent_seconds, fresh.state) == (after(24), 0, ClockState.RUNNING)
    assert clock_of(ticket, "first_response").started_at == after(24)


def test_spam_has_no_clocks_and_what_was_no_spam_has_waited_since_it_came(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(1)):
        mark_spam(ticket.pk, is_spam=True, by=SYSTEM)
    assert not Clock.objects.filter(ticket=ticket, state="running").exists()
    with time.at(after(2)):
        mark_spam(ticket.pk, is_spam=False, by=SYSTEM)
    assert clock_of(ticket, "first_response").due_at == after(4)


def test_a_merged_ticket_leaves_its_unanswered_question_to_the_other(desk: Desk, policy: Policy) -> None:
    first, second = desk.arrive(MONDAY), desk.arrive(after(1))
    answer(desk, first, after(2))
    with time.at(after(3)):
        merge_tickets(second.pk, first.pk, by=SYSTEM)
    assert {clock.state for clock in Clock.objects.filter(ticket=second)} == {ClockState.CANCELLED}
    desk.write_again(first, after(4))
    assert clock_of(first, "next_response").started_at == after(4)


@pytest.mark.req("D2", "targets by metric")
def test_while_the_bot_holds_the_ticket_only_its_clock_runs_and_people_start_at_the_hand_over(
    desk: Desk, policy: Policy
) -> None:
    draft = everyday(desk, name="Bot", conditions={"holders": ["bot"]})
    bot = create_policy(
        draft.__class__("Bot", [TargetDraft("bot_response", desk.around.pk, seconds=10)], conditions=draft.conditions),
        by=SYSTEM,
    )
    order_policies([bot.pk], by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    with time.at(after(0.1)):
        set_status(ticket.pk, "solved", by=SYSTEM)
    Ticket.objects.filter(pk=ticket.pk).update(holder=Holder.NOBODY)
    with time.at(after(1)), changing(ticket.pk, "to_bot", by=SYSTEM, permission=None) as change:
        from tickets.services.status import move_status

        hold(change, Holder.BOT)
        move_status(change, "open")
        change.set(holder=str(Holder.BOT))
    running = Clock.objects.filter(ticket=ticket, state="running")
    assert [clock.metric for clock in running] == ["bot_response"]
    with time.at(after(2)), changing(ticket.pk, "hand_over", by=SYSTEM, permission=None) as change:
        hold(change, Holder.QUEUE)
    assert {clock.metric: clock.started_at for clock in running.all()} == {
        "first_response": after(2),
        "resolution": after(2),
    }


@pytest.mark.req("D2", "targets by metric")
def test_an_intervention_is_met_by_the_first_act_of_a_person(desk: Desk) -> None:
    draft = everyday(desk)
    create_policy(draft.__class__("Taking up", [TargetDraft("intervention", desk.around.pk, seconds=HOUR)]), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    with time.at(after(0.2)):
        assign_ticket(ticket.pk, to=desk.agent, by=SYSTEM)
    assert clock_of(ticket, "intervention").state == ClockState.RUNNING
    with time.at(after(0.5)):
        add_note(ticket.pk, "I call them.", by=actor(desk.agent))
    assert clock_of(ticket, "intervention").state == ClockState.MET


@pytest.mark.req("D2", "targets by metric")
def test_a_periodic_update_goes_round_by_round(desk: Desk) -> None:
    draft = everyday(desk)
    create_policy(draft.__class__("Updates", [TargetDraft("periodic_update", desk.around.pk, seconds=HOUR)]), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    assert not Clock.objects.exists()
    answer(desk, ticket, after(1))
    answer(desk, ticket, after(1.5))
    running = clock_of(ticket, "periodic_update")
    assert (running.generation, running.due_at) == (2, after(2.5))
    assert kinds(running) == ["applied", "started", "met", "started"]


# --- Targets in days, and the words ----------------------------------------------------------------------------------
@pytest.mark.req("D2", "targets by metric")
def test_a_target_in_days_ends_at_closing_time_also_after_a_pause(desk: Desk) -> None:
    draft = everyday(desk)
    create_policy(draft.__class__("Days", [TargetDraft("resolution", desk.office.pk, working_days=3)]), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    assert clock_of(ticket, "resolution").due_at == MONDAY + timedelta(days=3, hours=8)
    answer(desk, ticket, after(1), status="pending")
    desk.write_again(ticket, after(25))
    assert clock_of(ticket, "resolution").due_at == MONDAY + timedelta(days=4, hours=8)


@pytest.mark.req("D4", "what happened before stays on record")
def test_a_clock_explains_itself_in_both_languages(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    answer(desk, ticket, after(1), status="pending")
    desk.write_again(ticket, after(24))
    clock = clock_of(ticket, "resolution")
    with translation.override("en"):
        told = explain_clock(clock)
        assert "24 h" in told.promise
        assert "“Everyday”" in told.promise
        assert len(told.history) == 3
        assert "Waiting for customer" in told.history[1]
        assert sum(line.counts for line in told.arithmetic) >= 3
        assert "23 h" in told.outcome
    with translation.override("zh-hans"):
        told = explain_clock(clock)
        assert "“Everyday”（第 1 版）" in told.promise
        assert "23 小时" in told.outcome
        assert "等待客户" in told.history[1]


def test_a_clock_of_a_metric_that_no_room_measures_any_more_explains_itself_by_its_key(
    desk: Desk, policy: Policy
) -> None:
    clock = clock_of(desk.arrive(MONDAY), "resolution")
    Clock.objects.filter(pk=clock.pk).update(metric="visit_gone")
    clock.refresh_from_db()
    assert explain_clock(clock).promise.startswith("visit_gone: ")


@pytest.mark.req("D4", "what happened before stays on record")
def test_a_changed_policy_leaves_its_old_version_and_any_verb_brings_the_new_one(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    old = clock_of(ticket, "first_response").policy_version
    change_policy(policy.pk, everyday(desk, hours=6), by=SYSTEM)
    with time.at(after(1)):
        edit_ticket(ticket.pk, by=SYSTEM, priority="high")
    clock = clock_of(ticket, "first_response")
    assert (clock.policy_version.number, old.number, clock.due_at) == (2, 1, after(6))


def test_the_history_of_a_ticket_says_what_its_clocks_did(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    work_due(after(4), 10)
    answer(desk, ticket, after(5))
    with translation.override("en"):
        told = [line.text for line in history_of(ticket).lines]
    assert "First response: the time is over" in told
    assert "First response: 75 % of the time has passed" in told
    assert "First response: done" in told
