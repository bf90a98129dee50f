"""Lock files: one supervisor a data directory, one server an engine directory.

``flock`` belongs to the open file, so a lock that a child inherits is held until the last process that has it is gone,
even after ``kill -9`` of everything above it. No stale lock can outlive its holders.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """An exclusive lock on ``path``; ``fd`` may be handed to a child, which then holds it too."""

    def __init__(self, path: Path) -> None:
        """Name the lock file; nothing is opened yet."""
        self.path = path
        self.fd = -1

    def acquire(self, *, wait_seconds: float = 0.0) -> bool:
        """Take the lock, waiting up to ``wait_seconds``; False when another process keeps it."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(fd)
                    return False
                time.sleep(0.05)
            else:
                self.fd = fd
                return True

    def write(self, text: str) -> None:
        """Leave a note for whoever finds the lock taken."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, text.encode(), 0)

    def note(self) -> str:
        """What the holder wrote, or an empty string."""
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def close(self) -> None:
        """Let go of our handle; the lock itself stays with the children that inherited it."""
        if self.fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self.fd)
            self.fd = -1
