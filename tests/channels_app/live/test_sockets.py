"""How one socket gathers, merges and keeps order, and what happens when its reader is too slow."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels_app.live import load as loads
from channels_app.live.load import Load
from channels_app.live.sockets import MOST_WAITING, Push, Socket

pytestmark = pytest.mark.req("K8", "live push")


def row(ticket_id: int, position: int, *names: str) -> Push:
    return Push({"t": "row", "id": ticket_id, "v": position, "p": position, "e": list(names)})


class Line:
    """A connection whose peer can be made to stop reading."""

    def __init__(self) -> None:
        self.frames: list[list[dict[str, Any]]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.code: int | None = None
        self.head = 0

    async def send(self, text: str) -> None:
        await self.reads.wait()
        data = json.loads(text)
        self.frames.append(data if isinstance(data, list) else [data])

    async def end(self, code: int) -> None:
        self.code = code

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for frame in self.frames for message in frame]


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[tuple[Socket, Line]]:
    socket, line = Socket(1, session_key="s", stamp="x"), Line()
    task = asyncio.ensure_future(socket.run(line.send, line.end, load=Load(), head=lambda: line.head))
    await asyncio.sleep(0)
    yield socket, line
    task.cancel()


async def test_the_first_push_goes_at_once_and_what_follows_is_gathered() -> None:
    async with running() as (socket, line):
        socket.offer(row(1, 1, "ticket.created"))
        for _turn in range(10):
            await asyncio.sleep(0)
        assert len(line.frames) == 1  # no time has been waited
        for nth in range(2, 30):
            socket.offer(row(nth % 3, nth, f"event.{nth}"))
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.4)
        # one round on a quiet machine, a few on a busy one; never a frame for each of the 28
        assert 2 <= len(line.frames) <= 5
        newest = {message["id"]: message["v"] for frame in line.frames[1:] for message in frame}
        assert newest == {0: 27, 1: 28, 2: 29}


async def test_a_merged_row_names_what_all_its_events_were() -> None:
    async with running() as (socket, line):
        socket.offer(row(1, 1, "ticket.created"))
        socket.offer(row(1, 2, "note.added"))
        socket.offer(row(1, 3, "note.added", "ticket.assigned"))
        await asyncio.sleep(0.3)
        assert line.messages == [
            {"t": "row", "id": 1, "v": 3, "p": 3, "e": ["ticket.created", "note.added", "ticket.assigned"]}
        ]


async def test_a_farewell_replaces_a_row_and_a_row_a_farewell() -> None:
    async with running() as (socket, line):
        socket.offer(row(1, 1, "a"))
        socket.offer(Push({"t": "gone", "id": 1, "p": 2}))
        socket.offer(Push({"t": "gone", "id": 2, "p": 2}))
        socket.offer(row(2, 3, "b"))
        await asyncio.sleep(0.05)
        assert [(m["t"], m["id"]) for m in line.messages] == [("gone", 1), ("row", 2)]


async def test_notices_are_never_merged_and_never_wait() -> None:
    async with running() as (socket, line):
        socket.offer(row(1, 1, "a"))
        await asyncio.sleep(0.02)
        for nth in range(3):
            socket.offer(Push({"t": "notice", "nth": nth}))
        await asyncio.sleep(0.02)
        assert [message.get("nth") for message in line.messages[1:]] == [0, 1, 2]


async def test_a_reader_who_is_too_slow_is_told_to_catch_up_from_where_they_stand() -> None:
    async with running() as (socket, line):
        line.head = 5
        socket.offer(row(1, 5, "a"))
        await asyncio.sleep(0.02)
        line.reads.clear()
        line.head = 6
        socket.offer(row(2, 6, "a"))
        await asyncio.sleep(0.3)  # this frame hangs in the connection
        line.head = 5000
        for nth in range(MOST_WAITING + 10):
            socket.offer(row(nth + 10, nth + 7, "a"))
        line.reads.set()
        await asyncio.sleep(0.5)
        assert [(m["t"], m.get("id")) for m in line.messages[:2]] == [("row", 1), ("row", 2)]
        assert [m["t"] for m in line.messages[2:]] == ["catchup"]
        assert line.messages[2]["p"] == 6
        socket.offer(row(3, 5001, "a"))
        await asyncio.sleep(0.3)
        assert line.messages[-1]["id"] == 3


async def test_closing_sends_nothing_more() -> None:
    async with running() as (socket, line):
        socket.offer(row(1, 1, "a"))
        socket.close(4401)
        await asyncio.sleep(0.02)
        assert line.code == 4401
        assert line.frames == []


def test_desks_are_asked_to_wait_longer_the_more_of_them_there_are_and_the_later_the_loop_is() -> None:
    quiet, crowded, late = Load(), Load(), Load()
    for _ in range(40):
        quiet.tick(1, lag=0)
        for _ in range(100):
            crowded.sent(is_wake=True)
        crowded.tick(1, lag=0)
        late.tick(1, lag=0.3)
    assert quiet.wait_seconds == loads.WAIT_SECONDS
    assert 8 < crowded.wait_seconds <= 10
    assert 6 < late.wait_seconds <= 8
    assert quiet.gather_seconds == loads.GATHER_SECONDS
    assert loads.GATHER_SECONDS < late.gather_seconds <= loads.GATHER_SECONDS_MOST
    for _ in range(40):
        late.tick(1, lag=1000)
        crowded.tick(1, lag=0)
    assert late.wait_seconds == loads.WAIT_SECONDS_MOST
    assert crowded.wait_seconds == loads.WAIT_SECONDS
