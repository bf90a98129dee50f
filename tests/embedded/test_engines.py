"""PostgreSQL and Valkey under our own care: real servers, real signals."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpdesk.embedded import engines as engines_module
from helpdesk.embedded import postgres, runtime
from helpdesk.embedded.engines import Engines
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.valkey import Valkey
from tests.embedded.conftest import processes_of, wait_until

StartEngines = Callable[..., subprocess.Popen[str]]


def query(url: str, statement: str) -> object:
    with contextlib.closing(psycopg2.connect(url, connect_timeout=5)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None


def read_runtime(data_dir: Path) -> dict[str, object]:
    return runtime.load(data_dir)


@pytest.mark.req("K8", "embedded engines")
def test_both_engines_start_stop_and_keep_their_data(data_dir: Path) -> None:
    with engines_module.running(data_dir, output=subprocess.DEVNULL) as first:
        query(first.postgres.url, "CREATE TABLE kept (word text)")
        query(first.postgres.url, "INSERT INTO kept VALUES ('工单')")
        redis.Redis.from_url(first.valkey.url).set("kept", "yes")
        ports = (first.postgres.port, first.valkey.port)
    assert processes_of(data_dir) == []
    with engines_module.running(data_dir, output=subprocess.DEVNULL) as again:
        assert query(again.postgres.url, "SELECT word FROM kept") == "工单"
        assert redis.Redis.from_url(again.valkey.url).get("kept") == b"yes"
        assert (again.postgres.port, again.valkey.port) == ports


@pytest.mark.req("K8", "embedded engines")
def test_engines_are_set_up_as_decided(data_dir: Path) -> None:
    with engines_module.running(data_dir, output=subprocess.DEVNULL) as running:
        url = running.postgres.url
        assert query(url, "SELECT datlocprovider FROM pg_database WHERE datname = 'helpdesk'") == "b"
        assert query(url, "SELECT datlocale FROM pg_database WHERE datname = 'helpdesk'") == "C.UTF-8"
        assert query(url, "SHOW listen_addresses") == "127.0.0.1"
        assert f".s.PGSQL.{running.postgres.port}" not in Path("/proc/net/unix").read_text()
        assert query(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        for extension in ("pg_trgm", "btree_gin", "unaccent"):
            query(url, f"CREATE EXTENSION {extension}")
        client = redis.Redis.from_url(running.valkey.url)
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


@pytest.mark.req("K8", "embedded engines")
def test_no_one_gets_in_without_the_generated_password(data_dir: Path) -> None:
    with engines_module.running(data_dir, output=subprocess.DEVNULL) as running:
        for user in ("helpdesk", "postgres"):
            wrong = running.postgres.url.replace("helpdesk:", f"{user}:", 1).replace(running.postgres.password, "wrong")
            with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                psycopg2.connect(wrong)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(host="127.0.0.1", port=running.valkey.port, retry=Retry(NoBackoff(), 0)).ping()


@pytest.mark.req("K8", "embedded engines")
def test_secrets_are_private_to_their_owner_and_parents_keep_their_mode(data_dir: Path) -> None:
    data_dir.parent.mkdir(mode=0o700, parents=True)
    data_dir.parent.chmod(0o700)
    with engines_module.running(data_dir, output=subprocess.DEVNULL):
        assert stat.S_IMODE((data_dir / "runtime.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((data_dir / "valkey" / "valkey.conf").stat().st_mode) == 0o600
    assert stat.S_IMODE(data_dir.parent.stat().st_mode) == 0o700
    assert data_dir.stat().st_uid == os.geteuid()
    values = read_runtime(data_dir)
    for secret in ("postgres_password", "valkey_password", "secret_key"):
        assert len(str(values[secret])) >= 32


@pytest.mark.req("K8", "embedded engines")
def test_a_path_longer_than_a_socket_name_works(data_dir: Path) -> None:
    with engines_module.running(data_dir / ("x" * 100) / ("y" * 100), output=subprocess.DEVNULL) as running:
        assert query(running.postgres.url, "SELECT 1") == 1


@pytest.mark.req("K8", "embedded engines")
def test_kill_of_the_parent_leaves_no_server_and_intact_data(data_dir: Path, start_engines: StartEngines) -> None:
    parent = start_engines()
    url = str(read_runtime(data_dir)["database_url"])
    query(url, "CREATE TABLE kept (n int)")
    query(url, "INSERT INTO kept SELECT generate_series(1, 1000)")
    redis.Redis.from_url(str(read_runtime(data_dir)["redis_url"])).set("kept", "yes")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not processes_of(data_dir), what="the end of the engines")
    start_engines()
    values = read_runtime(data_dir)
    assert query(str(values["database_url"]), "SELECT count(*) FROM kept") == 1000
    assert redis.Redis.from_url(str(values["redis_url"])).get("kept") == b"yes"


@pytest.mark.req("K8", "embedded engines")
def test_the_next_start_right_after_a_kill_waits_for_the_old_servers(
    data_dir: Path, start_engines: StartEngines
) -> None:
    for _ in range(2):
        parent = start_engines()
        parent.kill()
        parent.wait()
    start_engines()
    assert query(str(read_runtime(data_dir)["database_url"]), "SELECT 1") == 1


@pytest.mark.req("K8", "embedded engines")
def test_a_killed_server_leaves_a_stale_pid_file_that_stops_nobody(data_dir: Path) -> None:
    running = Engines(data_dir, output=subprocess.DEVNULL)
    running.start()
    assert running.postgres.process is not None
    running.postgres.process.kill()
    running.postgres.process.wait()
    # After a reboot the recorded id may belong to any process, here to this test.
    pid_file = data_dir / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    try:
        running.postgres.start()
        assert query(running.postgres.url, "SELECT 1") == 1
    finally:
        running.stop()


@pytest.mark.req("K8", "embedded engines")
def test_a_taken_port_is_replaced_by_a_free_one(data_dir: Path) -> None:
    with engines_module.running(data_dir, output=subprocess.DEVNULL) as first:
        ports = (first.postgres.port, first.valkey.port)
    with contextlib.ExitStack() as stack:
        for port in ports:
            stack.enter_context(socket.create_server(("127.0.0.1", port)))
        with engines_module.running(data_dir, output=subprocess.DEVNULL) as again:
            assert {again.postgres.port, again.valkey.port}.isdisjoint(ports)
            assert query(again.postgres.url, "SELECT 1") == 1


@pytest.mark.req("K8", "embedded engines")
def test_a_second_server_on_the_same_directory_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with engines_module.running(data_dir, output=subprocess.DEVNULL) as running:
        monkeypatch.setattr("helpdesk.embedded.engine.LOCK_SECONDS", 0.2)
        for second in (Valkey(data_dir), postgres.Postgres(data_dir)):
            with pytest.raises(EmbeddedError, match=r"Another .* server still uses"):
                second.start()
        assert query(running.postgres.url, "SELECT 1") == 1


@pytest.mark.req("K8", "embedded engines")
def test_a_full_disk_is_named_before_anything_starts(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines_module, "NEEDED_MEGABYTES", 10**9)
    with pytest.raises(EmbeddedError, match=r"The disk of .* is full: \d+ MB free, 1000000000 MB needed\. Free some"):
        Engines(data_dir).start()
    assert not (data_dir / "postgres").exists()


@pytest.mark.req("K8", "embedded engines")
def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(EmbeddedError, match="is a file, not a directory"):
        Engines(in_the_way).start()
