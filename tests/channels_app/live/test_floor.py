"""Pages that show people (wallboard, team, queues) hear when somebody comes, goes or changes state; no other page does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.accounts.models import Presence, Staff, Team
from helpdesk.accounts.services.presence import set_presence
from helpdesk.accounts.services.staff import set_memberships
from tests.channels_app.live.stack import Desk, Stack
from tests.factories import actor, make_staff, make_team

pytestmark = [pytest.mark.req("J1", "wallboard"), pytest.mark.usefixtures("db")]


@pytest.fixture
def team(stack: Stack) -> Team:
    return make_team()


@contextmanager
def wallboard(stack: Stack, staff: Staff) -> Iterator[Desk]:
    """An open page that shows people; what came while it opened has been read."""
    with stack.desk(staff) as desk:
        desk.say(floor=True)
        desk.everything(3)
        yield desk


def heard(desk: Desk, seconds: float) -> int:
    """How many hints came up to `seconds` from now."""
    return sum(message["t"] == "floor" for message in desk.everything(seconds))


def test_a_changed_state_is_pushed_at_once_and_names_nobody(stack: Stack, team: Team) -> None:
    agent, lead = make_staff(teams=(team,)), make_staff(role="lead", teams=(team,))
    with stack.desk(lead, process=1) as other, wallboard(stack, lead) as wall:
        started = time.monotonic()
        set_presence(by=actor(agent), state="away")
        assert wall.wait("floor") == {"t": "floor"}
        assert time.monotonic() - started < 1
        assert heard(other, 0.5) == 0, "a page without people has no use for it"


def test_somebody_who_comes_and_whose_connection_runs_out_is_seen_without_any_event(stack: Stack, team: Team) -> None:
    lead, agent = make_staff(role="lead", teams=(team,)), make_staff(teams=(team,))
    with wallboard(stack, lead) as wall:
        with stack.desk(agent, process=1):
            wall.wait("floor", 6)
        wall.everything(3)
        # what a killed process leaves behind: a row that nobody extends
        Presence.objects.filter(staff=agent).update(connected_until=timezone.now() + timedelta(seconds=1))
        wall.wait("floor", 6)
        assert heard(wall, 5) == 0, "nothing changed, nothing is said"


def test_many_changes_are_one_hint(stack: Stack, team: Team) -> None:
    lead, people = make_staff(role="lead", teams=(team,)), [make_staff(teams=(team,)) for _ in range(12)]
    with wallboard(stack, lead) as wall:
        for person in people:
            set_presence(by=actor(person), state="busy")
        assert 1 <= heard(wall, 3) <= 5


def test_a_page_that_stops_watching_and_one_whose_rights_changed(stack: Stack, team: Team) -> None:
    lead, agent = make_staff(role="lead", teams=(team,)), make_staff(teams=(team,))
    with wallboard(stack, lead) as wall:
        set_memberships(lead, {make_team().pk: False, team.pk: True}, by=actor(make_staff(role="administrator")))
        wall.wait("catchup", all=True)
        wall.everything(3)
        set_presence(by=actor(agent), state="busy")
        wall.wait("floor")
        wall.say(floor=False)
        wall.everything(3)
        set_presence(by=actor(agent), state="away")
        assert heard(wall, 3) == 0


@pytest.mark.req("C3", "presence")
def test_who_comes_back_to_a_process_that_everybody_had_left_is_there_at_once(stack: Stack, team: Team) -> None:
    agent = make_staff(teams=(team,))

    # everybody's round comes every twenty seconds: it may fall into one of these visits, never into each
    for _visit in range(3):
        Presence.objects.filter(staff=agent).update(connected_until=None)
        with stack.desk(agent, process=1):
            started = time.monotonic()
            while not Presence.objects.filter(staff=agent, connected_until__isnull=False).exists():
                assert time.monotonic() - started < 6, "not there"
                time.sleep(0.1)
        time.sleep(2.5)
