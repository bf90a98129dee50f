"""Two ways to start a process of the product: forked from a preloaded image (Linux), or by an interpreter of its own."""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from helpdesk.embedded import process
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.paths import REPO_ROOT
from helpdesk.embedded.plan import ProcessSpec

PRELOAD_SECONDS = 120.0


class Launcher(Protocol):
    """Starts processes; each leads its own process group and dies with us."""

    @property
    def pid(self) -> int:
        """The process that the launcher itself needs; 0 for none."""
        ...

    def spawn(self, spec: ProcessSpec, *, output: int, listener: socket.socket) -> int:
        """The id of the new process, which is a child of ours."""
        ...

    def close(self) -> None:
        """Let go of what the launcher itself needs."""
        ...


def command_line(spec: ProcessSpec, listener_fd: int) -> list[str]:
    """The command that a person would type for ``spec``."""
    if spec.target == "web":
        return [sys.executable, "-m", "helpdesk.serving", "--fd", str(listener_fd)]
    if spec.target == "celery":
        return [sys.executable, "-m", "celery", "--app", "helpdesk", *spec.arguments]
    return [sys.executable, str(REPO_ROOT / "manage.py"), *spec.arguments]


class ExecLauncher:
    """A fresh interpreter for each process."""

    pid = 0

    def spawn(self, spec: ProcessSpec, *, output: int, listener: socket.socket) -> int:
        """Start it; the listening socket is handed to web processes only."""
        child = process.spawn(
            command_line(spec, listener.fileno()),
            cwd=REPO_ROOT,
            env=os.environ | spec.environment,
            output=output,
            pass_fds=(listener.fileno(),) if spec.target == "web" else (),
        )
        child.returncode = 0  # the supervisor waits for the id itself; Popen must not
        return child.pid

    def close(self) -> None:
        """Nothing to let go of."""


class PreloadLauncher:
    """Forks from ``helpdesk.preload``."""

    def __init__(self, *, output: int, idle: Callable[[float], None]) -> None:
        """Start the preloaded image, its words going to ``output``; ``idle`` is called while it imports."""
        ours, theirs = socket.socketpair()
        self.process = process.spawn(
            [sys.executable, "-m", "helpdesk.preload", "--fd", str(theirs.fileno())],
            cwd=REPO_ROOT,
            output=output,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        self.control = ours
        self._wait_ready(idle)

    @property
    def pid(self) -> int:
        """The preloaded image, while it lives."""
        return self.process.pid if self.process.poll() is None else 0

    def spawn(self, spec: ProcessSpec, *, output: int, listener: socket.socket) -> int:
        """Ask the image for a fork; raises ``EmbeddedError`` when the image is gone."""
        message = {"name": spec.name, "target": spec.target, "arguments": spec.arguments, "supervisor": os.getpid()}
        try:
            self.control.settimeout(10)
            socket.send_fds(self.control, [json.dumps(message).encode()], [output, listener.fileno()])
            return int(json.loads(self._line())["pid"])
        except (OSError, ValueError, KeyError) as error:
            raise EmbeddedError(f"{spec.name} cannot be forked: {error}.") from error

    def close(self) -> None:
        """End the image; its forks go on."""
        self.control.close()
        process.stop(self.process, signal.SIGKILL, timeout=5)

    def _wait_ready(self, idle: Callable[[float], None]) -> None:
        self.control.setblocking(False)
        deadline = time.monotonic() + PRELOAD_SECONDS
        while time.monotonic() < deadline:
            idle(0.02)
            try:
                if self.control.recv(LINE_BYTES):
                    return
                break
            except BlockingIOError:
                continue
        idle(0.2)
        raise EmbeddedError("The product could not be loaded.", "See the lines above.")

    def _line(self) -> bytes:
        received = b""
        while not received.endswith(b"\n"):
            chunk = self.control.recv(LINE_BYTES)
            if not chunk:
                raise OSError("the preloaded image has ended")
            received += chunk
        return received


LINE_BYTES = 4096


def preloading_possible() -> bool:
    """True where forked processes can be adopted (Linux), unless ``PRELOAD=0``."""
    return sys.platform == "linux" and os.environ.get("PRELOAD", "1") != "0" and process.adopt_orphans()


def python_environment(data_dir: Path) -> dict[str, str]:
    """What every Python process of ours gets beside the caller's environment."""
    return {
        "DATA_DIR": str(data_dir),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        "MALLOC_ARENA_MAX": "2",  # threads share arenas: less memory at rest
    }
