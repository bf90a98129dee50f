"""Resolves the dependencies of pyproject.toml into the two locks, for every supported system and Python.

The locks name versions and hashes only, never the index they came from (docs/decisions/0001-lock-file.md).
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = [
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--custom-compile-command=make lock",
    "--quiet",
]


def main() -> int:
    """Write both locks; the second takes its versions from the first."""
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    run_time = [uv, "pip", "compile", *COMMON, *upgrade, "pyproject.toml", "-o", "requirements.lock"]
    development = [uv, "pip", "compile", *COMMON, *upgrade, "-c", "requirements.lock", "--group", "dev"]
    for command in (run_time, [*development, "pyproject.toml", "-o", "requirements-dev.lock"]):
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
