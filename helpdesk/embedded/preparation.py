"""Whether migrations and preparation have to run again: not when nothing they read has changed."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from helpdesk.embedded.paths import REPO_ROOT

FILE_NAME = "prepared.json"
READ_BY_PREPARATION = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "locale/**/*.po",
    "static/**/*",
    "requirements.lock",
    "pyproject.toml",
    "helpdesk/settings.py",
)


def _files() -> Iterator[Path]:
    for pattern in READ_BY_PREPARATION:
        yield from sorted(path for path in REPO_ROOT.glob(pattern) if path.is_file())


def fingerprint(data_dir: Path, *, database_url: str, demo: bool) -> str:
    """Changes with the code that preparation reads, and with the database it is done to."""
    digest = hashlib.sha256()
    for path in _files():
        stat = path.stat()
        digest.update(f"{path.relative_to(REPO_ROOT)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    digest.update(
        json.dumps([database_url, demo, str(REPO_ROOT), _birth(data_dir / "postgres" / "PG_VERSION")]).encode()
    )
    return digest.hexdigest()


def is_current(data_dir: Path, value: str) -> bool:
    """True when ``value`` was recorded after a preparation that went through, and what it made is still there.

    An outside database may be replaced behind our back, so it is always prepared again.
    """
    if os.environ.get("DATABASE_URL") or not all(path.exists() for path in _made(data_dir)):
        return False
    try:
        recorded = json.loads((data_dir / FILE_NAME).read_text())
    except (OSError, ValueError):
        return False
    return bool(recorded.get("fingerprint") == value)


def _made(data_dir: Path) -> Iterator[Path]:
    """The list of static files, and a compiled catalogue for each of the sources."""
    yield Path(os.environ.get("STATIC_ROOT") or data_dir / "static") / "staticfiles.json"
    for source in REPO_ROOT.glob("locale/*/LC_MESSAGES/*.po"):
        yield source.with_suffix(".mo")


def record(data_dir: Path, value: str) -> None:
    """Remember that everything is prepared for ``value``."""
    (data_dir / FILE_NAME).write_text(json.dumps({"fingerprint": value}))


def _birth(path: Path) -> list[int]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return []
    return [stat.st_ino, stat.st_mtime_ns]
