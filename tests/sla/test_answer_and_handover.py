"""Two promises between people who wait: a call or chat is answered, and a team takes up what another hands over to it."""

from __future__ import annotations

import pytest

from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import ChannelKind
from tests.factories import actor, make_account, make_staff
from tests.sla.conftest import HOUR, MONDAY, Desk, after, clock_of
from tickets.models import Holder, Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.changing import changing
from tickets.services.holding import hold
from tickets.services.properties import edit_ticket
from tickets.services.replying import Reply, add_note, reply_to_ticket
from tickets.services.status import set_status
from tickets.services.sub_tickets import open_sub_ticket
from tickets.sla.metrics import metrics
from tickets.sla.models import Clock, Policy
from tickets.sla.services.missing import find_faults
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy

pytestmark = [pytest.mark.django_db, pytest.mark.req("D2", "targets by metric")]


def at_hold(ticket: Ticket, holder: Holder, hours: float) -> None:
    with time.at(after(hours)), changing(ticket.pk, "hold", by=SYSTEM, permission=None) as change:
        hold(change, holder)


def clocks(ticket: Ticket, metric: str) -> list[tuple[str, object]]:
    rows = Clock.objects.filter(ticket=ticket, metric=metric).order_by("pk")
    return [(clock.state, clock.started_at) for clock in rows]


def holds(ticket: Ticket) -> None:
    """Verbs and the check from rows agree."""
    assert find_faults([ticket.pk]) == ({}, {})


# --- Speed of answer -------------------------------------------------------------------------------------------------
@pytest.fixture
def quick(desk: Desk) -> Policy:
    targets = [TargetDraft("speed_of_answer", desk.around.pk, seconds=20)]
    return create_policy(PolicyDraft("Calls and chats", targets), by=SYSTEM)


@pytest.mark.parametrize("kind", [ChannelKind.CHAT, ChannelKind.PHONE])
def test_a_contact_that_waits_is_answered_when_somebody_takes_it(desk: Desk, quick: Policy, kind: str) -> None:
    ticket = desk.arrive(MONDAY, account=make_account("live", kind=kind, team=desk.team))
    clock = clock_of(ticket, "speed_of_answer")
    assert (clock.started_at, (clock.due_at - MONDAY).total_seconds()) == (MONDAY, 20)  # type: ignore[operator]
    with time.at(after(0.004)):
        assign_ticket(ticket.pk, to=desk.agent, by=actor(desk.agent))
    clock.refresh_from_db()
    assert (clock.state, clock.ended_at, clock.breached_at) == ("met", after(0.004), None)
    holds(ticket)
    # back to the queue: the contact waits again
    with time.at(after(1)):
        assign_ticket(ticket.pk, to=None, by=actor(desk.agent))
    assert clocks(ticket, "speed_of_answer") == [("met", MONDAY), ("running", after(1))]
    holds(ticket)


def test_an_answer_out_of_the_queue_counts_as_well(desk: Desk, quick: Policy) -> None:
    ticket = desk.arrive(MONDAY, account=make_account("live", kind=ChannelKind.CHAT, team=desk.team))
    with time.at(after(0.01)):
        reply_to_ticket(ticket.pk, Reply("Good morning."), by=actor(desk.supervisor))
    assert clocks(ticket, "speed_of_answer")[0][0] == "met"
    holds(ticket)


def test_while_the_bot_has_it_nobody_is_late_and_the_hand_over_starts_the_clock(desk: Desk, quick: Policy) -> None:
    ticket = desk.arrive(MONDAY, account=make_account("live", kind=ChannelKind.CHAT, team=desk.team))
    Ticket.objects.filter(pk=ticket.pk).update(holder=Holder.BOT)
    Clock.objects.filter(ticket=ticket).update(state="cancelled", ended_at=MONDAY, next_fire_at=None, due_at=None)
    with time.at(after(0.1)):
        add_note(ticket.pk, "Bot still talks.", by=actor(desk.agent))
    assert not Clock.objects.filter(ticket=ticket, state="running").exists()
    at_hold(ticket, Holder.QUEUE, 0.5)
    assert clocks(ticket, "speed_of_answer")[-1] == ("running", after(0.5))
    holds(ticket)


def test_mail_is_no_call(desk: Desk, quick: Policy) -> None:
    assert clocks(desk.arrive(MONDAY), "speed_of_answer") == []


def test_a_contact_that_leaves_the_queue_unanswered_is_not_met(desk: Desk, quick: Policy) -> None:
    ticket = desk.arrive(MONDAY, account=make_account("live", kind=ChannelKind.PHONE, team=desk.team))
    with time.at(after(0.1)):
        set_status(ticket.pk, category="solved", by=SYSTEM)
    assert clocks(ticket, "speed_of_answer")[0][0] == "cancelled"


