"""Directories and commands of the tests with real engines."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.embedded.paths import REPO_ROOT
from helpdesk.embedded.ports import any_free

FOREIGN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "DEMO", "BIND")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory below a private parent, with a space and a letter beyond ASCII in its path."""
    with tempfile.TemporaryDirectory(prefix="helpdesk dåta-") as folder:
        yield Path(folder) / "deeper" / "var"


@pytest.fixture
def environment(data_dir: Path) -> dict[str, str]:
    """The environment of a person who starts the product: nothing of the engines that serve this test run."""
    clean = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    return clean | {"DATA_DIR": str(data_dir), "PORT": str(any_free()), "MAIL_PORT": str(any_free()), "NO_COLOR": "1"}


@pytest.fixture
def start_engines(data_dir: Path, environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``python -m helpdesk.embedded.engines`` and return once it has printed its addresses."""
    started: list[subprocess.Popen[str]] = []

    def start(*, until: str = "REDIS_URL", directory: Path = data_dir) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "helpdesk.embedded.engines", "--data-dir", str(directory)],
            cwd=REPO_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(child)
        assert child.stdout is not None
        for line in child.stdout:
            if until in line:
                break
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.terminate()
        child.communicate(timeout=30)


def wait_until(condition: Callable[[], bool], *, seconds: float = 30.0, what: str = "it") -> float:
    """Wait for ``condition``; returns the seconds it took, fails after ``seconds``."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            pytest.fail(f"{what} did not happen in {seconds:g} s")
        time.sleep(0.05)
    return time.monotonic() - started


def processes_of(directory: Path) -> list[str]:
    """Command lines of living processes that work in ``directory`` or name it."""
    found = []
    for proc in Path("/proc").iterdir():
        if not proc.name.isdigit() or int(proc.name) == os.getpid():
            continue
        try:
            command = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            working = os.readlink(proc / "cwd")
            environ = (proc / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if working.startswith(str(directory)) or str(directory) in command or f"DATA_DIR={directory}\0" in environ:
            found.append(f"{proc.name} {command}")
    return found
