"""``manage.py up`` with the whole product: what a person at the terminal sees, and what faults do to it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg2
import pytest
import redis

from helpdesk.embedded import runtime
from helpdesk.embedded.paths import REPO_ROOT
from helpdesk.embedded.ports import any_free
from tests.embedded.conftest import FOREIGN, processes_of, wait_until

READY = "Ready in"


class Product:
    """A run of ``manage.py up`` on a directory of its own."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        """Nothing is started yet."""
        self.data_dir = data_dir
        clean = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        self.port, self.mail_port = any_free(), any_free()
        ports = {"PORT": str(self.port), "MAIL_PORT": str(self.mail_port), "WEB_PROCESSES": "2"}
        self.environment = clean | ports | {"DATA_DIR": str(data_dir), "ALLOWED_HOSTS": "127.0.0.1"} | environment
        self.lines: list[str] = []
        self.child: subprocess.Popen[str] | None = None

    def start(self, *arguments: str, wait: bool = True) -> float:
        """Start and wait for the greeting; returns the seconds it took."""
        self.lines = []
        started = time.monotonic()
        self.child = subprocess.Popen(
            [sys.executable, "manage.py", "up", *arguments],
            cwd=REPO_ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self.child,), daemon=True).start()
        if wait:
            wait_until(lambda: self.says(READY) or self.ended, seconds=120, what="the greeting")
            assert self.says(READY), "\n".join(self.lines[-40:])
        return time.monotonic() - started

    def _read(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def ended(self) -> bool:
        """True when the supervisor has exited."""
        return self.child is None or self.child.poll() is not None

    def says(self, words: str) -> bool:
        """True when a line with ``words`` has been printed."""
        return any(words in line for line in list(self.lines))

    def process(self, name: str) -> int:
        """The id of a supervised process."""
        return int(json.loads((self.data_dir / "processes.json").read_text()).get(name, 0))

    def get(self, path: str) -> httpx.Response:
        """Ask the web processes."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10, trust_env=False)

    def answers(self) -> bool:
        """True when the product answers."""
        with contextlib.suppress(httpx.HTTPError):
            return self.get("/healthz").status_code == 200
        return False

    def stop(self, sig: int = signal.SIGTERM) -> int:
        """Send a signal to the supervisor alone and wait for its end; returns the exit status."""
        assert self.child is not None
        if not self.ended:
            self.child.send_signal(sig)
        return self.child.wait(60)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """One product for the tests below; each leaves it running."""
    with tempfile.TemporaryDirectory(prefix="helpdesk ünd ") as folder:
        running = Product(Path(folder) / "var")
        running.start()
        yield running
        running.stop()
        assert processes_of(running.data_dir) == []


@pytest.mark.req("K8", "one command")
def test_the_product_answers_once_it_says_so(product: Product) -> None:
    assert product.says(f"http://127.0.0.1:{product.port}/")
    assert product.get("/healthz").status_code == 200
    names = set(json.loads((product.data_dir / "processes.json").read_text()))
    assert {"up", "web.1", "web.2", "mail", "worker", "timers", "beat", "dispatcher", "postgres", "valkey"} <= names
    with socket.create_connection(("127.0.0.1", product.mail_port), timeout=5) as connection:
        assert connection.recv(100).startswith(b"220 ")


@pytest.mark.req("K8", "one command")
def test_bulk_work_stands_back_for_people_who_wait_for_a_page(product: Product) -> None:
    worker = psutil.Process(product.process("worker"))
    assert {process.nice() for process in [worker, *worker.children()]} == {5}
    assert psutil.Process(product.process("web.1")).nice() == psutil.Process(product.process("timers")).nice() == 0


@pytest.mark.req("K8", "one command")
def test_a_second_start_on_the_same_data_says_so_and_harms_nothing(product: Product) -> None:
    second = Product(product.data_dir)
    second.start(wait=False)
    assert second.child is not None
    assert second.child.wait(60) == 1
    wait_until(lambda: second.says("error: The product already runs on"), seconds=20, what="the message")
    line = next(line for line in second.lines if "already runs" in line)
    assert f"process {product.process('up')}, http://127.0.0.1:{product.port}" in line
    assert product.answers()


@pytest.mark.req("K8", "one command")
@pytest.mark.parametrize("name", ["web.1", "worker", "timers", "beat", "dispatcher", "mail"])
def test_a_killed_process_is_started_again(product: Product, name: str) -> None:
    before = product.process(name)
    children = psutil.Process(before).children(recursive=True)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: product.process(name) not in (0, before), seconds=60, what=f"another {name}")
    assert product.says(f"{name} was killed by SIGKILL; next start in 0.5 s")
    wait_until(lambda: not any(child.is_running() for child in children), what="the end of its pool")
    assert product.answers()


@pytest.mark.req("K8", "one command")
def test_a_killed_database_comes_back_with_its_data(product: Product) -> None:
    url = runtime.load(product.data_dir)["database_url"]
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT generate_series(1, 500) AS n")
        connection.commit()
    before = product.process("postgres")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: product.says("postgres has ended"), what="the notice")
    wait_until(lambda: product.process("postgres") not in (0, before), seconds=60, what="another server")
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == (500,)
    wait_until(lambda: product.get("/sign-in/").status_code == 200, seconds=60, what="an answer from the database")


