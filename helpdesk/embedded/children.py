"""One supervised process over its lives: start, death, back-off, a clear end."""

import contextlib
import os
import signal
import socket
import time
from dataclasses import dataclass, field

from helpdesk.embedded import process
from helpdesk.embedded.backoff import Backoff
from helpdesk.embedded.console import Channel, Console
from helpdesk.embedded.launchers import Launcher
from helpdesk.embedded.plan import ProcessSpec


@dataclass
class Child:
    """A process of the plan, running or waiting for its next start."""

    spec: ProcessSpec
    pid: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    finished: bool = False
    exit_status: int = 0
    killed: bool = False
    channel: Channel | None = None
    backoff: Backoff = field(default_factory=Backoff)

    @property
    def name(self) -> str:
        """The prefix of its log lines."""
        return self.spec.name

    @property
    def is_running(self) -> bool:
        """True while there is a process."""
        return self.pid > 0

    def start(self, launcher: Launcher, console: Console, listener: socket.socket) -> None:
        """Start it now."""
        self.channel, write_fd = console.open_channel(self.name)
        try:
            self.pid = launcher.spawn(self.spec, output=write_fd, listener=listener)
        finally:
            os.close(write_fd)
        if self.spec.niceness:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.pid, self.spec.niceness)
        self.started_at = time.monotonic()

    def reap(self) -> bool:
        """True when the process has just been found ended."""
        if not self.is_running:
            return False
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pid, status = self.pid, 0
        if pid == 0:
            return False
        self.exit_status = os.waitstatus_to_exitcode(status)
        process.kill_group(self.pid)  # pool children of a worker that was killed
        self.pid = 0
        return True

    def ended(self, console: Console) -> None:
        """Note the death and decide when to start again."""
        if self.channel is not None:
            console.close_channel(self.channel)
        lived = time.monotonic() - self.started_at
        if self.spec.once:
            self.finished = True
            return
        self.backoff.failed(lived)
        self.start_at = time.monotonic() + self.backoff.delay

    def signal(self, sig: int) -> None:
        """Send ``sig`` if there is a process."""
        if self.is_running:
            try:
                os.kill(self.pid, sig)
            except ProcessLookupError:
                return

    def kill(self) -> bool:
        """Kill it with its whole group; True the first time."""
        first, self.killed = not self.killed, True
        if self.is_running:
            process.kill_group(self.pid)
        return first

    def describe_end(self) -> str:
        """How it ended, for a log line."""
        if self.exit_status < 0:
            return f"was killed by {signal.Signals(-self.exit_status).name}"
        return f"ended with exit status {self.exit_status}"
