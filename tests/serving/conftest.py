"""A web process of the test's own, on a socket that the test listens on."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from helpdesk.embedded.paths import REPO_ROOT

START = """
import socket, sys
from helpdesk.serving import __main__ as serving
serving.DRAIN_SECONDS = 5
sys.exit(serving.serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2]))
"""


@dataclass
class WebProcess:
    """One running web process."""

    port: int
    media: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        """A client that waits long enough."""
        return httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    def connect(self) -> socket.socket:
        """A bare connection, for what no well-behaved client sends."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def calls(self) -> list[str]:
        """The paths that reached the application."""
        path = self.media / "calls"
        return path.read_text().splitlines() if path.exists() else []


@contextlib.contextmanager
def web_process(media: Path, application: str, **environment: str) -> Iterator[WebProcess]:
    """Serve ``application`` from a process of its own until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(listener.fileno()), application],
        cwd=REPO_ROOT,
        pass_fds=[listener.fileno()],
        env=os.environ | {"MEDIA_ROOT": str(media)} | environment,
    )
    port = listener.getsockname()[1]
    listener.close()
    server = WebProcess(port, media, process)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{server.url}/healthz", timeout=1, trust_env=False)
                break
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """A web process with the small application."""
    media = tmp_path_factory.mktemp("media")
    settings = {"DJANGO_SETTINGS_MODULE": "tests.serving.settings", "MAX_REQUEST_BODY_BYTES": str(3 * 1024 * 1024)}
    with web_process(media, "tests.serving.application:application", **settings) as running:
        yield running
