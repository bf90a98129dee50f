"""The sweep of due clocks: each step once, whatever dies or races; nothing waits, and a bad clock holds up nobody."""

from __future__ import annotations

import os
import signal
import threading
import time as real_time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from helpdesk.accounts.models import Notification
from helpdesk.core import clock as time
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event, Job, LeasedState
from helpdesk.core.registries import due_rows, due_since
from tests.factories import actor, make_arrival
from tests.sla.conftest import HOUR, MONDAY, Desk, after, clock_of
from tickets.intake.services import receive
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket
from tickets.services.changing import changing
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla import sweep
from tickets.sla.models import Clock, ClockEvent, ClockState, ClockStep, Policy
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy
from tickets.sla.sweep import ASIDE_JOB, sweep_clocks

pytestmark = pytest.mark.django_db(transaction=True)


def fired(clock: Clock) -> list[str]:
    return list(ClockStep.objects.filter(clock=clock).order_by("pk").values_list("step", flat=True))


def heard(event: str) -> set[str]:
    return set(Notification.objects.filter(kind=event).values_list("staff__username", flat=True))


@pytest.mark.req("D5", "warnings at shares and at breach")
@pytest.mark.req("D5", "escalation chain")
def test_warnings_breach_and_rungs_fire_in_their_order_each_once(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(0.1)):
        assign_ticket(ticket.pk, to=desk.agent, by=SYSTEM)
    clock = clock_of(ticket, "first_response")
    for hours, expected in (
        (1.9, []),
        (2, ["warn-50"]),
        (3, ["warn-50", "warn-75"]),
        (3.2, ["warn-50", "warn-75", "at-80"]),
        (3.7, ["warn-50", "warn-75", "at-80", "warn-90"]),
        (4, ["warn-50", "warn-75", "at-80", "warn-90", "breach", "at-100"]),
        (5, ["warn-50", "warn-75", "at-80", "warn-90", "breach", "at-100", "after-3600"]),
    ):
        sweep_clocks(after(hours), 200)
        sweep_clocks(after(hours), 200)
        assert fired(clock) == expected
    clock.refresh_from_db()
    assert (clock.breached_at, clock.state) == (after(4), ClockState.RUNNING)
    assert heard("clock.warned") == {"ann"}
    assert heard("clock.breached") == {"ann", "lena"}
    # the share of 80 tells the lead, the breach the supervisor, an hour later whoever manages
    assert heard("clock.escalated") == {"lena", "sue", "adam"}
    names = Event.objects.filter(name__startswith="clock.", ticket_id=ticket.pk, data__clock=clock.pk)
    assert names.filter(name="clock.breached").count() == 1


