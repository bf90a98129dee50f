"""The preloaded parent: imports the product once and forks every process from that image.

Eight processes that each import Django, Celery and the rooms would take the restart past its eight seconds and hold the
same memory eight times. The children are forked twice, so that the supervisor (which adopts orphans) becomes their
parent: it sees them end and their life is bound to its own.

Protocol, over a socket inherited as ``--fd``: a JSON object with ``name``, ``target``, ``arguments`` and ``supervisor``
(its pid), with two descriptors (output, listening socket), is answered by the new process id as JSON.
"""

import argparse
import contextlib
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
import warnings
from importlib import import_module
from typing import Any, NoReturn

from helpdesk.embedded.process import die_with_parent, set_name

LONGEST_MESSAGE = 64 * 1024
PRELOADED = (
    "helpdesk.asgi",  # runs django.setup()
    "helpdesk.serving.__main__",
    "channels_app.routing",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "uvicorn.server",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
)


def preload() -> None:
    """Import whatever any of the processes needs, and open nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    for module in PRELOADED:
        import_module(module)
    from django.db import connections
    from django.urls import get_resolver

    from helpdesk.celery import app

    # Celery's advice against root; the product says so itself where it matters (docs/operator).
    warnings.filterwarnings("ignore", category=import_module("celery.platforms").SecurityWarning)
    app.finalize()
    app.loader.import_default_modules()
    _ = get_resolver().url_patterns
    connections.close_all()
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, every shared page


def run(target: str, arguments: list[str], listener_fd: int) -> int:
    """Be one process of the product; returns its exit status."""
    if target == "web":
        from helpdesk.serving.__main__ import serve

        return serve(socket.socket(fileno=listener_fd))
    os.close(listener_fd)
    if target == "celery":
        from helpdesk.celery import app

        sys.argv = ["celery", *arguments]
        app.start(argv=arguments)
        return 0
    from django.core.management import execute_from_command_line

    sys.argv = ["manage.py", *arguments]
    execute_from_command_line(sys.argv)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Preload, say so, and fork on request until the supervisor hangs up."""
    parser = argparse.ArgumentParser(prog="python -m helpdesk.preload", description=__doc__)
    parser.add_argument("--fd", type=int, required=True)
    control = socket.socket(fileno=parser.parse_args(arguments).fd)
    preload()
    if threading.active_count() > 1:
        names = ", ".join(thread.name for thread in threading.enumerate())
        print(f"warning: threads were started by an import and will be missing in the children: {names}", flush=True)
    control.sendall(b'{"ready": true}\n')
    while True:
        data, fds, _flags, _address = socket.recv_fds(control, LONGEST_MESSAGE, 2)
        if not data:
            return 0
        _fork_twice(json.loads(data), fds, control)
        for fd in fds:
            os.close(fd)


def _fork_twice(message: dict[str, Any], fds: list[int], control: socket.socket) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return
    pid = os.fork()
    if pid:
        control.sendall(json.dumps({"pid": pid}).encode() + b"\n")
        os._exit(0)
    control.close()
    _become_child(message, output_fd=fds[0], listener_fd=fds[1])


def _become_child(message: dict[str, Any], *, output_fd: int, listener_fd: int) -> NoReturn:
    supervisor = int(message["supervisor"])
    os.setsid()
    while os.getppid() != supervisor:  # until the process in the middle has ended
        if os.getppid() == 1 != supervisor:
            os._exit(1)
        time.sleep(0.001)
    die_with_parent(signal.SIGKILL, parent=supervisor)
    set_name(message["name"])
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    os.close(output_fd)
    status = 1
    try:
        status = run(message["target"], list(message["arguments"]), listener_fd)
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
