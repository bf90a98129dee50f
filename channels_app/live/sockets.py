"""One open socket as the hub sees it: groups, what waits to be sent, and how far its person has been told."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from channels_app.live.load import WAIT_SECONDS, Load
from channels_app.live.rights import Rights

log = logging.getLogger(__name__)

MOST_WAITING = 500
MOST_KEPT = 1000


def encode(data: dict[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


class Push:
    """A message for any number of sockets; encoded once. Rows and hints merge by `key`, everything else is kept in order."""

    __slots__ = ("_text", "data", "key")

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.key: tuple[str, int] | None = None
        kind = data.get("t")
        if kind in {"row", "gone"}:
            self.key = ("ticket", data["id"])
        elif kind in {"counts", "floor", "presence"}:
            self.key = (kind, data.get("id", 0))
        self._text = ""

    @property
    def text(self) -> str:
        self._text = self._text or encode(self.data)
        return self._text

    def after(self, earlier: Push) -> Push:
        """This push in place of an earlier one: the newest version, with the names of both."""
        if not (self.data["t"] == earlier.data["t"] == "row") or set(earlier.data["e"]) <= set(self.data["e"]):
            return self
        names = list(dict.fromkeys([*earlier.data["e"], *self.data["e"]]))
        return Push({**self.data, "e": names})


class Socket:
    """The sending half of a WebSocket, filled by the hub without ever waiting and emptied by a task of its own."""

    def __init__(self, staff_id: int, *, session_key: str, stamp: str) -> None:
        """`stamp` is what the session carried when the socket opened."""
        self.staff_id = staff_id
        self.session_key = session_key
        self.stamp = stamp
        self.token = uuid.uuid4().hex[:12]
        self.slot = int(self.token[:4], 16)
        self.rights: Rights | None = None
        self.groups: frozenset[str] = frozenset()
        self.viewing: int | None = None
        self.typing = False
        self.on_floor = False
        self.faces: list[dict[str, Any]] = []
        self.answered_at = 0.0
        # Everything up to here that concerns the socket has been handed to the connection.
        self.position = 0
        self.behind: int | None = None
        self.close_code: int | None = None
        self._waiting: dict[tuple[str, int], Push] = {}
        self._kept: list[str] = []
        self._ping = False
        self._ready = asyncio.Event()
        self._hurry = asyncio.Event()
        self._woken_at = float("-inf")

    # --- Filled by the hub, which never waits -------------------------------------------------------------------------
    def offer(self, push: Push) -> None:
        """Take a message; a socket whose queue is full is told to catch up instead."""
        if push.key is None:
            self.say(push.data, text=push.text)
            return
        if self.behind is not None and push.key[0] != "presence":
            return
        earlier = self._waiting.pop(push.key, None)
        self._waiting[push.key] = push.after(earlier) if earlier else push
        if len(self._waiting) > MOST_WAITING:
            self.fall_behind(self.position)
        self._ready.set()

    def say(self, *messages: dict[str, Any], text: str = "") -> None:
        """Send without gathering, in this order; never merged with anything."""
        self._kept.extend([text] if text else map(encode, messages))
        if len(self._kept) > MOST_KEPT:
            self.close(4408)
        self._ready.set()
        self._hurry.set()

    def fall_behind(self, position: int) -> None:
        """Something since this position was lost: drop what waits and tell the page to ask for it."""
        reached = min(self.position, position) if self._waiting else position
        self.behind = reached if self.behind is None else min(self.behind, reached)
        self._waiting.clear()
        self._ready.set()

    def greet(self, position: int) -> None:
        """The page is about to hear where it stands; what was lost before that is none of its business."""
        self.position, self.behind = position, None

    def ping(self) -> None:
        """Ask for an answer with the next frame."""
        self._ping = True
        self._ready.set()

    def close(self, code: int) -> None:
        """End the connection with this code and send nothing more."""
        if self.close_code is None:
            self.close_code = code
        self._waiting.clear()
        self._kept.clear()
        self._ready.set()
        self._hurry.set()

    # --- Emptied by its task ------------------------------------------------------------------------------------------
    async def run(
        self,
        send: Callable[[str], Awaitable[None]],
        end: Callable[[int], Awaitable[None]],
        *,
        load: Load,
        head: Callable[[], int],
    ) -> None:
        """Send what waits until the connection ends: the first at once, what follows gathered for a moment."""
        loop = asyncio.get_running_loop()
        quiet_until = loop.time()
        try:
            while self.close_code is None:
                await self._ready.wait()
                await self._gather(quiet_until - loop.time())
                if self.close_code is not None:
                    break
                frame = self._take(load, head(), loop.time())
                if frame:
                    await send(frame)
                    quiet_until = loop.time() + load.gather_seconds
            await end(self.close_code or 1000)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The peer went away while we were sending; its receiving half hears of it, too.
            log.debug("socket of staff %s ended while sending: %s", self.staff_id, type(error).__name__)

    async def _gather(self, seconds: float) -> None:
        if seconds > 0 and not self._hurry.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._hurry.wait()
            except TimeoutError:
                pass

    def _take(self, load: Load, head: int, now: float) -> str:
        """One frame of everything that waits: an object, or a list of several. The kept come first, in their order."""
        self._ready.clear()
        self._hurry.clear()
        texts, self._kept = self._kept, []
        is_wake = False
        if self.behind is not None:
            texts.append(encode({"t": "catchup", "p": self.behind, "wait": load.wait_seconds}))
            self.behind = None
            is_wake = True
        if self._waiting:
            is_wake = is_wake or any(push.data["t"] in {"row", "floor"} for push in self._waiting.values())
            texts.extend(push.text for push in self._waiting.values())
            self._waiting = {}
        if self._ping:
            self._ping = False
            texts.append(encode({"t": "ping", "p": head}))
        self.position = max(self.position, head)
        if texts:
            is_wake = is_wake and now - self._woken_at >= WAIT_SECONDS
            if is_wake:
                self._woken_at = now
            load.sent(is_wake=is_wake)
        return _joined(texts)


def _joined(texts: Sequence[str]) -> str:
    if len(texts) <= 1:
        return texts[0] if texts else ""
    return "[" + ",".join(texts) + "]"
