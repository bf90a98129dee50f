"""What PostgreSQL and Valkey have in common as children of ours."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from helpdesk.embedded import process
from helpdesk.embedded.backoff import Backoff
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.locks import FileLock
from helpdesk.embedded.paths import ensure_private

Output = int | IO[bytes] | None

# The servers of a run that was killed end by themselves; a checkpoint may take them a while.
LOCK_SECONDS = 15.0


class Engine:
    """One embedded server: a foreground child on a loopback port, in a directory that it alone may use."""

    name = "engine"
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGTERM
    start_seconds = 30.0
    stop_seconds = 20.0
    start_attempts = 3

    def __init__(self, data_dir: Path, *, output: Output = None) -> None:
        """Keep the engine below ``data_dir``; its log goes to ``output`` (default: our own stdout)."""
        self.data_dir = data_dir
        self.directory = data_dir / self.name
        self.output = output
        self.process: subprocess.Popen[bytes] | None = None
        self.idle: Callable[[float], None] = time.sleep
        self.started_at = 0.0
        self.backoff = Backoff()

    @property
    def pid(self) -> int:
        """The server's process id; 0 when it is not running."""
        return self.process.pid if self.process is not None else 0

    @property
    def url(self) -> str:
        """The address with its password, for clients."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the server and return once it answers; another free port is tried when ours was taken meanwhile."""
        ensure_private(self.data_dir)
        for attempt in range(1, self.start_attempts + 1):
            self.launch()
            if self.wait_ready():
                return
            status = self.kill()
            if attempt == self.start_attempts:
                raise EmbeddedError(f"{self.name} did not start (exit status {status}).", "See its log lines above.")

    def launch(self) -> None:
        """Start the child without waiting for it."""
        raise NotImplementedError

    def answers(self) -> bool:
        """True when a client can log in and ask something now."""
        raise NotImplementedError

    def wait_ready(self) -> bool:
        """Wait until the server answers; False when it ended or stayed silent for ``start_seconds``."""
        deadline = time.monotonic() + self.start_seconds
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                return False
            if self.answers():
                return True
            self.idle(0.03)
        return False

    def stop(self) -> bool:
        """End the server cleanly; True when it did not have to be killed."""
        if self.process is None:
            return True
        clean = process.stop(self.process, self.stop_signal, timeout=self.stop_seconds)
        self.process = None
        return clean

    def kill(self) -> int | None:
        """End the server at once and return its exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            process.stop(self.process, self.stop_signal, timeout=5)
        status = self.process.returncode
        self.process = None
        return status

    def spawn_locked(self, command: list[str | Path], *, before_exec: Callable[[], None] | None = None) -> None:
        """Start ``command`` holding the engine's lock, which its last process releases by ending."""
        lock = FileLock(self.data_dir / f"{self.name}.lock")
        if not lock.acquire(wait_seconds=LOCK_SECONDS):
            raise EmbeddedError(
                f"Another {self.name} server still uses {self.directory}.",
                "Stop the other `up` or `engines` command of this data directory first.",
            )
        try:
            self.process = process.spawn(
                command,
                death_signal=self.death_signal,
                before_exec=before_exec,
                cwd=self.directory,
                env=self.environment(),
                output=self.output,
                pass_fds=(lock.fd,),
            )
            self.started_at = time.monotonic()
        finally:
            lock.close()

    def environment(self) -> dict[str, str]:
        """A lean environment: nothing of ours (secrets, PG* variables) belongs in the server's."""
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
        return kept | {"LC_ALL": "C", "TZ": "UTC"}
