"""Who else has a ticket open, and who is writing in it."""

from __future__ import annotations

import time

import pytest
import redis

from tests.channels_app.live.stack import Desk, Stack
from tests.factories import actor, make_staff, make_team, make_ticket
from tickets.services.assignment import transfer_ticket

pytestmark = [pytest.mark.req("E5", "who-else-is-here presence"), pytest.mark.usefixtures("db")]


def people(desk: Desk, ticket_id: int) -> list[tuple[str, bool]]:
    return [(face["name"], face["typing"]) for face in desk.wait("presence", id=ticket_id)["people"]]


def test_colleagues_on_one_ticket_see_each_other_come_write_and_go(stack: Stack) -> None:
    team = make_team()
    ann, chen = make_staff(teams=(team,), name="Ann Low"), make_staff(teams=(team,), name="陈静")
    ticket = make_ticket(team)
    with stack.desk(ann) as first, stack.desk(chen, process=1) as second:
        first.say(viewing=ticket.pk)
        second.say(viewing=ticket.pk)
        face = first.wait("presence", id=ticket.pk)["people"][0]
        assert face == {
            "id": chen.pk,
            "name": "陈静",
            "initials": "静",
            "tone": face["tone"],
            "typing": False,
            "lang": "zh",
        }
        assert people(second, ticket.pk) == [("Ann Low", False)]
        first.say(viewing=ticket.pk, typing=True)
        assert people(second, ticket.pk) == [("Ann Low", True)]
        first.say(viewing=ticket.pk, typing=False)
        assert people(second, ticket.pk) == [("Ann Low", False)]
        first.say(viewing=None)
        assert people(second, ticket.pk) == []
        first.say(viewing=ticket.pk)
        assert people(second, ticket.pk) == [("Ann Low", False)]
        first.connection.close()
        assert people(second, ticket.pk) == []


def test_two_tabs_of_one_person_are_one_face_and_not_their_own(stack: Stack) -> None:
    team = make_team()
    ann, bo = make_staff(teams=(team,), name="Ann"), make_staff(teams=(team,), name="Bo")
    ticket = make_ticket(team)
    with stack.desk(ann) as one, stack.desk(ann) as two, stack.desk(bo) as other:
        for desk in (one, two, other):
            desk.say(viewing=ticket.pk)
        assert people(one, ticket.pk) == [("Bo", False)]
        faces = [m["people"] for m in other.everything(1) if m["t"] == "presence"]
        assert [face["name"] for face in faces[-1]] == ["Ann"]


def test_a_person_who_may_not_see_the_ticket_neither_shows_nor_sees_a_face(stack: Stack) -> None:
    team = make_team()
    agent, outsider = make_staff(teams=(team,)), make_staff(teams=(make_team(),))
    ticket = make_ticket(team)
    with stack.desk(agent) as desk, stack.desk(outsider) as other:
        desk.say(viewing=ticket.pk)
        other.say(viewing=ticket.pk, typing=True)
        assert [m for m in desk.everything(0.8) if m["t"] == "presence"] == []
        assert other.everything(0.1) == []


def test_who_loses_the_ticket_while_looking_at_it_disappears_from_it(stack: Stack) -> None:
    first, second = make_team(), make_team()
    leaver, keeper = make_staff(teams=(first,), name="Leaver"), make_staff(teams=(first, second), name="Keeper")
    ticket = make_ticket(first)
    with stack.desk(leaver) as gone, stack.desk(keeper) as desk:
        gone.say(viewing=ticket.pk)
        desk.say(viewing=ticket.pk)
        assert people(desk, ticket.pk) == [("Leaver", False)]
        transfer_ticket(ticket.pk, team=second, by=actor(keeper))
        gone.wait("gone", id=ticket.pk)
        assert people(desk, ticket.pk) == []
        gone.everything(0.3)
        desk.say(viewing=ticket.pk, typing=True)
        assert gone.everything(0.5) == []


def test_faces_are_kept_for_a_minute_at_most(stack: Stack) -> None:
    team = make_team()
    ticket = make_ticket(team)
    with stack.desk(make_staff(teams=(team,))) as desk:
        desk.say(viewing=ticket.pk)
        time.sleep(0.5)
        client = redis.Redis.from_url(stack.valkey.url)
        assert client.hlen(f"presence:{ticket.pk}") == 1
        assert 0 < client.ttl(f"presence:{ticket.pk}") <= 60
        client.close()
