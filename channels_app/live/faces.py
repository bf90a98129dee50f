"""Who else has a ticket open, and who is writing. Kept in Redis for a minute at a time; may be lost at any moment.

The bus carries only the hint that a ticket's faces changed; each process with a viewer reads them and tells its sockets.
"""

from __future__ import annotations

import json
import time
from typing import Any

import redis.asyncio
from redis.asyncio.client import Pipeline

from channels_app.live import groups
from channels_app.live.sockets import Socket
from helpdesk.core import bus
from helpdesk.core.templatetags.ui import HAN, initials, tone

TTL_SECONDS = 60
MOST_FACES = 20

Face = dict[str, Any]


class Faces:
    """The faces of tickets; one hash a ticket with one field a socket: person, name, writing, until when."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client

    async def show(self, socket: Socket) -> None:
        """Enter the socket's face on the ticket that it views, and hint at it."""
        if socket.viewing is None or socket.rights is None:
            return
        pipe = self.client.pipeline(transaction=False)
        self._write(pipe, socket)
        self._hint(pipe, socket.viewing)
        await pipe.execute()

    async def hide(self, ticket_id: int, token: str) -> None:
        """Take a socket's face off the ticket, and hint at it."""
        pipe = self.client.pipeline(transaction=False)
        pipe.hdel(_key(ticket_id), token)
        self._hint(pipe, ticket_id)
        await pipe.execute()

    async def renew(self, sockets: list[Socket]) -> None:
        """The sockets still look at their tickets: extend their faces in one round trip."""
        pipe = self.client.pipeline(transaction=False)
        for socket in sockets:
            self._write(pipe, socket)
        await pipe.execute()

    async def on(self, ticket_ids: list[int]) -> dict[int, list[Face]]:
        """The people on each ticket, each once, by name; those whose time is over are left out."""
        pipe = self.client.pipeline(transaction=False)
        for ticket_id in ticket_ids:
            pipe.hgetall(_key(ticket_id))
        answers = await pipe.execute()
        now = time.time()
        found: dict[int, list[Face]] = {}
        for ticket_id, entries in zip(ticket_ids, answers, strict=True):
            known = {token: json.loads(entry) for token, entry in entries.items()}
            over = [token for token, entry in known.items() if entry[3] <= now]
            if over:
                await self.client.hdel(_key(ticket_id), *over)
            found[ticket_id] = _people([entry for token, entry in known.items() if token not in over])
        return found

    def _write(self, pipe: Pipeline, socket: Socket) -> None:
        if socket.viewing is None or socket.rights is None:
            return
        entry = [socket.staff_id, socket.rights.name, socket.typing, int(time.time()) + TTL_SECONDS]
        pipe.hset(_key(socket.viewing), socket.token, json.dumps(entry))
        pipe.expire(_key(socket.viewing), TTL_SECONDS)

    def _hint(self, pipe: Pipeline, ticket_id: int) -> None:
        pipe.publish(bus.LIVE_CHANNEL, json.dumps([groups.ticket(ticket_id), {"t": "presence", "id": ticket_id}]))


def _key(ticket_id: int) -> str:
    return f"presence:{ticket_id}"


def _face(staff_id: int, name: str) -> Face:
    """What the page draws: as the avatar of the same person elsewhere."""
    letters = initials(name)
    lang = {"lang": "zh"} if HAN.match(letters) else {}
    return {"id": staff_id, "name": name, "initials": letters, "tone": tone(staff_id), "typing": False} | lang


def _people(entries: list[list[Any]]) -> list[Face]:
    """Each person once, with the writing of any of their sockets."""
    found: dict[int, Face] = {}
    for staff_id, name, typing, _until in entries:
        face = found.setdefault(staff_id, _face(staff_id, name))
        face["typing"] = face["typing"] or bool(typing)
    return sorted(found.values(), key=lambda face: (face["name"], face["id"]))[:MOST_FACES]