@pytest.mark.req("K8", "one command")
def test_a_killed_valkey_comes_back_with_its_data(product: Product) -> None:
    url = runtime.load(product.data_dir)["redis_url"]
    redis.Redis.from_url(url).set("kept", "yes")
    time.sleep(1.2)  # the append-only file is written out every second
    before = product.process("valkey")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: product.process("valkey") not in (0, before), seconds=60, what="another server")
    assert redis.Redis.from_url(url).get("kept") == b"yes"


@pytest.mark.req("K8", "one command")
def test_other_commands_find_the_engines_by_themselves(product: Product) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=REPO_ROOT,
        env={key: value for key, value in product.environment.items() if key not in ("PORT", "MAIL_PORT")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.req("K8", "one command")
def test_the_whole_stack_at_rest_stays_below_900_megabytes(product: Product) -> None:
    up = psutil.Process(product.process("up"))
    tree = [up, *up.children(recursive=True)]
    total = 0
    for process in tree:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    assert total < 900 * 1024 * 1024


@pytest.mark.req("K8", "one command")
def test_killing_the_supervisor_leaves_no_orphan_and_the_next_start_prepares_nothing(product: Product) -> None:
    assert product.child is not None
    product.child.kill()
    product.child.wait()
    wait_until(lambda: not processes_of(product.data_dir), seconds=60, what="the end of every process")
    product.start()
    assert not product.says("preparing the database")
    assert product.answers()


@pytest.mark.req("K8", "one command")
def test_one_ctrl_c_stops_everything_in_order(product: Product) -> None:
    assert product.stop(signal.SIGINT) == 0
    assert processes_of(product.data_dir) == []
    assert product.lines[-1].endswith("stopped")
    assert not product.says("had to be killed")
    assert not product.says("does not end")
    product.start()


@pytest.mark.req("K8", "one command")
@pytest.mark.parametrize("variable", ["PORT", "MAIL_PORT"])
def test_a_taken_port_is_a_clear_error(data_dir: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        product = Product(data_dir, **{variable: str(port)})
        product.start(wait=False)
        assert product.child is not None
        assert product.child.wait(60) == 1
    wait_until(lambda: product.says(f"error: Port {port} is taken"), seconds=20, what="the message")
    assert product.says(f"Set {variable}")
    assert not (data_dir / "postgres").exists()


GIVE_UP = """
import sys
from helpdesk.embedded import backoff, plan, supervisor
backoff.FIRST_DELAY = 0.05
supervisor.Supervisor._prepare = lambda self: None
supervisor.plan.processes = lambda data_dir: [plan.ProcessSpec("broken", "manage", ("no_such_command",))]
sys.exit(supervisor.main([]))
"""


@pytest.mark.req("K8", "one command")
def test_repeated_failures_end_the_run_with_the_last_words(data_dir: Path) -> None:
    engines = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    environment = Product(data_dir, **engines).environment
    done = subprocess.run(
        [sys.executable, "-c", GIVE_UP],
        cwd=REPO_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "broken ended with exit status 1 for the 6th time in a row; giving up." in done.stdout
    assert "Unknown command: 'no_such_command'" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("stopped")
    assert processes_of(data_dir) == []


@pytest.mark.verify
@pytest.mark.alone
@pytest.mark.req("K8", "one command")
def test_thirty_kills_of_any_process_leave_the_product_whole(product: Product) -> None:
    names = ["web.1", "web.2", "worker", "timers", "beat", "dispatcher", "mail", "valkey", "postgres", "up"]
    for turn in range(30):
        name = names[turn % len(names)]
        before = product.process(name)
        os.kill(before, signal.SIGKILL)
        if name == "up":
            assert product.child is not None
            product.child.wait()
            wait_until(lambda: not processes_of(product.data_dir), seconds=60, what="the end of every process")
            product.start()
        else:
            wait_until(lambda n=name, b=before: product.process(n) not in (0, b), seconds=60, what=f"another {name}")
            wait_until(product.answers, seconds=30, what="an answer")


@pytest.mark.verify
@pytest.mark.req("K8", "one command")
def test_without_the_preloaded_image_everything_runs_as_well(data_dir: Path) -> None:
    product = Product(data_dir, PRELOAD="0")
    product.start()
    try:
        assert product.answers()
        assert product.child is not None
        product.child.kill()
        product.child.wait()
        wait_until(lambda: not processes_of(data_dir), seconds=60, what="the end of every process")
    finally:
        product.stop()


@pytest.mark.verify
@pytest.mark.req("K8", "one command")
def test_outside_engines_replace_the_embedded_ones(data_dir: Path) -> None:
    engines = {name: os.environ[name] for name in ("REDIS_URL", "SECRET_KEY")}
    url = os.environ["DATABASE_URL"]
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE outside")
    product = Product(data_dir, DATABASE_URL=url.rpartition("/")[0] + "/outside", **engines)
    product.start()
    try:
        assert product.answers()
        assert not (data_dir / "postgres").exists()
        assert not (data_dir / "valkey").exists()
    finally:
        product.stop()
