"""Pytest plugin: real PostgreSQL and Valkey for the run, started before the settings are read.

Loaded by ``-p tests.plugins.engines`` (pyproject.toml). Each run has its own temporary data directory and its own ports,
so several may run at once in one tree; of a run in several processes (see `tests.plugins.cores`) each has its own.
``DATABASE_URL`` and ``REDIS_URL`` in the environment replace either engine, of a run in one process.
"""

import contextlib
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from helpdesk.catalogues import compile_all
from helpdesk.embedded import postgres, runtime
from helpdesk.embedded.process import is_alive
from helpdesk.embedded.valkey import UNSAFE_SETTINGS, Valkey
from tests.plugins import cores, template

PREFIX = "helpdesk-test-"
INHERITED = ("DEMO", "DEMO_PASSWORD", "PORT", "MAIL_PORT", "PUBLIC_URL", "ALLOWED_HOSTS", "HTTPS")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the engines; a wrapper, because pytest-django reads the settings in the same hook."""
    if not {"--help", "-h", "--version", "-V"} & set(early_config.invocation_params.args):
        directory = _directory(early_config)
        if not cores.is_worker():
            _compile_catalogues()
        if cores.is_controller(early_config):
            cores.refuse_shared_engines()
        else:
            _start(early_config, directory)
    return (yield)


def _directory(config: pytest.Config) -> Path:
    """The data directory of this process; the environment names it."""
    _remove_leftovers()
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    for name in INHERITED:
        os.environ.pop(name, None)
    os.environ["DATA_DIR"] = str(directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["SECRET_KEY"] = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48)
    return directory


def _start(config: pytest.Config, directory: Path) -> None:
    log = (directory / "engines.log").open("ab")
    config.add_cleanup(log.close)
    if not os.environ.get("REDIS_URL"):
        valkey = Valkey(directory, output=log, settings=UNSAFE_SETTINGS)
        config.add_cleanup(valkey.stop)
        valkey.start()
        os.environ["REDIS_URL"] = valkey.url
    if not os.environ.get("DATABASE_URL"):
        cluster = template.find()
        if cluster is not None:
            runtime.update(directory, postgres_password=runtime.load(cluster)["postgres_password"])
        server = postgres.Postgres(
            directory,
            output=log,
            settings=postgres.UNSAFE_SETTINGS,
            template=cluster / "postgres" if cluster is not None else None,
        )
        config.add_cleanup(server.stop)
        server.start()
        os.environ["DATABASE_URL"] = server.url
    runtime.update(directory, database_url=os.environ["DATABASE_URL"], redis_url=os.environ["REDIS_URL"])


def _compile_catalogues() -> None:
    """Compiled catalogues are not in git; a malformed one is the business of `make check`, not of every test."""
    try:
        compile_all()
    except (ValueError, PoFileError) as error:
        print(f"warning: the message catalogues cannot be compiled: {error}", file=sys.stderr)


def _remove_leftovers() -> None:
    """Directories of runs that were killed: their engines died with them, their files did not."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        match = re.match(rf"{PREFIX}(\d+)-", path.name)
        if match and not is_alive(int(match[1])):
            with contextlib.suppress(OSError):
                if path.stat().st_uid == os.geteuid():
                    shutil.rmtree(path, ignore_errors=True)
