"""Where benchmark data lies, and the engines that run on it."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# While rows are copied nothing has to survive a power cut; measured is always with the product's own settings.
LOADING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "16GB",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB",
    "autovacuum": "off",
}


def base_directory() -> Path:
    """`BENCH_DIR`, else `var/bench`."""
    return Path(os.environ.get("BENCH_DIR") or ROOT / "var" / "bench").expanduser().resolve()


def copy_of(seeded: Path) -> Path:
    """A copy to be measured on, so that every run begins with the same rows; its owner removes it."""
    target = seeded.with_name(f"{seeded.name}.run")
    subprocess.run(["rm", "-rf", "--", target], check=True)
    subprocess.run(["cp", "-a", "--reflink=auto", seeded, target], check=True)
    return target


@dataclass(frozen=True)
class Engines:
    """Addresses of the running engines; `superuser` is PostgreSQL's for its superuser."""

    directory: Path
    database: str
    superuser: str
    redis: str
    postmaster: int
    valkey: int


@contextlib.contextmanager
def engines_of(directory: Path, *, loading: bool = False) -> Iterator[Engines]:
    """PostgreSQL and Valkey on this data directory, and this process's environment pointing at them."""
    from helpdesk.embedded import runtime
    from helpdesk.embedded.engines import Engines as Embedded
    from helpdesk.embedded.paths import ensure_private
    from helpdesk.embedded.postgres import DATABASE, SUPERUSER

    ensure_private(directory.parent)
    ensure_private(directory)
    with (directory / "engines.log").open("ab") as log:
        engines = Embedded(directory, output=log)
        if loading:
            engines.postgres.settings = engines.postgres.settings | LOADING
        engines.start()
        try:
            os.environ |= {
                "DATA_DIR": str(directory),
                "DATABASE_URL": engines.postgres.url,
                "REDIS_URL": engines.valkey.url,
                "SECRET_KEY": str(runtime.load(directory).get("secret_key") or secrets.token_urlsafe(48)),
                "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "helpdesk.settings"),
                "ALLOWED_HOSTS": "127.0.0.1",
                "PUBLIC_URL": "http://127.0.0.1",
                "LOG_LEVEL": "WARNING",
            }
            port, password = engines.postgres.port, engines.postgres.password
            yield Engines(
                directory,
                engines.postgres.url,
                f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/{DATABASE}",
                engines.valkey.url,
                _pid(engines.postgres.process),
                _pid(engines.valkey.process),
            )
        finally:
            engines.stop()


def _pid(process: subprocess.Popen[bytes] | None) -> int:
    assert process is not None
    return process.pid
