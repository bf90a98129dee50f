"""Whatever a client sends, nobody else notices and no exception is logged."""

from __future__ import annotations

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from helpdesk.accounts.models import Staff, Team
from tests.channels_app.live.stack import Stack
from tests.factories import make_staff, make_team, make_ticket

pytestmark = [pytest.mark.req("K8", "live push"), pytest.mark.usefixtures("db")]

GARBAGE = [
    "",
    "hello",
    "null",
    "[]",
    '{"resume": "1"}',
    '{"resume": -1}',
    '{"resume": true}',
    '{"resume": 1e400}',
    '{"resume": NaN}',
    '{"resume": 99999999999999999999999}',
    '{"resume": ' + "9" * 5000 + "}",
    '{"viewing": [1]}',
    '{"viewing": {"a": 1}}',
    '{"viewing": 3.5}',
    '{"viewing": 1, "typing": "yes"}',
    "[" * 8000,
    '{"a":' * 1500,
    '{"viewing": "\\ud800"}',
    "\u0000",
    "x" * 9000,
    b"\x00\x01\xff",
]


@pytest.fixture
def team(stack: Stack) -> Team:
    return make_team()


@pytest.fixture
def agent(team: Team) -> Staff:
    return make_staff(teams=(team,))


@pytest.mark.parametrize("frame", GARBAGE, ids=lambda frame: repr(frame[:24]))
def test_garbage_is_passed_over_and_pushes_go_on(stack: Stack, team: Team, agent: Staff, frame: str | bytes) -> None:
    before = stack.log.count("Traceback")
    with stack.desk(agent) as desk:
        desk.connection.send(frame)
        ticket = make_ticket(team)
        desk.wait("row", id=ticket.pk)
    assert stack.log.count("Traceback") == before


@pytest.mark.parametrize(
    "frame", [{"viewing": 2**63 - 1}, {"viewing": 0}, {"resume": 0}, {"unknown": "field"}, {}, {"pong": [1]}]
)
def test_a_well_formed_frame_about_nothing_is_no_offence(
    stack: Stack, team: Team, agent: Staff, frame: dict[str, object]
) -> None:
    with stack.desk(agent) as desk:
        for _ in range(12):
            desk.say(**frame)
        ticket = make_ticket(team)
        desk.wait("row", id=ticket.pk)


def test_too_much_garbage_ends_the_connection(stack: Stack, agent: Staff) -> None:
    before = stack.log.count("Traceback")
    with stack.desk(agent) as desk:
        for _ in range(10):
            desk.connection.send("{")
        assert desk.closed_with() == 4400
    assert stack.log.count("Traceback") == before


def test_a_flood_ends_the_connection(stack: Stack, agent: Staff) -> None:
    before = stack.log.count("Traceback")
    with stack.desk(agent) as desk:
        try:
            for _ in range(2000):
                desk.say(pong=True)
        except ConnectionClosed:
            pass
        assert desk.closed_with() == 4429
    assert stack.log.count("Traceback") == before


def test_a_huge_frame_ends_the_connection(stack: Stack, agent: Staff) -> None:
    with stack.desk(agent) as desk:
        desk.connection.send(json.dumps({"a": "x" * 200_000}))
        assert desk.closed_with() == 1009


@pytest.mark.parametrize("path", ["/ws/", "/ws/nothing/", "/ws/desk", "/ws/desk/x", "/elsewhere"])
def test_another_address_is_refused(stack: Stack, path: str) -> None:
    before = stack.log.count("Traceback")
    address = f"127.0.0.1:{stack.ports[0]}"
    with pytest.raises(InvalidStatus):
        connect(f"ws://{address}{path}", origin=f"http://{address}", proxy=None)  # type: ignore[arg-type]
    assert stack.log.count("Traceback") == before
