"""The parts of the supervisor that need no running product."""

import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.embedded import paths, plan, ports, preparation, runtime
from helpdesk.embedded.backoff import MOST_FAILURES, Backoff
from helpdesk.embedded.banner import DEMO_STAFF, ready_lines
from helpdesk.embedded.console import Console
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.locks import FileLock
from helpdesk.embedded.options import Options


@pytest.mark.req("K8", "one command")
def test_a_process_that_keeps_dying_waits_longer_each_time_and_is_given_up() -> None:
    backoff, delays = Backoff(), []
    while not backoff.exhausted:
        backoff.failed(lived_seconds=0.1)
        delays.append(backoff.delay)
    assert delays == [0.5, 1, 2, 4, 8, 15]
    assert len(delays) == MOST_FAILURES


@pytest.mark.req("K8", "one command")
def test_a_long_life_forgives_earlier_deaths() -> None:
    backoff = Backoff(failures=5)
    backoff.failed(lived_seconds=600)
    assert backoff.failures == 1
    assert backoff.delay == 0.5


@pytest.mark.req("K8", "one command")
def test_log_lines_carry_the_name_of_their_process_and_cannot_steer_the_terminal() -> None:
    stream = io.StringIO()
    console = Console(stream)
    channel, write_fd = console.open_channel("web.1")
    os.write(write_fd, "first 工单\nsecond \x07\x9b31m\x1b[2J".encode() + b"\xff half")
    console.pump(0)
    os.close(write_fd)
    console.close_channel(channel)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "web.1       | first 工单"
    assert lines[1].startswith("web.1       | second ")
    assert not {"\x07", "\x1b", "\x9b"} & set(lines[1])
    assert channel.recent[0] == "first 工单"


@pytest.mark.req("K8", "one command")
def test_colour_is_for_terminals_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    plain, coloured = io.StringIO(), Terminal()
    for stream in (plain, coloured):
        Console(stream).say("hello")
    assert plain.getvalue() == "up          | hello\n"
    assert coloured.getvalue().startswith("\x1b[") == ("NO_COLOR" not in os.environ)


@pytest.mark.req("K8", "one command")
def test_environment_names_ports_and_addresses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "with space"))
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("MAIL_PORT", "2626")
    monkeypatch.setenv("BIND", "0.0.0.0")
    options = Options.from_environment(demo=False)
    assert options.data_dir == tmp_path / "with space"
    assert options.address == "http://127.0.0.1:8123"
    assert options.environment()["MAIL_BIND"] == "0.0.0.0"


@pytest.mark.req("K8", "one command")
@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8000x"])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(EmbeddedError, match=r"PORT is .*, which is no port\. Set it to a number from 1 to 65535"):
        Options.from_environment(demo=False)


@pytest.mark.req("K8", "one command")
def test_demo_mode_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIND", "0.0.0.0")
    with pytest.raises(EmbeddedError, match="Demo mode has published passwords"):
        Options.from_environment(demo=True)
    monkeypatch.setenv("DEMO", "1")
    with pytest.raises(EmbeddedError, match="Demo mode has published passwords"):
        Options.from_environment(demo=False)
    monkeypatch.delenv("BIND")
    assert Options.from_environment(demo=True).bind == "127.0.0.1"
    monkeypatch.setenv("MAIL_BIND", "0.0.0.0")
    with pytest.raises(EmbeddedError, match="Unset MAIL_BIND"):
        Options.from_environment(demo=True)


@pytest.mark.req("K8", "one command")
def test_the_greeting_tells_address_users_and_password(tmp_path: Path) -> None:
    text = "\n".join(ready_lines(Options(tmp_path, "127.0.0.1", 8123, 2525, demo=True), "s3cret", seconds=3.2))
    assert "http://127.0.0.1:8123/" in text
    assert "s3cret" in text
    assert all(user in text for user in (*DEMO_STAFF, "customer@demo.example", "support@demo.example"))


@pytest.mark.req("K8", "one command")
def test_without_demo_nothing_is_said_of_users(tmp_path: Path) -> None:
    text = "\n".join(ready_lines(Options(tmp_path, "127.0.0.1", 8123, 2525, demo=False), "", seconds=3.2))
    assert "password" not in text


@pytest.mark.req("K8", "one command")
def test_preparation_is_repeated_only_when_something_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    first = preparation.fingerprint(tmp_path, database_url="postgresql://a", demo=True)
    assert not preparation.is_current(tmp_path, first)
    preparation.record(tmp_path, first)
    assert not preparation.is_current(tmp_path, first)  # the static files are not there
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").touch()
    assert preparation.is_current(tmp_path, preparation.fingerprint(tmp_path, database_url="postgresql://a", demo=True))
    assert not preparation.is_current(
        tmp_path, preparation.fingerprint(tmp_path, database_url="postgresql://b", demo=True)
    )
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    assert not preparation.is_current(
        tmp_path, preparation.fingerprint(tmp_path, database_url="postgresql://a", demo=True)
    )
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    assert not preparation.is_current(tmp_path, first)


@pytest.mark.req("K8", "one command")
def test_what_a_preparation_makes_does_not_call_for_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(preparation, "REPO_ROOT", tmp_path)
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "desk.css").touch()
    before = preparation.fingerprint(tmp_path / "var", database_url="postgresql://a", demo=True)
    (tmp_path / "var" / "static").mkdir(parents=True)
    (tmp_path / "var" / "static" / "desk.0123456789ab.css").touch()
    assert preparation.fingerprint(tmp_path / "var", database_url="postgresql://a", demo=True) == before


@pytest.mark.req("K8", "one command")
def test_the_plan_has_a_web_process_for_each_core_and_two_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEB_PROCESSES", raising=False)
    specs = {spec.name: spec for spec in plan.processes(tmp_path)}
    assert len([name for name in specs if name.startswith("web.")]) == min(plan.cores(), plan.MOST_WEB_PROCESSES)
    assert "--queues=inbound,outbound,bulk" in specs["worker"].arguments
    assert "--queues=timers,events" in specs["timers"].arguments
    assert {"beat", "dispatcher", "mail"} <= set(specs)
    monkeypatch.setenv("WEB_PROCESSES", "3")
    assert len([spec for spec in plan.processes(tmp_path) if spec.target == "web"]) == 3


@pytest.mark.req("K8", "one command")
def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = runtime.remembered_secret(tmp_path, "secret_key", length=48)
    assert runtime.remembered_secret(tmp_path, "secret_key", length=48) == first
    assert len(first) == 64


@pytest.mark.req("K8", "one command")
def test_a_damaged_runtime_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "runtime.json").write_text("{half")
    with pytest.raises(EmbeddedError, match=r"runtime\.json is damaged"):
        runtime.load(tmp_path)


@pytest.mark.req("K8", "one command")
def test_a_lock_is_held_until_the_last_process_that_inherited_it_ends(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[first.fd])
    first.close()
    assert not second.acquire()
    child.communicate(b"\n")
    assert second.acquire(wait_seconds=2)
    second.close()


@pytest.mark.req("K8", "one command")
def test_a_taken_port_is_noticed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)


@pytest.mark.req("K8", "one command")
def test_the_engine_modules_import_without_django() -> None:
    code = "import sys; from helpdesk.embedded import supervisor, engines; sys.exit('django' in sys.modules)"
    child = subprocess.run([sys.executable, "-c", code], cwd=paths.REPO_ROOT, env={"PATH": ""}, check=False)
    assert child.returncode == 0
