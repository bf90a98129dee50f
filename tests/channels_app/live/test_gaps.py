"""Whatever is lost on the way, a desk hears of it and gets what it missed."""

from __future__ import annotations

import time

import pytest

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.core.events import log_head
from tests.channels_app.live.stack import Desk, Stack
from tests.factories import actor, make_staff, make_team, make_ticket
from tickets.services.assignment import transfer_ticket

pytestmark = [pytest.mark.req("K8", "live push"), pytest.mark.usefixtures("db")]


@pytest.fixture
def team(stack: Stack) -> Team:
    return make_team()


@pytest.fixture
def agent(team: Team) -> Staff:
    return make_staff(teams=(team,))


def settled(seconds: float = 3) -> int:
    """The head of the log, once everything written so far is numbered."""
    from helpdesk.core.models import Event

    deadline = time.monotonic() + seconds
    while Event.objects.filter(position__isnull=True).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return log_head()


def missed(desk: Desk, position: int) -> dict[str, set[int]]:
    """What the desk gets for its resume."""
    desk.say(resume=position)
    desk.wait("resumed")
    return desk.tickets(0.2)


def test_a_desk_that_comes_back_gets_what_it_missed_and_nothing_else(stack: Stack, team: Team, agent: Staff) -> None:
    elsewhere = make_team()
    with stack.desk(agent) as desk:
        left = desk.greeting["p"]
    mine, moved, other = make_ticket(team), make_ticket(team), make_ticket(elsewhere)
    transfer_ticket(moved.pk, team=elsewhere, by=actor(agent))
    settled()
    with stack.desk(agent, resume=left) as desk:
        answer = desk.wait("resumed")
        assert answer["p"] >= left
        found = desk.tickets(0.2)
    assert mine.pk in found["row"]
    assert found["gone"] == {moved.pk}
    assert other.pk not in found["row"]


def test_what_changed_between_the_page_and_its_socket_is_not_missed(stack: Stack, team: Team, agent: Staff) -> None:
    rendered = settled()
    ticket = make_ticket(team)
    settled()
    with stack.desk(agent) as desk:
        assert ticket.pk in missed(desk, rendered)["row"]


def test_a_position_that_the_log_never_gave_makes_the_page_load_its_lists(stack: Stack, agent: Staff) -> None:
    with stack.desk(agent) as desk:
        desk.say(resume=2**60)
        assert desk.wait("catchup", all=True)["p"] <= log_head()


def test_a_lost_push_is_noticed_at_the_next_one(stack: Stack, team: Team, agent: Staff) -> None:
    with stack.desk(agent) as desk:
        start = desk.greeting["p"]
        with stack.without_push():
            lost = make_ticket(team)
        later = make_ticket(team)
        told = desk.wait("catchup")
        assert start <= told["p"] < settled()
        assert missed(desk, told["p"])["row"] >= {lost.pk, later.pk}


def test_a_lost_push_is_noticed_although_nothing_follows_it(stack: Stack, team: Team, agent: Staff) -> None:
    with stack.desk(agent) as desk:
        with stack.without_push():
            lost = make_ticket(team)
        told = desk.wait("catchup", seconds=15)
        assert missed(desk, told["p"])["row"] == {lost.pk}


def test_open_desks_outlive_a_killed_valkey_and_miss_nothing(stack: Stack, team: Team, agent: Staff) -> None:
    outsider = make_staff(teams=(make_team(),))
    with stack.desk(agent) as desk, stack.desk(agent, process=1) as second, stack.desk(outsider) as other:
        before = make_ticket(team)
        desk.wait("row", id=before.pk)
        assert stack.valkey.process is not None
        stack.valkey.process.kill()
        stack.valkey.process.wait()
        lost = [make_ticket(team) for _ in range(3)]
        settled()
        stack.valkey.start()
        for watching in (desk, second):
            told = watching.wait("catchup", seconds=10)
            assert missed(watching, told["p"])["row"] >= {ticket.pk for ticket in lost}
        after = make_ticket(team)
        for watching in (desk, second):
            watching.wait("row", id=after.pk)
        told = other.wait("catchup", seconds=10)
        assert missed(other, told["p"]) == {"row": set(), "gone": set()}


@pytest.mark.req("E5", "who-else-is-here presence")
def test_faces_come_back_with_a_valkey_that_forgot_everything(stack: Stack, team: Team, agent: Staff) -> None:
    colleague = make_staff(teams=(team,), name="Colleague")
    ticket = make_ticket(team)
    with stack.desk(agent) as desk, stack.desk(colleague, process=1) as other:
        other.say(viewing=ticket.pk)
        time.sleep(0.5)
        assert stack.valkey.process is not None
        stack.valkey.process.kill()
        stack.valkey.process.wait()
        stack.valkey.start()
        for watching in (desk, other):
            watching.wait("catchup", seconds=10)
        desk.say(viewing=ticket.pk)
        assert [face["name"] for face in desk.wait("presence", id=ticket.pk)["people"]] == ["Colleague"]


def test_a_desk_that_opens_while_valkey_is_away_works_once_it_is_back(stack: Stack, team: Team, agent: Staff) -> None:
    assert stack.valkey.process is not None
    stack.valkey.process.kill()
    stack.valkey.process.wait()
    try:
        time.sleep(0.2)
        with stack.desk(agent) as desk:
            ticket = make_ticket(team)
            settled()
            stack.valkey.start()
            told = desk.wait("catchup", seconds=10)
            assert ticket.pk in missed(desk, told["p"])["row"]
            follower = make_ticket(team)
            desk.wait("row", id=follower.pk)
    finally:
        if stack.valkey.process is None or stack.valkey.process.poll() is not None:
            stack.valkey.start()


def test_a_right_that_was_lost_while_valkey_was_away_is_gone_when_it_is_back(
    stack: Stack, team: Team, agent: Staff
) -> None:
    with stack.desk(agent) as desk:
        assert stack.valkey.process is not None
        stack.valkey.process.kill()
        stack.valkey.process.wait()
        Membership.objects.filter(staff=agent, team=team).delete()
        stack.valkey.start()
        desk.wait("catchup", all=True, seconds=10)
        ticket = make_ticket(team)
        assert ticket.pk not in desk.tickets(1)["row"]
