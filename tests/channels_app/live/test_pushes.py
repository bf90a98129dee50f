"""Changes reach the desks that may know of them, at once, and no other: through the real doors of a web process."""

from __future__ import annotations

import contextlib
import time

import pytest

from channels_app.live.load import GATHER_SECONDS
from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import PERMISSIONS, VIEW_ALL, Role
from helpdesk.core.actors import SYSTEM
from tests.channels_app.live.stack import Desk, Stack
from tests.factories import actor, make_staff, make_team, make_ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.merging import merge_tickets
from tickets.services.replying import add_note
from tickets.services.watching import unwatch_ticket, watch_ticket

pytestmark = [pytest.mark.req("K8", "live push"), pytest.mark.usefixtures("db")]


@pytest.fixture
def team(stack: Stack) -> Team:
    return make_team()


@pytest.fixture
def agent(team: Team) -> Staff:
    return make_staff(teams=(team,))


def test_a_new_ticket_reaches_its_team_and_no_outsider(stack: Stack, team: Team, agent: Staff) -> None:
    outsider = make_staff(teams=(make_team(),))
    with stack.desk(agent) as desk, stack.desk(outsider, process=1) as other:
        ticket = make_ticket(team)
        row = desk.wait("row", id=ticket.pk)
        assert set(row) == {"t", "id", "v", "p", "e", "wait"}
        assert "ticket.created" in row["e"]
        assert row["v"] == ticket.row_version
        assert row["p"] > desk.greeting["p"]
        desk.wait("counts")
        assert other.everything() == []


def test_what_goes_over_the_wire_holds_no_word_of_the_conversation(stack: Stack, team: Team, agent: Staff) -> None:
    with stack.desk(agent) as desk:
        ticket = make_ticket(team, subject="Refund of the espresso machine", text="My secret account number")
        add_note(ticket.pk, "Customer sounds angry", by=actor(agent))
        desk.everything(1)
        said = "".join(desk.raw)
    assert str(ticket.pk) in said
    for word in ("espresso", "secret", "angry", "Li Na", "customer.example"):
        assert word not in said


@pytest.mark.req("E5", "internal notes")
@pytest.mark.req("K2", "permissions per team")
def test_note_and_transfer_are_pushed_to_each_role_as_far_as_it_may_see(stack: Stack, team: Team, agent: Staff) -> None:
    """For each role, someone in the ticket's team, someone in the team that it goes to, and someone in neither."""
    goal, neither = make_team(), make_team()
    ticket = make_ticket(team)
    time.sleep(0.3)
    with contextlib.ExitStack() as opened:
        desks = {
            (role, place): opened.enter_context(stack.desk(make_staff(role=role, teams=(where,))))
            for role in Role.values
            for place, where in (("from", team), ("to", goal), ("outside", neither))
        }
        everywhere = {role for role in Role.values if VIEW_ALL in PERMISSIONS[role]}
        add_note(ticket.pk, "Only for colleagues", by=actor(agent))
        time.sleep(0.8)
        heard = {place for place, desk in desks.items() if ticket.pk in desk.tickets(0.01)["row"]}
        assert heard == {(role, place) for role, place in desks if place == "from" or role in everywhere}
        transfer_ticket(ticket.pk, team=goal, by=actor(agent))
        time.sleep(0.8)
        told = {place: desk.tickets(0.01) for place, desk in desks.items()}
    rows = {place for place, found in told.items() if ticket.pk in found["row"]}
    farewells = {place for place, found in told.items() if ticket.pk in found["gone"]}
    assert rows == {(role, place) for role, place in desks if place == "to" or role in everywhere}
    assert farewells == {(role, place) for role, place in desks if place == "from" and role not in everywhere}


def seen(desk: Desk, kind: str, ticket_id: int, seconds: float = 0.5) -> bool:
    return ticket_id in desk.tickets(seconds)[kind]


def test_an_owner_who_keeps_the_right_through_another_team_is_not_told_that_it_is_gone(stack: Stack) -> None:
    first, second = make_team(), make_team()
    both = make_staff(teams=(first, second))
    ticket = make_ticket(first)
    time.sleep(0.3)
    with stack.desk(both) as desk:
        transfer_ticket(ticket.pk, team=second, by=actor(both))
        assert desk.wait("row", id=ticket.pk)
        assert not seen(desk, "gone", ticket.pk)


@pytest.mark.req("E5", "watchers")
def test_a_watcher_from_another_team_hears_until_they_stop_watching(stack: Stack, team: Team, agent: Staff) -> None:
    watcher = make_staff(teams=(make_team(),))
    ticket = make_ticket(team)
    time.sleep(0.3)
    with stack.desk(watcher) as desk:
        add_note(ticket.pk, "Before", by=actor(agent))
        assert not seen(desk, "row", ticket.pk)
        watch_ticket(ticket.pk, staff=watcher, by=SYSTEM)
        desk.wait("row", id=ticket.pk)
        unwatch_ticket(ticket.pk, staff=watcher, by=actor(watcher))
        desk.wait("gone", id=ticket.pk)
        add_note(ticket.pk, "After", by=actor(agent))
        assert not seen(desk, "row", ticket.pk)


@pytest.mark.req("E5", "merge")
def test_a_watcher_loses_a_merged_ticket_and_keeps_the_one_that_took_it_in(
    stack: Stack, team: Team, agent: Staff
) -> None:
    watcher = make_staff(teams=(make_team(),))
    source, target = make_ticket(team), make_ticket(team)
    watch_ticket(source.pk, staff=watcher, by=SYSTEM)
    time.sleep(0.3)
    with stack.desk(watcher) as desk:
        merge_tickets(source.pk, target.pk, by=actor(agent))
        assert desk.wait("gone", id=source.pk)
        assert desk.wait("row", id=target.pk)


def test_an_owner_outside_the_team_loses_the_ticket_when_it_is_given_to_somebody_else(
    stack: Stack, team: Team, agent: Staff
) -> None:
    leaver = make_staff(teams=(team,))
    ticket = make_ticket(team)
    assign_ticket(ticket.pk, to=leaver, by=SYSTEM)
    leaver.memberships.all().delete()
    time.sleep(0.3)
    with stack.desk(leaver) as desk:
        add_note(ticket.pk, "Still yours", by=actor(agent))
        desk.wait("row", id=ticket.pk)
        assign_ticket(ticket.pk, to=agent, by=SYSTEM)
        desk.wait("gone", id=ticket.pk)


def test_every_browser_of_a_person_hears_on_every_web_process(stack: Stack, team: Team, agent: Staff) -> None:
    with stack.desk(agent) as one, stack.desk(agent) as two, stack.desk(agent, process=1) as three:
        ticket = make_ticket(team)
        for desk in (one, two, three):
            desk.wait("row", id=ticket.pk)


def test_a_burst_on_one_ticket_is_merged_into_its_newest_version(stack: Stack, team: Team, agent: Staff) -> None:
    ticket = make_ticket(team)
    time.sleep(0.5)
    with stack.desk(agent) as desk:
        started = time.monotonic()
        for nth in range(20):
            add_note(ticket.pk, f"Note {nth}", by=actor(agent))
        took = time.monotonic() - started
        ticket.refresh_from_db()
        rows = [message for message in desk.everything(1.5) if message["t"] == "row"]
    assert rows[-1]["v"] == ticket.row_version
    assert len(rows) <= 3 + took / GATHER_SECONDS
    assert [row["v"] for row in rows] == sorted({row["v"] for row in rows})
