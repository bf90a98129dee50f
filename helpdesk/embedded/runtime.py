"""``runtime.json``: what the supervisor tells every other command (addresses and secrets of this data directory).

The file is private to its owner (0600). Keys: ``database_url``, ``redis_url``, ``secret_key``, ``demo``,
``demo_password``, ``port``, ``mail_port``, ``bind``, ``postgres_port``, ``postgres_password``, ``valkey_port``,
``valkey_password``, ``supervisor_pid``. It survives a stop, so that ports and secrets stay the same.
"""

import contextlib
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.paths import data_dir, ensure_private

FILE_NAME = "runtime.json"


def load(directory: Path | None = None) -> dict[str, Any]:
    """The values written by the supervisor for ``directory`` (default: ``data_dir()``); empty before its first run."""
    path = (directory or data_dir()) / FILE_NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise EmbeddedError(f"{path} belongs to another user.", "Run the command as the user who runs `up`.") from error
    except ValueError as error:
        raise EmbeddedError(f"{path} is damaged: {error}.", "Restore it from a backup or delete it.") from error
    return dict(values)


def update(directory: Path, **values: Any) -> dict[str, Any]:
    """Merge ``values`` into the file, atomically and readable by its owner alone; returns all values."""
    ensure_private(directory)
    merged = load(directory) | values
    handle, name = tempfile.mkstemp(dir=directory, prefix=".runtime-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(merged, file, indent=2, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(directory / FILE_NAME)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    return merged


def remembered_secret(directory: Path, key: str, *, length: int = 32) -> str:
    """The secret kept under ``key``; made (``length`` random bytes, URL-safe) and stored at the first call."""
    known = load(directory).get(key)
    if known:
        return str(known)
    secret = secrets.token_urlsafe(length)
    update(directory, **{key: secret})
    return secret
