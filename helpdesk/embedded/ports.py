"""TCP ports on the loopback address."""

import random
import socket
from pathlib import Path

from helpdesk.embedded import runtime

LOOPBACK = "127.0.0.1"
LASTING = range(20_000, 32_000)


def is_free(port: int, *, host: str = LOOPBACK) -> bool:
    """True when a server could listen on ``port`` now (connections in TIME_WAIT do not count as taken)."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def any_free() -> int:
    """A port that nobody listens on at this moment; the kernel chooses it."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def any_lasting() -> int:
    """A free port below the range from which the kernel takes ports for outgoing connections.

    A port out of that range may be in use by anybody's connection when the server wants it again at the next start.
    """
    for port in random.sample(LASTING, 100):
        if is_free(port):
            return port
    return any_free()


def remembered(directory: Path, key: str) -> int:
    """The port stored under ``key`` in ``runtime.json`` if it is still free, else a new one, which is stored."""
    known = runtime.load(directory).get(key)
    if isinstance(known, int) and is_free(known):
        return known
    port = any_lasting()
    runtime.update(directory, **{key: port})
    return port
