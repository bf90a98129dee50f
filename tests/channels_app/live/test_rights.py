"""Who may open the desk's socket, and how soon it ends when they may no longer."""

from __future__ import annotations

import time

import pytest
from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore
from django.http import HttpRequest
from websockets.exceptions import InvalidStatus

from helpdesk.accounts.models import Membership, Presence, Staff, Team
from helpdesk.accounts.permissions import Role
from helpdesk.accounts.services.signing_in import sign_out
from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce
from tests.channels_app.live.stack import Desk, Stack, sign_in
from tests.factories import make_staff, make_team, make_ticket

pytestmark = [pytest.mark.req("K8", "live push"), pytest.mark.usefixtures("db")]


@pytest.fixture
def team(stack: Stack) -> Team:
    return make_team()


@pytest.fixture
def agent(team: Team) -> Staff:
    return make_staff(teams=(team,))


def said_of(staff: Staff, name: str = "staff.changed") -> None:
    announce(Announcement(name, "staff", staff.pk), by=SYSTEM)


@pytest.mark.parametrize("cookie", ["", "staff_session=nonsense", "portal_session=abc", f"staff_session={'é' * 40}"])
def test_a_stranger_is_sent_to_sign_in(stack: Stack, cookie: str) -> None:
    with stack.open(cookie) as connection:
        assert Desk(connection).closed_with() == 4401


def test_a_session_of_somebody_deactivated_opens_nothing(stack: Stack, agent: Staff) -> None:
    key = sign_in(agent)
    Staff.objects.filter(pk=agent.pk).update(is_active=False)
    with stack.open(f"{settings.SESSION_COOKIE_NAME}={key}") as connection:
        assert Desk(connection).closed_with() in {4401, 4403}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", "http://", "http://[", None])
def test_a_page_of_another_origin_cannot_open_the_socket(stack: Stack, agent: Staff, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        stack.open(f"{settings.SESSION_COOKIE_NAME}={sign_in(agent)}", origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.req("K2", "permissions per team")
def test_leaving_a_team_ends_its_pushes_at_once(stack: Stack, team: Team, agent: Staff) -> None:
    with stack.desk(agent) as desk:
        membership = Membership.objects.get(staff=agent, team=team)
        membership.delete()
        announce(
            Announcement("membership.removed", "membership", 1, data={"staff": agent.pk, "team": team.pk}), by=SYSTEM
        )
        ticket = make_ticket(team)
        desk.wait("catchup", all=True)
        assert desk.tickets() == {"row": set(), "gone": set()}
        assert ticket.pk


@pytest.mark.req("K2", "permissions per team")
def test_joining_a_team_and_rising_in_role_bring_their_pushes_at_once(stack: Stack, agent: Staff) -> None:
    other, third = make_team(), make_team()
    with stack.desk(agent) as desk:
        Membership.objects.create(staff=agent, team=other)
        said_of(agent, "membership.added")
        desk.wait("catchup", all=True)
        ticket = make_ticket(other)
        desk.wait("row", id=ticket.pk)
        Staff.objects.filter(pk=agent.pk).update(role=Role.SUPERVISOR)
        said_of(agent)
        desk.wait("catchup", all=True)
        ticket = make_ticket(third)
        desk.wait("row", id=ticket.pk)
        Staff.objects.filter(pk=agent.pk).update(role=Role.AGENT)
        said_of(agent)
        desk.wait("catchup", all=True)
        ticket = make_ticket(third)
        assert ticket.pk not in desk.tickets()["row"]


def test_a_deactivated_person_is_cut_off_at_once(stack: Stack, agent: Staff) -> None:
    with stack.desk(agent) as desk, stack.desk(agent, process=1) as second:
        Staff.objects.filter(pk=agent.pk).update(is_active=False)
        said_of(agent)
        assert desk.closed_with(2) == 4403
        assert second.closed_with(2) == 4403


def test_a_changed_password_ends_every_socket_of_the_old_sessions(stack: Stack, agent: Staff) -> None:
    with stack.desk(agent) as desk:
        agent.set_password("another long one 2")
        agent.save()
        said_of(agent, "staff.password_changed")
        assert desk.closed_with(2) == 4401


@pytest.mark.req("K2", "password")
def test_signing_out_ends_the_sockets_of_that_session_and_no_other(stack: Stack, agent: Staff, team: Team) -> None:
    key = sign_in(agent)
    with stack.desk(agent, session=key) as desk, stack.desk(agent) as other_browser:
        request = HttpRequest()
        request.session, request.user = SessionStore(key), agent
        request.META["REMOTE_ADDR"] = "127.0.0.1"
        sign_out(request)
        assert desk.closed_with(2) == 4401
        ticket = make_ticket(team)
        other_browser.wait("row", id=ticket.pk)


@pytest.mark.req("C3", "presence")
def test_an_open_desk_counts_as_connected_and_closing_it_writes_nothing(stack: Stack, agent: Staff) -> None:
    with stack.desk(agent):
        deadline = time.monotonic() + 5
        while not (known := Presence.objects.filter(staff=agent).first()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert known is not None
        assert known.connected_until is not None
        assert 30 < (known.connected_until - known.changed_at).total_seconds() < 90
    time.sleep(1.5)
    after = Presence.objects.get(staff=agent)
    assert (after.connected_until, after.state) == (known.connected_until, known.state)
