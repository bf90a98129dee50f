"""What the environment says about a run."""

import os
from dataclasses import dataclass
from pathlib import Path

from helpdesk import env
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.paths import data_dir
from helpdesk.embedded.ports import LOOPBACK

LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "::1"})
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Options:
    """Where a run keeps its data and where it listens."""

    data_dir: Path
    bind: str
    port: int
    mail_port: int
    demo: bool

    @classmethod
    def from_environment(cls, *, demo: bool) -> "Options":
        """Read DATA_DIR, BIND, PORT and MAIL_PORT; raises ``EmbeddedError`` for a value that cannot be meant."""
        bind = os.environ.get("BIND", "").strip() or LOOPBACK
        mail_bind = os.environ.get("MAIL_BIND", "").strip() or bind
        is_demo = demo or env.flag("DEMO")
        for name, address in (("BIND", bind), ("MAIL_BIND", mail_bind)):
            if is_demo and address not in LOOPBACK_NAMES:
                raise EmbeddedError(
                    f"Demo mode has published passwords, so it answers on {LOOPBACK} only, not on {address}.",
                    f"Unset {name}.",
                )
        return cls(data_dir(), bind, _port("PORT", 8000), _port("MAIL_PORT", 2525), demo)

    @property
    def host(self) -> str:
        """The host part of our own addresses."""
        host = LOOPBACK if self.bind in ("0.0.0.0", "::", "localhost") else self.bind
        return f"[{host}]" if ":" in host else host

    @property
    def address(self) -> str:
        """The address to open in a browser, without a final slash."""
        return f"http://{self.host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What the settings of the children read."""
        return {
            "BIND": self.bind,
            "PORT": str(self.port),
            "MAIL_PORT": str(self.mail_port),
            "MAIL_BIND": os.environ.get("MAIL_BIND", "").strip() or self.bind,
            "DEMO": "1" if self.demo else os.environ.get("DEMO", "0") or "0",
        }


def _port(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
        raise EmbeddedError(f"{name} is {text!r}, which is no port.", f"Set it to a number from 1 to {HIGHEST_PORT}.")
    return int(text)
