"""A running piece of the product for the tests: web processes, a dispatcher and a Valkey of their own, and desks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connection
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from helpdesk.accounts.models import Staff
from helpdesk.embedded.paths import REPO_ROOT
from helpdesk.embedded.valkey import UNSAFE_SETTINGS, Valkey

Message = dict[str, Any]


@dataclass
class Stack:
    """Two web processes and a dispatcher on the test's database, with a Valkey that a test may kill."""

    directory: Path
    valkey: Valkey
    ports: list[int] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def dispatcher(self) -> subprocess.Popen[bytes]:
        return self.processes[-1]

    def start(self) -> None:
        """Start everything and wait until the web processes listen."""
        listeners = [socket.create_server(("127.0.0.1", 0), backlog=512) for _ in range(2)]
        for listener in listeners:
            fd = listener.fileno()
            self._run([sys.executable, "-m", "helpdesk.serving", "--fd", str(fd)], pass_fds=[fd])
            self.ports.append(listener.getsockname()[1])
            listener.close()
        self._run([sys.executable, "manage.py", "run_dispatcher"])

    def _run(self, command: list[str], **options: Any) -> None:
        database = settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]}
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        environment = os.environ | {
            "DATABASE_URL": url,
            "REDIS_URL": self.valkey.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "LOG_LEVEL": "INFO",
        }
        with (self.directory / "log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(command, cwd=REPO_ROOT, env=environment, stdout=log, stderr=log, **options)
            )

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self.valkey.stop()

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def open(self, cookie: str = "", *, origin: str | None = "", process: int = 0, **options: Any) -> ClientConnection:
        """A WebSocket as a browser opens it; `origin` None sends none."""
        address = f"127.0.0.1:{self.ports[process]}"
        return connect(
            f"ws://{address}/ws/desk/",
            origin=f"http://{address}" if origin == "" else origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie} if cookie else {},
            proxy=None,
            open_timeout=20,
            **options,
        )

    @contextlib.contextmanager
    def desk(self, staff: Staff, *, resume: int | None = None, process: int = 0, session: str = "") -> Iterator[Desk]:
        """The desk of this person, greeted."""
        cookie = f"{settings.SESSION_COOKIE_NAME}={session or sign_in(staff)}"
        with self.open(cookie, process=process) as socket_:
            desk = Desk(socket_)
            if resume is not None:
                desk.say(resume=resume)
            desk.greeting = desk.wait("hello")
            yield desk

    @contextlib.contextmanager
    def without_push(self) -> Iterator[None]:
        """The dispatcher's pushes are lost on their way although the log goes on."""
        from helpdesk.core import dispatcher

        self.dispatcher.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        try:
            yield
            dispatcher.run_once({"live": lambda events: None, "notifications": lambda events: None})
        finally:
            self.dispatcher.send_signal(signal.SIGCONT)


def sign_in(staff: Staff) -> str:
    """The key of a session of this person, as signing in makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = "helpdesk.accounts.backends.StaffBackend"
    session[HASH_SESSION_KEY] = Staff.objects.get(pk=staff.pk).get_session_auth_hash()
    session.create()
    return str(session.session_key)


class Desk:
    """One open desk: reads frames, answers pings, remembers what it has not been asked for."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.greeting: Message = {}
        self.raw: list[str] = []
        self._unread: list[Message] = []

    def say(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def wait(self, kind: str, seconds: float = 15, **wanted: Any) -> Message:
        """The next message of this kind with these values; earlier ones of other kinds are kept."""

        def fits(message: Message) -> bool:
            return message["t"] == kind and all(message.get(name) == value for name, value in wanted.items())

        return self._find(fits, seconds, f"{kind} {wanted}")

    def _find(self, fits: Callable[[Message], bool], seconds: float, what: str) -> Message:
        deadline = time.monotonic() + seconds
        while True:
            for nth, message in enumerate(self._unread):
                if fits(message):
                    return self._unread.pop(nth)
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {what} within {seconds} s; there were {self._unread}")

    def _read(self, seconds: float) -> bool:
        try:
            frame = self.connection.recv(timeout=max(0.0, seconds))
        except TimeoutError:
            return False
        assert isinstance(frame, str)
        self.raw.append(frame)
        data = json.loads(frame)
        for message in data if isinstance(data, list) else [data]:
            if message["t"] == "ping":
                self.say(pong=True)
            else:
                self._unread.append(message)
        return True

    def everything(self, seconds: float = 0.8) -> list[Message]:
        """All messages up to `seconds` from now."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        found, self._unread = self._unread, []
        return found

    def tickets(self, seconds: float = 0.8) -> dict[str, set[int]]:
        """The ids in `row` and `gone` messages up to `seconds` from now."""
        found: dict[str, set[int]] = {"row": set(), "gone": set()}
        for message in self.everything(seconds):
            if message["t"] in found:
                found[message["t"]].add(message["id"])
        return found

    def closed_with(self, seconds: float = 15) -> int:
        """The code with which the server ends the connection."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(ConnectionClosed):
            while self._read(deadline - time.monotonic()):
                pass
        code = self.connection.close_code
        if code is None:
            raise AssertionError(f"still open after {seconds} s; there were {self._unread}")
        return code


def new_valkey(directory: Path) -> Valkey:
    """A Valkey that no other test uses."""
    return Valkey(directory, output=subprocess.DEVNULL, settings=UNSAFE_SETTINGS)
