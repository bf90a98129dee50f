"""The whole product for browser tests: web, dispatcher, workers and beat as processes, on a database of their own.

Every room has the fixtures `live` (the running product, one for the session), `chromium` (the browser) and `sign_in`
(opens a page as somebody). While `live` is in use, the ORM of the test talks to its database; rows are
committed and stay, so each test makes its own people and teams.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts import browser as finder
from tests.plugins import template

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "long enough 1"
# Milliseconds after which what a page was to show will not come; less than the 15 s after which some ask by themselves.
PATIENCE = 12_000
# What a browser logs when a test takes the network or a page away from it.
EXPECTED = ("Failed to load", "ERR_INTERNET_DISCONNECTED")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class LiveStack:
    """The product's processes. `url` is its address, `log` the folder with what each process printed."""

    url: str
    environment: dict[str, str]
    log: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        output = (self.log / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=output, stderr=output
        )

    def run(self, *command: str, data: bytes | None = None) -> str:
        """Run a management command against this product and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            input=data,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        return done.stdout.decode()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{self.url}/sign-in/", timeout=2).close()
                return
            time.sleep(0.1)
        raise AssertionError((self.log / "web.log").read_text()[-3000:])

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _celery(name: str, queues: str) -> list[str]:
    return ["-m", "celery", "-A", "helpdesk.celery", "--quiet", "worker", f"--hostname={name}@%h", f"--queues={queues}",
            "--pool=threads", "--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]  # fmt: skip


@pytest.fixture(scope="session")
def _stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    from django.conf import settings

    folder = tmp_path_factory.mktemp("live")
    port = free_port()
    database = f"live_{os.getpid()}"
    template.new_database(database)
    environment = {
        **os.environ,
        "DATABASE_URL": template.address_of(database),
        "DJANGO_SETTINGS_MODULE": "tests.live_settings",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "SMS_GATEWAY": "console",
        "PYTHONPATH": str(ROOT),
    }
    stack = LiveStack(f"http://127.0.0.1:{port}", environment, folder)
    if not template.has_schema():
        stack.run("migrate", "--verbosity=0")
    stack.run("prepare")
    # nobody looks at the model that a new installation trains for ten seconds
    template.execute(environment["DATABASE_URL"], "DELETE FROM core_job WHERE kind = 'recognition.train'")
    stack.start("web", "-m", "uvicorn", "helpdesk.asgi:application", "--host=127.0.0.1", f"--port={port}")
    stack.start("dispatcher", "manage.py", "run_dispatcher")
    stack.start("worker", *_celery("main", "inbound,outbound,bulk"))
    stack.start("timers", *_celery("timers", "timers,events"))
    stack.start("beat", "-m", "celery", "-A", "helpdesk.celery", "--quiet", "beat", "--pidfile=",
                "--loglevel=WARNING", f"--schedule={folder / 'beat'}")  # fmt: skip
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def live(_stack: LiveStack, chromium: Browser, django_db_blocker: Any, django_db_setup: None) -> Iterator[LiveStack]:
    """The running product; the test's ORM talks to its database."""
    from django.db import connection

    with django_db_blocker.unblock():
        before = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = urlsplit(_stack.environment["DATABASE_URL"]).path.lstrip("/")
        _forget_rows()
        try:
            yield _stack
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before
            _forget_rows()


def _forget_rows() -> None:
    """What this process compiled from rows of the other database: the same ids are other rows there."""
    from tickets import search_statistics
    from tickets.routing import book as routing_book
    from tickets.routing.recognition import book as recognition_book
    from tickets.routing.recognition import using
    from tickets.sla import book as policy_book

    for kept in (
        policy_book._rules,
        policy_book._compiled,
        routing_book._known,
        recognition_book._compiled,
        using._loaded,
        search_statistics._kept,
    ):
        kept.clear()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real Chromium without a window."""
    path = finder.find()
    assert path, "no Chromium: see scripts/browser.py"
    # Playwright's own event loop runs in this thread from now on; the ORM is used from it nevertheless, one call at a time.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


Opener = Callable[..., Page]


@pytest.fixture
def sign_in(live: LiveStack, chromium: Browser) -> Iterator[Opener]:
    """`sign_in(staff, path)`: a page of a browser of its own in which this person is signed in.

    The test fails when a page logs an error or breaks its content policy.
    """
    contexts = []
    problems: list[str] = []

    def go(staff: Any, path: str = "/tickets/", *, width: int = 1440, height: int = 900) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, timezone_id="Asia/Shanghai")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda m: problems.append(m.text) if m.type == "error" and not any(w in m.text for w in EXPECTED) else None,
        )
        page.goto(f"{live.url}/sign-in/?next={path}")
        page.fill("input[name=username]", staff.username)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not problems, problems
