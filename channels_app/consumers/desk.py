"""The desk's socket: changed tickets, counts, faces and notices for one page of one person of the staff."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY

from channels_app.consumers import frames
from channels_app.live import catching_up
from channels_app.live.hub import SIGNED_OUT, hub
from channels_app.live.sockets import Socket
from helpdesk.accounts.models import Staff

log = logging.getLogger(__name__)

# Closing codes beside those of the hub.
GARBAGE, TOO_MANY = 4400, 4429


class DeskConsumer(AsyncWebsocketConsumer):
    """`/ws/desk/`. The hub pushes (docs/developer/live.md); a page may say `resume`, `viewing`, `typing`, `floor` and `pong`."""

    # The hub replaces the channel layer: a layer per consumer costs fifty times as much for each delivery.
    channel_layer_alias = ""
    socket: Socket | None = None
    writer: asyncio.Task[None] | None = None

    async def dispatch(self, message: MutableMapping[str, Any]) -> None:
        """As the base class does, without a hop to the database thread for each frame; queries look after themselves."""
        await getattr(self, str(message["type"]).replace(".", "_"))(message)

    async def connect(self) -> None:
        """Send strangers away, then join the hub."""
        # Accepted first: a browser tells its page nothing but 1006 about a socket that was never open.
        await self.accept()
        user = self.scope.get("user")
        session = self.scope["session"]
        if not isinstance(user, Staff):
            await self.close(SIGNED_OUT)
            return
        self.allowance = frames.Allowance()
        self.socket = Socket(user.pk, session_key=session.session_key or "", stamp=session.get(HASH_SESSION_KEY, ""))
        self.socket.answered_at = asyncio.get_running_loop().time()
        live = hub()
        await live.join(self.socket)
        self.writer = asyncio.ensure_future(
            self.socket.run(self.send, self.close, load=live.load, head=lambda: live.head or 0)
        )

    async def disconnect(self, code: int) -> None:
        """Leave the hub. Nothing is written."""
        if self.socket is not None:
            hub().leave(self.socket)
        if self.writer is not None:
            self.writer.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame of the page; garbage is passed over, and too much of it ends the connection."""
        socket = self.socket
        if socket is None or socket.close_code is not None:
            return
        if not self.allowance.take():
            if self.allowance.is_flooded:
                socket.close(TOO_MANY)
            return
        try:
            frame = frames.read(text_data)
        except frames.NotAFrame:
            self.allowance.spoil()
            if self.allowance.is_spoilt:
                socket.close(GARBAGE)
            return
        socket.answered_at = asyncio.get_running_loop().time()
        try:
            await self._obey(socket, frame)
        except Exception:
            # The database or Redis is away: the page connects again and asks once more.
            log.exception("a frame of staff %s could not be answered", socket.staff_id)
            socket.close(1013)

    async def _obey(self, socket: Socket, frame: frames.Frame) -> None:
        if frame.resume is not None:
            missed = await database_sync_to_async(catching_up.changes_since)(socket.staff_id, frame.resume)
            wait = hub().load.wait_seconds
            socket.say(
                *({**message, "wait": wait} if message["t"] in {"row", "catchup"} else message for message in missed)
            )
        if frame.floor is not None:
            hub().watch_floor(socket, frame.floor)
        if not frame.has_viewing:
            return
        if frame.viewing is None:
            hub().view(socket, None)
        elif frame.viewing != socket.viewing:
            await hub().look_at(socket, frame.viewing, typing=frame.typing)
        elif frame.typing != socket.typing:
            socket.typing = frame.typing
            hub().soon(hub().faces.show(socket))
