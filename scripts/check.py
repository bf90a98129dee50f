"""Everything that can be said about the sources without running the product; see `make check`.

python scripts/check.py             all checks
python scripts/check.py types       some of them, by name
"""

import difflib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SCHEMA = ROOT / "docs" / "openapi.yaml"
TEMPLATES = ROOT / "templates"
TEMPLATE_LINE = 160  # characters; code has 120, but a tag of the template language cannot be wrapped
# The type checker reads the settings, which want a key; an address that nobody listens on keeps a stray database out of it.
ENVIRONMENT = os.environ | {
    "SECRET_KEY": "of-the-checks-only",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "PYTHONWARNINGS": "ignore::RuntimeWarning",
}
# As the operator's page tells to run in production.
PRODUCTION = {
    "SECRET_KEY": "0f3a9c5e7b1d48f2a6c4e8091b3d5f7a9c1e3057b8d2f4a6c8e0123456789abcdef",
    "PUBLIC_URL": "https://help.example.com",
    "ALLOWED_HOSTS": "help.example.com",
    "TRUSTED_PROXIES": "10.0.0.0/8",
}

Result = tuple[bool, str]


def _run(*command: str | Path, environment: dict[str, str] | None = None) -> Result:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=ENVIRONMENT | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout.strip()


def _manage(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return _run(sys.executable, "manage.py", *arguments, environment=environment)


def openapi() -> Result:
    """The schema is valid, without warnings, and the one in docs/ is up to date."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.yaml"
        good, output = _manage("spectacular", "--validate", "--fail-on-warn", "--file", str(fresh))
        if not good:
            return good, output
        new = fresh.read_text().splitlines(keepends=True)
    old = SCHEMA.read_text().splitlines(keepends=True) if SCHEMA.exists() else []
    difference = "".join(difflib.unified_diff(old, new, "docs/openapi.yaml", "as the code says", n=1))
    return not difference, difference[:4000] + ("\nrun `make schema`" if difference else "")


def templates() -> Result:
    """No line of a template is longer than can be read and compared."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {len(line)} characters, at most {TEMPLATE_LINE}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > TEMPLATE_LINE
    ]
    return not found, "\n".join(found)


CHECKS: dict[str, Callable[[], Result]] = {
    "lint": lambda: _run(BIN / "ruff", "check", "."),
    "format": lambda: _run(BIN / "ruff", "format", "--check", "."),
    "types": lambda: _run(sys.executable, "-m", "mypy"),
    "imports": lambda: _run(BIN / "lint-imports"),
    "migrations": lambda: _manage("makemigrations", "--check", "--dry-run"),
    "django": lambda: _manage("check", "--fail-level", "WARNING"),
    "production": lambda: _manage("check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION),
    "openapi": openapi,
    "diagrams": lambda: _manage("claim_diagrams", "--check"),
    "templates": templates,
    "catalogues": lambda: _run(sys.executable, "scripts/catalogues.py", "check"),
}


def _timed(name: str) -> tuple[str, Result, float]:
    started = time.monotonic()
    return name, CHECKS[name](), time.monotonic() - started


def main(names: list[str]) -> int:
    """Run the named checks (all by default), two at a time; returns the exit status."""
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        print(f"no such check: {', '.join(unknown)}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    failed = []
    with ThreadPoolExecutor(2) as pool:
        for name, (good, output), seconds in pool.map(_timed, names or list(CHECKS)):
            print(f"{'ok    ' if good else 'FAILED'} {name} ({seconds:.1f} s)", flush=True)
            if not good:
                failed.append(name)
                print("\n".join(f"    {line}" for line in output.splitlines()), flush=True)
    print(f"{len(failed)} checks failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
