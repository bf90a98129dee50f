"""What the hub does by the clock: pings, presence, faces, rights, and the check that nothing was lost."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import redis
from django.db import DatabaseError
from django.utils import timezone

from channels_app.live.database import ask
from helpdesk.accounts.selectors import connected_people
from helpdesk.accounts.services.presence import extend_connections

if TYPE_CHECKING:
    from channels_app.live.hub import Hub

log = logging.getLogger(__name__)

PING_SECONDS = 20
CHECK_SECONDS = 5
# Nothing is written when a connection comes or runs out, and nothing is left of a process that was killed: what a page with
# people shows is compared this often, by one small query for a process, and only while it has such a page.
FLOOR_SECONDS = 2
# Even when every word about a lost right was lost, it lasts no longer than this; sessions also run out by themselves.
REVIEW_SECONDS = 60
# A socket that has not answered for this long keeps nobody present.
ANSWER_SECONDS = 30
# Three rounds: one may be late without an agent dropping out of routing.
CONNECTED_FOR = timedelta(seconds=60)


class Rounds:
    """One turn a second. Pings are spread over twenty turns, so that no turn is long."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.turn = 0
        self.pushed_before = 0
        self._known_present: set[int] = set()
        self._floor: frozenset[tuple[int, str]] | None = None

    async def run(self) -> None:
        """Go on for as long as the process lives; a lost database or Redis costs a turn."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            await asyncio.sleep(1)
            seconds = loop.time() - started
            self.hub.load.tick(seconds, lag=seconds - 1)
            self.turn += 1
            try:
                await self._take_turn()
            except (DatabaseError, redis.RedisError, OSError) as error:
                log.warning("a round of live push failed: %s", type(error).__name__)
            except Exception:
                log.exception("a round of live push failed")

    async def _take_turn(self) -> None:
        self._ping()
        if not self.hub.sockets:
            # whoever comes back after everybody had gone has just come
            self._known_present = set()
            return
        if self.turn % CHECK_SECONDS == 0:
            self.pushed_before = await self.hub.compare(self.pushed_before)
        await self._extend()
        if self.turn % FLOOR_SECONDS == 0:
            await self._look_at_floor()
        if self.turn % PING_SECONDS == 0:
            await self.hub.renew_faces()
        if self.turn % REVIEW_SECONDS == 0:
            await self.hub.review(list(self.hub.sockets))

    def _ping(self) -> None:
        place = self.turn % PING_SECONDS
        for socket in self.hub.sockets:
            if socket.slot % PING_SECONDS == place:
                socket.ping()

    async def _extend(self) -> None:
        """Every 20 s for everybody who answers, at once for whoever has just come; one statement either way."""
        answering = self._answering()
        concerned = answering if self.turn % PING_SECONDS == 0 else answering - self._known_present
        if concerned:
            until = timezone.now() + CONNECTED_FOR
            await ask(extend_connections, concerned, until=until)
        self._known_present = answering

    async def _look_at_floor(self) -> None:
        """Tell the pages that show people when somebody's connection came or ran out since the last look."""
        if not self.hub.is_floor_watched:
            self._floor = None
            return
        before, self._floor = self._floor, await ask(connected_people)
        if before is not None and before != self._floor:
            self.hub.tell_floor()

    def _answering(self) -> set[int]:
        now = asyncio.get_running_loop().time()
        return {
            socket.staff_id
            for socket in self.hub.sockets
            if socket.rights is not None and now - socket.answered_at < ANSWER_SECONDS
        }
