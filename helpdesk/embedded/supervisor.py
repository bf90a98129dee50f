"""``manage.py up``: starts the whole product, keeps it running and stops it in order.

It must run before Django's settings can name a database, so it imports nothing of Django itself.
"""

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from types import FrameType

from helpdesk.embedded import launchers, plan, ports, preparation, process, runtime
from helpdesk.embedded.banner import ready_lines
from helpdesk.embedded.children import Child
from helpdesk.embedded.console import Channel, Console
from helpdesk.embedded.engine import Engine
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.locks import FileLock
from helpdesk.embedded.options import Options
from helpdesk.embedded.paths import ensure_private, require_free_space
from helpdesk.embedded.plan import Phase, ProcessSpec
from helpdesk.embedded.postgres import Postgres
from helpdesk.embedded.valkey import Valkey

NEEDED_MEGABYTES = 300
LIVE_SECONDS = 120.0
TICK_SECONDS = 0.5
PROBE_SECONDS = 0.1


class Stopped(Exception):
    """Ctrl-C or SIGTERM arrived."""


class Supervisor:
    """Everything that belongs to one run of the product on one data directory."""

    def __init__(self, options: Options, console: Console) -> None:
        """Nothing is started yet."""
        self.options = options
        self.console = console
        self.data_dir = options.data_dir
        self.lock = FileLock(self.data_dir / "up.lock")
        self.listener: socket.socket | None = None
        self.engines: list[Engine] = []
        self.engine_channels: dict[str, Channel] = {}
        self.children: list[Child] = []
        self.launcher: launchers.Launcher | None = None
        self.stop_requests = 0
        self.ending = False
        self.started_at = time.monotonic()

    def run(self) -> int:
        """From start to stop; returns the exit status."""
        ensure_private(self.data_dir)
        self._take_lock()
        self._watch_signals()
        status = 0
        try:
            self._start()
            self._announce()
            self._watch()
        except Stopped:
            self.console.say("stopping")
        except EmbeddedError as error:
            self.console.say(f"error: {error}")
            status = 1
        finally:
            self._stop()
        return status

    # --- start ----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        require_free_space(self.data_dir, megabytes=NEEDED_MEGABYTES)
        self.listener = _listen(self.options.bind, self.options.port)
        if not ports.is_free(self.options.mail_port, host=self.options.bind):
            raise EmbeddedError(
                f"Port {self.options.mail_port} is taken, so mail cannot be received.", "Set MAIL_PORT to a free one."
            )
        os.environ.update(launchers.python_environment(self.data_dir))
        os.environ.update(self.options.environment())
        self._start_engines()
        self._write_runtime()
        self._prepare()
        self._make_launcher()
        for spec in plan.processes(self.data_dir):
            self._add(spec)
        self._wait_until_live()
        if self.options.demo:
            self._add(ProcessSpec("demo", "manage", ("demo_seed", "--rest"), phase=Phase.DOORS, once=True))

    def _take_lock(self) -> None:
        # The lock of a run that was killed is free at once; its children need a moment to end.
        if not self.lock.acquire():
            raise EmbeddedError(
                f"The product already runs on {self.data_dir} ({self.lock.note() or 'starting'}).",
                "Stop it first, or set DATA_DIR, PORT and MAIL_PORT for a second one.",
            )
        self.lock.write(f"process {os.getpid()}, {self.options.address}")

    def _start_engines(self) -> None:
        if not os.environ.get("REDIS_URL"):
            self.engines.append(Valkey(self.data_dir))
        if not os.environ.get("DATABASE_URL"):
            self.engines.append(Postgres(self.data_dir))
        for engine in self.engines:
            self._start_engine(engine)

    def _start_engine(self, engine: Engine) -> None:
        channel, write_fd = self.console.open_channel(engine.name)
        self.engine_channels[engine.name] = channel
        engine.output = write_fd
        engine.idle = self._pump
        try:
            engine.start()
        except EmbeddedError as error:
            self.console.close_channel(channel)
            if any("No space left on device" in line for line in channel.recent):
                raise EmbeddedError(
                    f"The disk of {self.data_dir} is full.", "Free some space and start again."
                ) from error
            raise
        finally:
            os.close(write_fd)
            engine.output = None

    def _write_runtime(self) -> None:
        urls = {engine.name: engine.url for engine in self.engines}
        runtime.remembered_secret(self.data_dir, "secret_key", length=48)
        runtime.update(
            self.data_dir,
            database_url=os.environ.get("DATABASE_URL") or urls["postgres"],
            redis_url=os.environ.get("REDIS_URL") or urls["valkey"],
            demo=self.options.demo,
            demo_password=self._demo_password(),
            bind=self.options.bind,
            port=self.options.port,
            mail_port=self.options.mail_port,
            supervisor_pid=os.getpid(),
        )

    def _demo_password(self) -> str:
        if not self.options.demo:
            return ""
        known = runtime.load(self.data_dir).get("demo_password")
        return str(known) if known else secrets.token_urlsafe(9)

    def _make_launcher(self) -> None:
        if not launchers.preloading_possible():
            self.launcher = launchers.ExecLauncher()
            return
        _channel, write_fd = self.console.open_channel("preload")
        try:
            self.launcher = launchers.PreloadLauncher(output=write_fd, idle=self._pump)
        finally:
            os.close(write_fd)

    def _prepare(self) -> None:
        """Migrations, catalogues, static files and first rows, when anything they depend on has changed."""
        value = preparation.fingerprint(
            self.data_dir, database_url=str(runtime.load(self.data_dir)["database_url"]), demo=self.options.demo
        )
        if preparation.is_current(self.data_dir, value):
            return
        self.console.say("preparing the database")
        # Not from the preloaded image: it must see the catalogues and static files that this step makes.
        self.launcher = launchers.ExecLauncher()
        arguments = ("release", "--demo") if self.options.demo else ("release",)
        child = self._add(ProcessSpec("prepare", "manage", arguments, once=True))
        while not child.finished:
            self._turn()
        self.children.remove(child)
        if child.exit_status != 0:
            raise EmbeddedError("The database could not be prepared.", "See the lines above.")
        preparation.record(self.data_dir, value)

    def _wait_until_live(self) -> None:
        deadline = time.monotonic() + LIVE_SECONDS
        while not _is_live(self.options.address):
            self._turn(PROBE_SECONDS)
            if time.monotonic() > deadline:
                raise EmbeddedError("The web processes do not answer.", "See the lines above.")

    def _announce(self) -> None:
        seconds = time.monotonic() - self.started_at
        for line in ready_lines(self.options, self._demo_password(), seconds=seconds):
            self.console.say(line)

    # --- run ------------------------------------------------------------------------------------------------------

    def _add(self, spec: ProcessSpec) -> Child:
        child = Child(spec)
        self.children.append(child)
        self._start_child(child)
        return child

    def _start_child(self, child: Child) -> None:
        assert self.launcher is not None
        assert self.listener is not None
        try:
            child.start(self.launcher, self.console, self.listener)
        except EmbeddedError as error:
            self.console.say(f"{error} Loading the product again.")
            self.launcher.close()
            self._make_launcher()
            child.start(self.launcher, self.console, self.listener)
        self._write_processes()

    def _write_processes(self) -> None:
        """``processes.json`` names each process and its id, for people and fault tests."""
        known = {child.name: child.pid for child in self.children if child.is_running}
        known |= {engine.name: engine.pid for engine in self.engines if engine.pid}
        # replaced as a whole: whoever reads it meanwhile finds the former list, never half of one
        fresh = self.data_dir / ".processes.json"
        fresh.write_text(json.dumps(known | {"up": os.getpid()}, indent=1, sort_keys=True))
        fresh.replace(self.data_dir / "processes.json")

    def _watch(self) -> None:
        while True:
            self._turn()

    def _turn(self, seconds: float = TICK_SECONDS) -> None:
        """Print what has come, see who has ended, start whose turn it is."""
        self._pump(seconds)
        self._check_engines()
        for child in self.children:
            if child.reap():
                self._child_ended(child)
            elif not child.is_running and not child.finished and time.monotonic() >= child.start_at:
                self._start_child(child)
        self._bury_orphans()

    def _bury_orphans(self) -> None:
        """Pool processes of a killed worker end up with us (we adopt orphans): take note of their end."""
        known = {child.pid for child in self.children} | {engine.pid for engine in self.engines}
        if self.launcher is not None:
            known.add(self.launcher.pid)
        process.reap_others(known)

    def _pump(self, seconds: float) -> None:
        self.console.pump(seconds)
        if self.stop_requests and not self.ending:
            raise Stopped

    def _child_ended(self, child: Child) -> None:
        child.ended(self.console)
        if child.finished:
            if child.exit_status != 0:
                self.console.say(f"{child.name} {child.describe_end()}")
            return
        if child.backoff.exhausted:
            raise EmbeddedError(
                f"{child.name} {child.describe_end()} for the {child.backoff.failures}th time in a row; giving up.",
                _advice(child.channel),
            )
        self.console.say(f"{child.name} {child.describe_end()}; next start in {child.backoff.delay:g} s")

    def _check_engines(self) -> None:
        for engine in self.engines:
            if engine.process is None or engine.process.poll() is None:
                continue
            status = engine.process.returncode
            engine.backoff.failed(time.monotonic() - engine.started_at)
            channel = self.engine_channels[engine.name]
            self.console.close_channel(channel)
            if engine.backoff.exhausted:
                raise EmbeddedError(
                    f"{engine.name} ended for the {engine.backoff.failures}th time in a row; giving up.",
                    _advice(channel),
                )
            self.console.say(f"{engine.name} has ended (status {status}); starting it again")
            address = engine.url
            self._start_engine(engine)
            self._write_processes()
            if engine.url != address:
                self._move(engine)

    def _move(self, engine: Engine) -> None:
        """Another program took the engine's port meanwhile: everyone has to learn the new address."""
        self.console.say(f"{engine.name} has a new address; restarting the other processes")
        self._write_runtime()
        assert self.launcher is not None
        self.launcher.close()
        self._make_launcher()
        for child in self.children:
            child.signal(child.spec.stop_signal)

    # --- stop -----------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self.ending = True
        requests = self.stop_requests
        if self.listener is not None:
            self.listener.close()
        for phase in (Phase.DOORS, Phase.WORK):
            self._stop_children([child for child in self.children if child.spec.phase == phase], requests)
        if self.launcher is not None:
            self.launcher.close()
        for engine in self.engines:  # Valkey, then PostgreSQL
            if not engine.stop():
                self.console.say(f"{engine.name} had to be killed")
        self.console.pump(0)
        for channel in self.engine_channels.values():
            self.console.close_channel(channel)
        self.lock.close()
        self.console.say("stopped")

    def _stop_children(self, children: list[Child], requests: int) -> None:
        """Ask, wait, kill; another Ctrl-C (more than ``requests``) ends the waiting."""
        for child in children:
            child.signal(child.spec.stop_signal)
        begun = time.monotonic()
        while any(child.is_running for child in children):
            self.console.pump(0.05)
            for child in children:
                if child.reap() and child.channel is not None:
                    self.console.close_channel(child.channel)
                elif _overdue(child, begun, hurry=self.stop_requests > requests) and child.kill():
                    self.console.say(f"{child.name} does not end; killed")

    def _watch_signals(self) -> None:
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)
        signal.set_wakeup_fd(write_fd, warn_on_full_buffer=False)
        self.console.watch(read_fd)

    def _on_stop_signal(self, _signal: int, _frame: FrameType | None) -> None:
        self.stop_requests += 1


