"""The supervisor's terminal: one stream of lines, each with the name of the process that wrote it."""

import os
import re
import selectors
import sys
from collections import deque
from typing import TextIO

COLOURS = ("36", "32", "33", "35", "34", "96", "92", "93", "95", "94")
NAME_WIDTH = 11
LONGEST_LINE = 16 * 1024
KEPT_LINES = 20
OWN_NAME = "up"

# What the engines say at every start and stop, and what only concerns servers with gigabytes of data.
CHATTER = re.compile(
    r"^LOG:  (starting PostgreSQL|listening on|database system (was shut|is ready|is shut)|received fast|aborting any"
    r"|background worker|shutting down|checkpoint)"
    r"|^FATAL:  the database system is (starting up|not yet accepting)|^DETAIL:  Consistent recovery state"
    r"|Memory overcommit must|Received SIG|now ready to exit|Running mode=|oO0OoO0OoO0Oo"
    r"|Server initialized|Ready to accept connections"
)


class Channel:
    """The output of one child: a pipe whose reading end we keep."""

    def __init__(self, name: str, read_fd: int) -> None:
        """``name`` is the prefix of the child's lines."""
        self.name = name
        self.read_fd = read_fd
        self.partial = b""
        self.recent: deque[str] = deque(maxlen=KEPT_LINES)


class Console:
    """Collects the children's output and prints it line by line, in colour on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to ``stream`` (default: stdout)."""
        self.stream = stream or sys.stdout
        self.coloured = self.stream.isatty() and "NO_COLOR" not in os.environ
        self.selector = selectors.DefaultSelector()
        self._colours: dict[str, str] = {}

    def open_channel(self, name: str) -> tuple[Channel, int]:
        """A new channel and the writing end for the child; the caller closes that end after the fork."""
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        channel = Channel(name, read_fd)
        self.selector.register(read_fd, selectors.EVENT_READ, channel)
        return channel, write_fd

    def close_channel(self, channel: Channel) -> None:
        """Print what is left and let go of the pipe."""
        if channel.read_fd < 0:
            return
        self._read(channel)
        if channel.partial:
            self._emit(channel, channel.partial)
            channel.partial = b""
        if channel.read_fd >= 0:
            self._drop(channel)

    def pump(self, seconds: float) -> None:
        """Wait up to ``seconds`` for output and print what has come."""
        for key, _events in self.selector.select(seconds):
            if isinstance(key.data, Channel):
                self._read(key.data)
            else:
                os.read(key.fd, 4096)  # the wake-up pipe of signals

    def watch(self, fd: int) -> None:
        """Let ``pump`` return early when a signal has written into ``fd``."""
        self.selector.register(fd, selectors.EVENT_READ, None)

    def say(self, text: str) -> None:
        """A line of the supervisor's own."""
        self._print(OWN_NAME, text)

    def _read(self, channel: Channel) -> None:
        while channel.read_fd >= 0:
            try:
                data = os.read(channel.read_fd, 65536)
            except BlockingIOError:
                return
            if not data:
                self._drop(channel)
                return
            *lines, channel.partial = (channel.partial + data).split(b"\n")
            for line in lines:
                self._emit(channel, line)
            if len(channel.partial) > LONGEST_LINE:
                self._emit(channel, channel.partial)
                channel.partial = b""

    def _drop(self, channel: Channel) -> None:
        self.selector.unregister(channel.read_fd)
        os.close(channel.read_fd)
        channel.read_fd = -1

    def _emit(self, channel: Channel, raw: bytes) -> None:
        # Control characters of a log line must not steer the terminal.
        text = re.sub(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", "", raw.decode("utf-8", errors="replace")).rstrip()
        if not text:
            return
        channel.recent.append(text)
        if not CHATTER.search(text):
            self._print(channel.name, text)

    def _print(self, name: str, text: str) -> None:
        prefix = f"{name:<{NAME_WIDTH}} |"
        if self.coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        try:
            for line in text.split("\n"):
                self.stream.write(f"{prefix} {line}\n")
            self.stream.flush()
        except (OSError, ValueError):
            # The terminal is gone (closed window, full disk behind a redirection); the work goes on.
            return
