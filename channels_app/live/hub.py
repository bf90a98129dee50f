"""The hub of a web process: one subscription to the bus, and a dict from group to sockets. No channel layer per consumer.

A hub hands messages to sockets without waiting for any of them. It knows the position up to which it has heard the log
(`head`); whatever may have been lost (subscription broken, a hole between two batches, the log further than what was
heard) ends in the same way: rights are read anew, and every socket is told to catch up from its own position.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from channels_app.live import catching_up, groups, publish, rights
from channels_app.live.database import ask
from channels_app.live.faces import Faces
from channels_app.live.load import Load
from channels_app.live.rounds import Rounds
from channels_app.live.sockets import Push, Socket
from helpdesk.core import bus

log = logging.getLogger(__name__)

BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
SUBSCRIBE_SECONDS = 2.0
# Closing codes: the page shows the sign-in page, or says that the right is gone; otherwise it connects again.
SIGNED_OUT, NO_RIGHT, TRY_AGAIN = 4401, 4403, 1013


class Hub:
    """Sockets of one event loop; made by `hub()`, started by the first socket."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.load = Load()
        self.head: int | None = None
        self.subscribed = asyncio.Event()
        # Without a retry: a subscription that came back by itself would hide what it missed.
        self.client = _client(retries=0)
        self.faces = Faces(_client(retries=1))
        self._groups: dict[str, set[Socket]] = defaultdict(set)
        self._reviewing = asyncio.Lock()
        self._unreviewed: set[Socket] = set()
        self._showing: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = False

    # --- Sockets come and go ------------------------------------------------------------------------------------------
    async def join(self, socket: Socket) -> None:
        """Take a socket in: give it the groups of its person's rights (or close it), and say from where it listens."""
        self._start()
        self.sockets.add(socket)
        self._move(socket, frozenset({groups.staff(socket.staff_id)}))
        if not self.subscribed.is_set():
            try:
                async with asyncio.timeout(SUBSCRIBE_SECONDS):
                    await self.subscribed.wait()
            except TimeoutError:
                log.warning("live push is away; desks are told to catch up when it is back")
        await self.review([socket])
        if socket.close_code is None:
            # No await from here: nothing can be pushed between the reading of the head and the greeting.
            position = self.head if self.head is not None else await _pushed_position()
            socket.greet(position)
            socket.say({"t": "hello", "p": position, "wait": self.load.wait_seconds})

    def leave(self, socket: Socket) -> None:
        """The connection has ended. Nothing is written: presence runs out by itself."""
        self.sockets.discard(socket)
        self._move(socket, frozenset())
        if socket.viewing is not None:
            self.soon(self.faces.hide(socket.viewing, socket.token))

    def viewers(self, ticket_id: int) -> set[Socket]:
        return self._groups.get(groups.ticket(ticket_id), set())

    async def look_at(self, socket: Socket, ticket_id: int, *, typing: bool = False) -> None:
        """The page shows this ticket: show its person's face to the others there, if they may see it at all."""
        if not await ask(rights.may_see, socket.staff_id, ticket_id):
            self.view(socket, None)
            return
        if socket in self.sockets:
            self.view(socket, ticket_id)
            socket.typing = typing
            self.soon(self.faces.show(socket))

    def view(self, socket: Socket, ticket_id: int | None) -> None:
        """The socket's page shows this ticket from now on; whoever calls has checked that it may."""
        if socket.viewing == ticket_id:
            return
        if socket.viewing is not None:
            self.soon(self.faces.hide(socket.viewing, socket.token))
        socket.viewing, socket.faces, socket.typing = ticket_id, [], False
        kept = {group for group in socket.groups if not groups.is_ticket(group)}
        self._move(socket, frozenset(kept | ({groups.ticket(ticket_id)} if ticket_id is not None else set())))

    def watch_floor(self, socket: Socket, watches: bool) -> None:
        """The page shows people and queues, or no longer: it hears when somebody comes, goes or changes state."""
        socket.on_floor = watches
        if socket in self.sockets:
            self._move(socket, socket.groups - {groups.FLOOR} | ({groups.FLOOR} if watches else set()))

    @property
    def is_floor_watched(self) -> bool:
        return bool(self._groups.get(groups.FLOOR))

    def tell_floor(self) -> None:
        """Somebody came or went: the pages that show people look again, at their own pace."""
        self.deliver(Push({"t": "floor"}), [groups.FLOOR])

    def _move(self, socket: Socket, wanted: frozenset[str]) -> None:
        for group in socket.groups - wanted:
            members = self._groups[group]
            members.discard(socket)
            if not members:
                del self._groups[group]
        for group in wanted - socket.groups:
            self._groups[group].add(socket)
        socket.groups = wanted

    # --- Rights -------------------------------------------------------------------------------------------------------
    async def review(self, sockets: Iterable[Socket]) -> None:
        """Read the rights behind these sockets anew and act on them at once; three queries for any number of sockets.

        Whoever asks while a review runs is part of the next one, so a crowd that connects at once costs a few of them.
        When rights cannot be read, the sockets are closed: a page connects again, a right that is gone does not come back.
        """
        asked = set(sockets)
        self._unreviewed |= asked
        async with self._reviewing:
            if not asked & self._unreviewed:
                return
            concerned, self._unreviewed = self._unreviewed, set()
            people, sessions = {one.staff_id for one in concerned}, {one.session_key for one in concerned}
            try:
                found = await ask(rights.review, people, sessions)
            except Exception:
                log.exception("rights of %s sockets cannot be read; they are closed", len(concerned))
                for socket in concerned:
                    socket.close(TRY_AGAIN)
                    self._move(socket, frozenset())
                return
            for socket in concerned:
                self._apply(socket, found)

    def _apply(self, socket: Socket, found: rights.Review) -> None:
        held = found.rights.get(socket.staff_id)
        if held is None or socket.session_key not in found.sessions or not held.holds(socket.stamp):
            socket.close(NO_RIGHT if held is None else SIGNED_OUT)
            self._move(socket, frozenset())
            return
        before, socket.rights = socket.rights, held
        if before is not None and before.groups == held.groups:
            return
        if socket.viewing is not None:
            self.soon(self.look_at(socket, socket.viewing))
            self.view(socket, None)
        if socket in self.sockets:
            self._move(socket, held.groups | ({groups.FLOOR} if socket.on_floor else frozenset()))
        if before is not None:
            # Lists may hold what the person no longer sees, and lack what they see now.
            socket.say({"t": "catchup", "all": True, "p": socket.position, "wait": self.load.wait_seconds})

    # --- The bus ------------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        if not self._started:
            self._started = True
            self.soon(self._listen())
            self.soon(Rounds(self).run())

    def soon(self, work: Any) -> None:
        """Run a coroutine beside everything else; Redis being away is no error here."""
        task = asyncio.ensure_future(_forgiving(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        """Hold the subscription for as long as the process lives."""
        failures = 0
        while True:
            try:
                async with self.client.pubsub() as subscription:
                    await subscription.subscribe(bus.LIVE_CHANNEL)
                    while True:
                        message = await subscription.get_message(timeout=60)
                        if message is not None:
                            await self._hear(message)
                            failures = 0
            except asyncio.CancelledError:
                raise
            except (redis.RedisError, OSError) as error:
                log.warning("live push lost its subscription: %s", type(error).__name__)
            except Exception:
                log.exception("live push stumbled; it subscribes again")
            self.subscribed.clear()
            await asyncio.sleep(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])
            failures += 1

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            await self._after_gap(await _pushed_position())
            self.subscribed.set()
            self.soon(self.renew_faces())
        elif message["type"] == "message":
            group, payload = json.loads(message["data"])
            if group == groups.BATCH:
                await self._take_batch(payload)
            elif payload.get("t") == "presence":
                self._show_faces(payload["id"])
            else:
                self.deliver(Push(payload), [group])

    async def _take_batch(self, batch: dict[str, Any]) -> None:
        """Deliver a batch of the event log; rights first, since its rows already presuppose them."""
        if self.head is not None and batch["f"] > self.head + 1:
            log.warning("live push lost the events %s to %s; desks are told to catch up", self.head + 1, batch["f"] - 1)
            await self._after_gap(batch["f"] - 1)
        people = batch["r"]
        if people:
            await self.review(s for s in self.sockets if people == publish.EVERYONE or s.staff_id in people)
        self.head = max(self.head or 0, batch["p"])
        wait = self.load.wait_seconds
        for item in batch["m"]:
            data = item["d"]
            if data["t"] == "row":
                data["wait"] = wait
            self.deliver(Push(data), item["g"], but=item.get("x", ()))

    def deliver(self, push: Push, to: Iterable[str], *, but: Iterable[str] = ()) -> None:
        """Hand a message to every socket in any of the groups, once, except to those in `but`."""
        targets: set[Socket] = set().union(*(self._groups.get(group, ()) for group in to))
        targets.difference_update(*(self._groups.get(group, ()) for group in but))
        for socket in targets:
            if push.data.get("t") == "gone" and socket.viewing == push.data["id"]:
                self.view(socket, None)
            socket.offer(push)

    async def _after_gap(self, position: int) -> None:
        """Something up to this position may not have been heard: look at all rights, and let everybody catch up."""
        heard, self.head = self.head, position
        if not self.sockets:
            return
        await self.review(list(self.sockets))
        for socket in self.sockets:
            socket.fall_behind(socket.position if heard is None else min(heard, position))

    async def compare(self, before: int) -> int:
        """Check what was heard against how far the log has been pushed, now and at the last check; returns the former.

        A push that got lost without breaking the subscription shows here: it was on its way a check ago. A log that is
        shorter than what had been heard was restored from a backup; then nothing that a page knows can be trusted.
        """
        heard = self.head
        pushed = await _pushed_position()
        if heard is None or self.head is None:
            return pushed
        if pushed < heard:
            self.head = pushed
            for socket in self.sockets:
                socket.position = pushed
                socket.say({"t": "catchup", "all": True, "p": pushed, "wait": self.load.wait_seconds})
        elif before > self.head:
            log.warning("live push lost events up to %s; desks are told to catch up", before)
            await self._after_gap(pushed)
        return pushed

    # --- Faces --------------------------------------------------------------------------------------------------------
    def _show_faces(self, ticket_id: int) -> None:
        if self.viewers(ticket_id) and ticket_id not in self._showing:
            self._showing.add(ticket_id)
            self.soon(self._tell_faces_of(ticket_id))

    async def _tell_faces_of(self, ticket_id: int) -> None:
        try:
            await asyncio.sleep(0.05)  # several people who come and go at once are told of together
        finally:
            self._showing.discard(ticket_id)
        await self.tell_faces([ticket_id])

    async def renew_faces(self) -> None:
        """Faces of those who are still there last; those of a process that died run out, and the others are told."""
        viewing = {socket: socket.viewing for socket in self.sockets if socket.viewing is not None}
        if viewing:
            await self.faces.renew(list(viewing))
            await self.tell_faces(sorted(set(viewing.values())))

    async def tell_faces(self, ticket_ids: list[int]) -> None:
        """Tell each viewer of these tickets who else is there, when that has changed."""
        for ticket_id, people in (await self.faces.on(ticket_ids)).items():
            for socket in self.viewers(ticket_id):
                others = [face for face in people if face["id"] != socket.staff_id]
                if others != socket.faces:
                    socket.faces = others
                    socket.offer(Push({"t": "presence", "id": ticket_id, "people": others}))


def _client(*, retries: int) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=1,
        socket_timeout=2,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), retries),
    )


async def _forgiving(work: Any) -> None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except (redis.RedisError, OSError) as error:
        log.debug("lost for now: %s", type(error).__name__)
    except Exception:
        log.exception("live push stumbled")


async def _pushed_position() -> int:
    return await ask(catching_up.pushed_position)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop; a web process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for ended in [known for known in _hubs if known.is_closed()]:
            del _hubs[ended]
        _hubs[loop] = Hub()
    return _hubs[loop]