@pytest.mark.req("D5", "escalation chain")
def test_a_step_that_changes_the_ticket_is_a_job_that_calls_the_verb(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    sweep_clocks(after(4), 200)
    job = Job.objects.get(kind=sweep.ACT_JOB)
    assert Ticket.objects.get(pk=ticket.pk).priority == "normal"
    leasing.run(Job, job.pk)
    assert Ticket.objects.get(pk=ticket.pk).priority == "high"
    assert Job.objects.get(pk=job.pk).state == LeasedState.DONE
    event = Event.objects.get(name="ticket.edited", ticket_id=ticket.pk)
    assert event.actor_kind == "automation"


def test_an_action_on_a_clock_that_was_met_meanwhile_does_nothing(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    sweep_clocks(after(4), 200)
    with time.at(after(4.1)):
        reply_to_ticket(ticket.pk, Reply("Here"), by=actor(desk.agent))
    job = Job.objects.get(kind=sweep.ACT_JOB)
    leasing.run(Job, job.pk)
    assert Ticket.objects.get(pk=ticket.pk).priority == "normal"


@pytest.mark.req("D6", "met from the database")
def test_a_sweep_that_was_away_for_a_day_catches_up_and_tells_only_what_is_news(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    sweep_clocks(after(24), 200)
    assert len(fired(clock_of(ticket, "first_response"))) == 7
    assert not Notification.objects.filter(kind="clock.warned", data__metric="first_response").exists()
    assert Notification.objects.filter(kind="clock.breached").exists()
    breach = ClockEvent.objects.get(kind="breached", clock__metric="first_response")
    assert breach.data["fired_after"] == 20 * 3600


def test_the_sweep_takes_part_in_the_one_second_tick_and_in_readiness(desk: Desk, policy: Policy) -> None:
    desk.arrive(MONDAY)
    assert due_since.get("sla.clocks")() == after(2)
    while due_rows.get("sla.clocks")(after(24 * 30), 1):
        pass
    assert due_since.get("sla.clocks")() is None


@pytest.mark.req("D6", "met from the database")
def test_the_sweep_finds_due_clocks_by_the_partial_index(desk: Desk, policy: Policy) -> None:
    desk.arrive(MONDAY)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        plan = sweep._due(after(3)).explain()
        cursor.execute("RESET enable_seqscan")
    assert "clock_due" in plan


@pytest.mark.req("D5", "each step once")
def test_two_sweeps_at_once_share_the_clocks_and_fire_each_step_once(desk: Desk, policy: Policy) -> None:
    for nth in range(30):
        desk.arrive(MONDAY, address=f"c{nth}@customer.example")
    start, totals = threading.Barrier(3), []

    def run() -> None:
        start.wait()
        total = 0
        while done := sweep_clocks(after(4), 4):
            total += done
        totals.append(total)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    firsts = Clock.objects.filter(metric="first_response")
    assert ClockStep.objects.filter(clock__in=firsts).count() == 30 * 6
    assert Event.objects.filter(name="clock.breached").count() == 30
    assert Notification.objects.filter(kind="clock.breached").count() == 30
    assert not Job.objects.filter(kind=ASIDE_JOB).exists()


@pytest.mark.req("D5", "each step once")
def test_a_kill_before_the_commit_leaves_nothing_and_the_next_sweep_fires(
    desk: Desk, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = desk.arrive(MONDAY)

    class Killed(BaseException):
        pass

    def die(*args: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(sweep, "_queue_actions", die)
        with pytest.raises(Killed):
            sweep_clocks(after(4), 200)
    assert not ClockStep.objects.exists()
    assert not Notification.objects.exists()
    sweep_clocks(after(4), 200)
    assert len(fired(clock_of(ticket, "first_response"))) == 6


@pytest.mark.req("D5", "each step once")
def test_the_database_itself_refuses_a_step_twice_and_any_change_of_the_ledger(desk: Desk, policy: Policy) -> None:
    clock = clock_of(desk.arrive(MONDAY), "first_response")
    sweep_clocks(after(2), 200)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockStep.objects.create(clock=clock, generation=1, step="warn-50", fired_at=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockEvent.objects.filter(clock=clock).update(at=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.create(
            ticket=clock.ticket,
            subject_id=clock.subject_id,
            metric=clock.metric,
            policy_version=clock.policy_version,
            target=clock.target,
            started_at=MONDAY,
            resumed_at=MONDAY,
            due_at=MONDAY,
            length_seconds=1,
            calendar_version=clock.calendar_version,
        )


def test_a_clock_that_cannot_be_worked_is_set_aside_and_the_others_go_on(
    desk: Desk, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = desk.arrive(MONDAY), desk.arrive(after(0.1))
    broken = clock_of(bad, "first_response")
    real = sweep._advance

    def advance(clock: Clock, *args: Any) -> Any:
        if clock.pk == broken.pk:
            raise RuntimeError("cannot be worked")
        return real(clock, *args)

    with monkeypatch.context() as patched:
        patched.setattr(sweep, "_advance", advance)
        assert sweep_clocks(after(3), 200) == 1
        assert sweep_clocks(after(3), 200) == 0
    assert fired(clock_of(good, "first_response")) == ["warn-50"]
    job = Job.objects.get(kind=ASIDE_JOB)
    assert job.args == {"pk": broken.pk}
    leasing.run(Job, job.pk)
    assert "warn-50" in fired(broken)
    assert Job.objects.get(pk=job.pk).state == LeasedState.DONE


def test_sweep_and_verb_meet_without_a_deadlock_and_the_sweep_waits_for_no_ticket(desk: Desk, policy: Policy) -> None:
    ticket, other = desk.arrive(MONDAY), desk.arrive(MONDAY)
    holds, may_end = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def verb() -> None:
        """Holds the ticket first, then wants its clocks, as every verb does."""
        try:
            with time.at(after(2.5)), changing(ticket.pk, "edit", by=SYSTEM, permission=None) as change:
                holds.set()
                assert may_end.wait(20)
                change.set(priority="urgent")
                change.announce("ticket.edited", priority=["normal", "urgent"])
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=verb)
    thread.start()
    assert holds.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    # the ticket is held by the verb; its clock is worked all the same, since the sweep needs no ticket
    assert sweep_clocks(after(2), 200) == 2
    with transaction.atomic():
        # and while the sweep holds the clocks, the verb that wants them waits for the sweep, never the other way
        assert sweep.work_due(after(3), 200) == 2
        may_end.set()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(20)
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
    assert failures == []
    clock = clock_of(ticket, "first_response")
    assert "warn-75" in fired(clock)
    assert clock.due_at == after(1)
    assert fired(clock_of(other, "first_response")) == ["warn-50", "warn-75"]


@pytest.mark.req("D5", "each step once")
def test_sweeps_race_with_answers_and_every_clock_ends_once(desk: Desk, policy: Policy) -> None:
    tickets = [desk.arrive(MONDAY, address=f"c{nth}@customer.example") for nth in range(12)]
    start, failures = threading.Barrier(2), []

    def answers() -> None:
        start.wait()
        try:
            for ticket in tickets:
                with time.at(after(4)):
                    reply_to_ticket(ticket.pk, Reply("Done"), by=SYSTEM.of_staff(desk.agent))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=answers)
    thread.start()
    start.wait()
    for _ in range(40):
        sweep_clocks(after(4), 3)
    thread.join()
    assert failures == []
    firsts = Clock.objects.filter(metric="first_response")
    assert set(firsts.values_list("state", flat=True)) == {"met"}
    for clock in firsts:
        assert fired(clock).count("breach") == 1
        assert ClockEvent.objects.filter(clock=clock, kind="breached").count() == 1


def test_a_batch_costs_the_same_statements_for_two_and_for_forty_clocks(desk: Desk, policy: Policy) -> None:
    from django.test.utils import CaptureQueriesContext

    def cost(number: int) -> int:
        for nth in range(number):
            with time.at(MONDAY):
                receive(make_arrival(address=f"{number}-{nth}@customer.example"), by=SYSTEM)
        with CaptureQueriesContext(connection) as counted:
            assert sweep.work_due(after(2), 200) == number
        return len(counted)

    cost(1)
    assert cost(40) == cost(2)


def test_who_has_left_is_not_told_and_the_next_of_the_chain_is(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(0.1)):
        assign_ticket(ticket.pk, to=desk.agent, by=SYSTEM)
    type(desk.agent).objects.filter(pk=desk.agent.pk).update(is_active=False)
    sweep_clocks(after(2), 200)
    assert heard("clock.warned") == {"lena"}
    type(desk.lead).objects.filter(pk=desk.lead.pk).update(is_active=False)
    sweep_clocks(after(3), 200)
    assert heard("clock.warned") == {"lena", "sue"}


def test_an_action_that_a_verb_refuses_is_parked_with_its_reason_and_the_clock_runs_on(desk: Desk) -> None:
    steps = [StepDraft([{"do": "reassign", "staff": desk.agent.pk}], share=50)]
    target = TargetDraft("first_response", desk.around.pk, seconds=4 * HOUR, steps=steps)
    create_policy(PolicyDraft("Handing over", [target]), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    type(desk.agent).objects.filter(pk=desk.agent.pk).update(is_active=False)
    sweep_clocks(after(2), 200)
    job = Job.objects.get(kind=sweep.ACT_JOB)
    leasing.run(Job, job.pk)
    job.refresh_from_db()
    assert job.state == LeasedState.PARKED
    assert job.reason
    assert clock_of(ticket, "first_response").state == ClockState.RUNNING


@pytest.mark.req("D5", "each step once")
@pytest.mark.req("D6", "met from the database")
def test_sweepers_killed_with_9_at_any_moment_fire_each_step_exactly_once(desk: Desk, policy: Policy) -> None:
    for nth in range(40):
        desk.arrive(MONDAY, address=f"c{nth}@customer.example")
    kills = 0
    for nth in range(12):
        connection.close()  # a child must not inherit the socket
        child = os.fork()
        if child == 0:
            for _ in range(40):
                sweep_clocks(after(4), 3)
            os._exit(0)
        real_time.sleep(0.02 + 0.015 * nth)
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        kills += os.WIFSIGNALED(status)
    assert kills
    while sweep_clocks(after(4), 50):
        pass
    firsts = Clock.objects.filter(metric="first_response")
    assert ClockStep.objects.filter(clock__in=firsts).count() == 40 * 6
    lines = ClockEvent.objects.filter(clock__in=firsts, kind__in=["warned", "breached", "escalated"])
    assert lines.count() == 40 * 6
    assert Event.objects.filter(name="clock.breached").count() == 40
    assert Notification.objects.filter(kind="clock.breached").count() == 40
    assert Job.objects.filter(kind=sweep.ACT_JOB).count() == 40
    assert not Job.objects.filter(kind=ASIDE_JOB).exists()
