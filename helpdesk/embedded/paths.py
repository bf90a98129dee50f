"""Where the running product keeps its data."""

import os
from pathlib import Path

from helpdesk.embedded.errors import EmbeddedError

REPO_ROOT = Path(__file__).resolve().parent.parent.parent


def data_dir() -> Path:
    """The directory of everything that a run writes: ``DATA_DIR``, or ``var`` beside ``manage.py``. Always absolute."""
    configured = os.environ.get("DATA_DIR", "").strip()
    return (Path(configured).expanduser() if configured else REPO_ROOT / "var").absolute()


def ensure_private(directory: Path) -> Path:
    """Create ``directory`` for its owner alone (0700) when it is missing; an existing one keeps its mode."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise EmbeddedError(f"{directory} is a file, not a directory.", "Set DATA_DIR to a directory.") from error
    except PermissionError as error:
        raise EmbeddedError(
            f"{directory} cannot be created: permission denied.", "Set DATA_DIR to a directory you may write to."
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise EmbeddedError(f"{directory} is not writable.", "Set DATA_DIR to a directory you may write to.")
    return directory


def require_free_space(directory: Path, *, megabytes: int) -> None:
    """Refuse to start on a disk with less than ``megabytes`` MB free: a database that fills it up stops mid-work."""
    stat = os.statvfs(directory)
    free = stat.f_bavail * stat.f_frsize // (1024 * 1024)
    if free < megabytes:
        raise EmbeddedError(
            f"The disk of {directory} is full: {free} MB free, {megabytes} MB needed.",
            "Free some space, or set DATA_DIR to a directory on another disk.",
        )
