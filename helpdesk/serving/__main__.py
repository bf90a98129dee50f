"""One web process, on a socket that somebody else listens on, or on an address of its own.

python -m helpdesk.serving --fd 7
python -m helpdesk.serving --bind 0.0.0.0 --port 8000
"""

import argparse
import logging
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from django.conf import settings

from helpdesk.env import is_loopback

# Longer than a proxy in front keeps its connections open, so that the proxy closes first.
KEEP_ALIVE_SECONDS = 75
DRAIN_SECONDS = 15


def serve(listener: socket.socket, application: str = "helpdesk.asgi:application") -> int:
    """Answer on ``listener`` until SIGTERM, then finish what is being answered; returns the exit status."""
    config = uvicorn.Config(
        application,
        lifespan="on",
        interface="asgi3",
        http="httptools",
        proxy_headers=False,  # helpdesk.serving.headers decides which proxy is believed
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # Uvicorn raises the signal again when it has drained; that is the regular end.
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, _end)
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 3


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _is_demo() -> bool:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    return bool(getattr(settings, "DEMO", False))


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m helpdesk.serving", description=__doc__)
    parser.add_argument("--fd", type=int, help="an inherited listening socket")
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    if options.fd is not None:
        return serve(socket.socket(fileno=options.fd))
    if not is_loopback(options.bind) and _is_demo():
        print(
            f"Demo mode has published passwords, so it answers on 127.0.0.1 only, not on {options.bind}.",
            file=sys.stderr,
        )
        return 2
    return serve(socket.create_server((options.bind, options.port), backlog=2048, reuse_port=False))


if __name__ == "__main__":
    sys.exit(main())