# --- Hand-over between teams -----------------------------------------------------------------------------------------
@pytest.fixture
def agreement(desk: Desk) -> Policy:
    """Finance takes up within an hour, every other team within four."""
    targets = [
        TargetDraft("handover", desk.around.pk, seconds=HOUR, teams=(desk.other.pk,)),
        TargetDraft("handover", desk.around.pk, seconds=4 * HOUR),
    ]
    return create_policy(PolicyDraft("Agreements", targets), by=SYSTEM)


def moved(desk: Desk, hours: float = 1) -> Ticket:
    ticket = desk.arrive(MONDAY)
    with time.at(after(hours)):
        transfer_ticket(ticket.pk, team=desk.other, by=actor(desk.agent), note="Please look at the invoice.")
    return ticket


def test_each_team_has_an_agreement_of_its_own(desk: Desk, agreement: Policy) -> None:
    ticket = moved(desk)
    assert clock_of(ticket, "handover").due_at == after(2)
    # passing it on is an act of the team that had it, and the next has its own time
    with time.at(after(1.5)):
        transfer_ticket(ticket.pk, team=desk.team, by=actor(desk.supervisor))
    assert clocks(ticket, "handover") == [("met", after(1)), ("running", after(1.5))]
    assert clock_of(ticket, "handover").due_at == after(5.5)
    holds(ticket)


def test_somebody_of_the_team_takes_it_up(desk: Desk, agreement: Policy) -> None:
    ticket, finn = moved(desk), make_staff("finn", teams=(desk.other,))
    with time.at(after(1.2)):  # somebody from outside the team writes: nobody there has looked at it
        add_note(ticket.pk, "Any news?", by=actor(desk.supervisor))
    assert clocks(ticket, "handover")[0][0] == "running"
    holds(ticket)
    with time.at(after(1.4)):  # being given it is no act
        assign_ticket(ticket.pk, to=finn, by=actor(desk.supervisor))
    assert clocks(ticket, "handover")[0][0] == "running"
    with time.at(after(1.6)):
        add_note(ticket.pk, "I look into it.", by=actor(finn))
    clock = clock_of(ticket, "handover")
    assert (clock.state, clock.ended_at, clock.spent_seconds) == ("met", after(1.6), 2160)
    holds(ticket)


def test_taking_it_is_taking_it_up(desk: Desk, agreement: Policy) -> None:
    ticket, finn = moved(desk), make_staff("finn", teams=(desk.other,))
    with time.at(after(1.1)):
        assign_ticket(ticket.pk, to=finn, by=actor(finn))
    assert clock_of(ticket, "handover").state == "met"
    holds(ticket)


def test_a_ticket_that_never_moved_has_no_hand_over_and_a_solved_one_none_open(desk: Desk, agreement: Policy) -> None:
    assert clocks(desk.arrive(MONDAY), "handover") == []
    ticket = moved(desk)
    with time.at(after(1.5)):
        set_status(ticket.pk, category="solved", by=SYSTEM)
    assert clocks(ticket, "handover")[0][0] == "cancelled"
    holds(ticket)


@pytest.fixture
def tasks(desk: Desk) -> Policy:
    """An agreement, and a task is taken up within two hours."""
    targets = [TargetDraft(name, desk.around.pk, seconds=2 * HOUR) for name in ("handover", "intervention")]
    return create_policy(PolicyDraft("Tasks", targets), by=SYSTEM)


def test_a_task_that_is_given_to_somebody_is_not_taken_up_by_that(desk: Desk, tasks: Policy) -> None:
    finn = make_staff("finn", teams=(desk.other,))
    with time.at(after(1)):
        task = open_sub_ticket(
            desk.arrive(MONDAY).pk, team=desk.other, subject="Pay back", owner=finn, by=actor(desk.agent)
        )
    assert (task.owner_id, task.status_category) == (finn.pk, "open")
    assert clocks(task, "intervention") == clocks(task, "handover") == [("running", after(1))]
    holds(task)
    with time.at(after(1.5)):
        edit_ticket(task.pk, by=SYSTEM, priority="high")
    assert clocks(task, "intervention") == clocks(task, "handover") == [("running", after(1))]
    with time.at(after(2)):
        add_note(task.pk, "I pay it today.", by=actor(finn))
    assert [clock_of(task, name).ended_at for name in ("intervention", "handover")] == [after(2)] * 2
    holds(task)


def test_what_somebody_takes_while_they_move_or_open_it_waits_for_nobody(desk: Desk, tasks: Policy) -> None:
    both = make_staff("bo", teams=(desk.team, desk.other))
    parent = desk.arrive(MONDAY)
    with time.at(after(1)):
        task = open_sub_ticket(parent.pk, team=desk.other, subject="Pay back", owner=both, by=actor(both))
        transfer_ticket(parent.pk, team=desk.other, owner=both, by=actor(both))
    assert clocks(task, "intervention") == clocks(task, "handover") == clocks(parent, "handover") == []
    holds(task)
    holds(parent)


def test_both_can_be_chosen_in_the_editor() -> None:
    assert {"speed_of_answer", "handover"} <= set(metrics.names())
