"""The ASGI application of a web process."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import IO

from django.conf import settings
from whitenoise.base import WhiteNoise

from helpdesk.serving import bridge, files, headers, refusals, spool
from helpdesk.serving.types import Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

HOOK_PREFIX = "/hooks/"
PROXY_PREFIX = "/proxy/"
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
HOOK_BODY_BYTES = 2 * 1024 * 1024
HOOK_THREADS = 2
PROXY_THREADS = 4
PAGE_THREADS = 2
# Beyond this queue a visitor waits longer than they will: better to say so at once.
MOST_WAITING = 400


class Lane:
    """Threads of their own for one kind of request, and how many requests wait for them."""

    def __init__(self, name: str, *, threads: int, limit_bytes: int) -> None:
        """``limit_bytes`` bounds a request's body."""
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.limit_bytes = limit_bytes
        self.waiting = 0


class Entry:
    """Spools bodies, then runs Django's WSGI handler in a lane; serves files and sockets beside it."""

    def __init__(self, wsgi: bridge.WsgiApplication, websocket: Callable[[], AsgiApplication]) -> None:
        """``websocket`` builds the socket application at the first socket."""
        limit = int(getattr(settings, "MAX_REQUEST_BODY_BYTES", 30 * 1024 * 1024))
        self.wsgi = wsgi
        self.pages = Lane("page", threads=int(getattr(settings, "PAGE_THREADS", PAGE_THREADS)), limit_bytes=limit)
        self.hooks = Lane(
            "hook", threads=HOOK_THREADS, limit_bytes=int(getattr(settings, "WEBHOOK_MAX_BYTES", HOOK_BODY_BYTES))
        )
        self.health = Lane("health", threads=1, limit_bytes=64 * 1024)
        # a picture's server may take seconds to answer; pages do not wait for it
        self.proxy = Lane("proxy", threads=PROXY_THREADS, limit_bytes=64 * 1024)
        self.proxies = headers.networks(getattr(settings, "TRUSTED_PROXIES", ()))
        self._build_websocket = websocket
        self._websocket: AsgiApplication | None = None
        self._static: WhiteNoise | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch by the kind of connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._socket(headers.clean(scope, self.proxies), receive, send)
        else:
            await self._request(headers.clean(scope, self.proxies), receive, send)

    def lane(self, path: str) -> Lane:
        """The threads that answer ``path``."""
        if path in HEALTH_PATHS:
            return self.health
        if path.startswith(HOOK_PREFIX):
            return self.hooks
        return self.proxy if path.startswith(PROXY_PREFIX) else self.pages

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["path"].startswith(settings.STATIC_URL) and scope["method"] in ("GET", "HEAD"):
                if self._static is None:
                    self._static = files.static_files()
                if await files.send_static(self._static, scope, send):
                    return
            await self._view(scope, receive, send)
        except spool.ClientGone:
            return
        except refusals.Refused as refused:
            await refusals.answer(scope, send, refused)

    async def _view(self, scope: Scope, receive: Receive, send: Send) -> None:
        lane = self.lane(scope["path"])
        body, length = await spool.read_body(scope["headers"], receive, limit_bytes=lane.limit_bytes)
        try:
            answer = await self._run(lane, scope, receive, body, length)
        finally:
            body.close()
        if answer.internal_file is not None:
            await self._send_internal(scope, send, answer)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if isinstance(answer.body, bytes):
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await files.send_file(answer.body, send)

    async def _run(self, lane: Lane, scope: Scope, receive: Receive, body: IO[bytes], length: int) -> bridge.Answer:
        """The view's answer; a client that leaves while it waits for a thread gives its place up."""
        if lane.waiting >= MOST_WAITING:
            raise refusals.Refused(HTTPStatus.SERVICE_UNAVAILABLE)
        lane.waiting += 1
        values = bridge.environ(scope, body, length)
        work = lane.executor.submit(partial(bridge.call, self.wsgi, values))
        leaving = asyncio.ensure_future(_disconnect(receive))
        leaving.add_done_callback(lambda done: None if done.cancelled() else work.cancel())
        try:
            return await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            if work.cancelled():
                raise spool.ClientGone from None
            raise
        except Exception:
            logger.exception("request failed outside Django", extra={"path": scope["path"]})
            raise refusals.Refused(HTTPStatus.INTERNAL_SERVER_ERROR) from None
        finally:
            lane.waiting -= 1
            leaving.cancel()

    async def _send_internal(self, scope: Scope, send: Send, answer: bridge.Answer) -> None:
        path = files.internal_path(answer.internal_file or "")
        if path is None:
            logger.error("a view named a file that cannot be sent", extra={"file": answer.internal_file})
            raise refusals.Refused(HTTPStatus.INTERNAL_SERVER_ERROR)
        await files.send_internal(path, scope, send, answer.status, answer.headers)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not (scope["path"] == "/ws" or scope["path"].startswith("/ws/")):
            await send({"type": "websocket.close", "code": 4404})
            return
        if self._websocket is None:
            self._websocket = self._build_websocket()
        await self._websocket(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message: Message = await receive()
            if message["type"] == "lifespan.startup":
                self._static = await asyncio.to_thread(files.static_files)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                for lane in (self.pages, self.hooks, self.health, self.proxy):
                    lane.executor.shutdown(wait=False, cancel_futures=True)
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _disconnect(receive: Receive) -> None:
    with contextlib.suppress(Exception):
        while (await receive())["type"] != "http.disconnect":
            continue