def _listen(bind: str, port: int) -> socket.socket:
    """The one listening socket, which every web process inherits."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        return socket.create_server((bind, port), family=family, backlog=2048)
    except PermissionError as error:
        raise EmbeddedError(f"Port {port} needs administrator rights.", "Set PORT to one above 1023.") from error
    except OverflowError as error:
        raise EmbeddedError(f"{port} is no port.", "Set PORT to a number from 1 to 65535.") from error
    except OSError as error:
        if ports.is_free(port, host=bind):
            raise EmbeddedError(f"The address {bind} cannot be used: {error.strerror}.", "Set BIND.") from error
        raise EmbeddedError(
            f"Port {port} is taken by another program.", f"Set PORT, for example PORT={port + 1}."
        ) from error


def _overdue(child: Child, begun: float, *, hurry: bool) -> bool:
    return child.is_running and (hurry or time.monotonic() - begun > child.spec.stop_seconds)


def _is_live(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/healthz", timeout=0.5) as response:
            return bool(response.status)
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return error.code < HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False


def _advice(channel: Channel | None) -> str:
    lines = list(channel.recent) if channel is not None else []
    if any("No space left on device" in line for line in lines):
        return "The disk is full: free some space and start again."
    return f"Its last words: {lines[-1]}" if lines else "It said nothing."


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and the environment, then run."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run the whole product until Ctrl-C or SIGTERM.")
    parser.add_argument("--demo", action="store_true", help="believable demo data and demo users, on this machine only")
    options = parser.parse_args(arguments)
    try:
        return Supervisor(Options.from_environment(demo=options.demo), Console()).run()
    except EmbeddedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
