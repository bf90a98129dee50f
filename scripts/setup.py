"""Makes ``.venv`` from the locks, on a machine that has nothing but Python 3.11+ and pip (or uv).

    python3 scripts/setup.py            what `make run` needs
    python3 scripts/setup.py --dev      what `make test` and `make check` need as well

Standard library only, and readable by older interpreters, so that they can say what is missing. A second run does
nothing until a lock changes.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
OLDEST = (3, 11)
NEWEST = (3, 13)
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}


def main() -> int:
    """Set up what is asked for; returns the exit status."""
    parser = argparse.ArgumentParser(description="Make .venv from the locks.")
    parser.add_argument("--dev", action="store_true", help="with what tests and checks need")
    group = "dev" if parser.parse_args().dev else "run"
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return fail(
            "This is Python {}.{}; the product needs 3.11, 3.12 or 3.13.".format(*sys.version_info[:2]),
            "Install one of them, or name it: make run PYTHON=/path/to/python3.11",
        )
    wanted = stamp_of(group)
    if is_current(group, wanted):
        return 0
    print(f"Setting up .venv from {LOCKS[group]} …", flush=True)
    for step in (make_environment, lambda: install(LOCKS[group])):
        if not step():
            return 1
    for done in {group, "run"}:  # the development lock holds the run-time one
        with open(stamp_path(done), "w") as file:
            file.write(stamp_of(done))
    return 0


def stamp_of(group: str) -> str:
    """Changes with the lock and with the interpreter."""
    with open(os.path.join(ROOT, LOCKS[group]), "rb") as file:
        return "{} python {}.{}\n".format(hashlib.sha256(file.read()).hexdigest(), *sys.version_info[:2])


def stamp_path(group: str) -> str:
    """Where the stamp of a finished set-up lies."""
    return os.path.join(VENV, f".installed-{group}")


def is_current(group: str, wanted: str) -> bool:
    """True when the environment already holds the lock."""
    try:
        with open(stamp_path(group)) as file:
            return file.read() == wanted and works(PYTHON)
    except OSError:
        return False


def works(python: str) -> bool:
    """True when the interpreter runs and has a supported version."""
    test = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    try:
        return subprocess.run([python, "-c", test], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> bool:
    """Create ``.venv`` by the first way that this machine offers."""
    if works(PYTHON):
        return True
    shutil.rmtree(VENV, ignore_errors=True)
    for way in (with_uv, with_venv, with_venv_without_pip, with_virtualenv):
        if way() and works(PYTHON):
            return True
        shutil.rmtree(VENV, ignore_errors=True)
    fail(
        "No virtual environment can be made: neither uv, nor Python's venv module, nor pip is there.",
        "On Debian or Ubuntu: apt-get install python3-venv python3-pip",
    )
    return False


def with_uv() -> bool:
    """Uv makes it without pip."""
    uv = shutil.which("uv") or ""
    return bool(uv) and run([uv, "venv", "--quiet", "--python", sys.executable, VENV])


def with_venv() -> bool:
    """The ordinary way; Debian packs ``ensurepip``, which it needs, apart (python3-venv)."""
    return quietly([sys.executable, "-c", "import ensurepip, venv"]) and run([sys.executable, "-m", "venv", VENV])


def with_venv_without_pip() -> bool:
    """Without ``ensurepip``: the system's pip installs into the environment from outside."""
    return has_pip(sys.executable) and quietly([sys.executable, "-m", "venv", "--without-pip", VENV])


def with_virtualenv() -> bool:
    """Without ``venv``: the package virtualenv, fetched into a folder of its own."""
    if not has_pip(sys.executable):
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "virtualenv"]
        environment = dict(os.environ, PYTHONPATH=folder)
        return run(command) and run([sys.executable, "-m", "virtualenv", "--quiet", VENV], environment)


def install(lock: str) -> bool:
    """Install exactly what the lock names, each file checked against its hash."""
    requirements = ["--require-hashes", "-r", os.path.join(ROOT, lock)]
    uv = shutil.which("uv") or existing(os.path.join(VENV, "bin", "uv"))
    if uv:
        done = run([uv, "pip", "install", "--quiet", "--python", PYTHON, *requirements])
    elif has_pip(PYTHON):
        done = run([PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", *requirements], pip_environment())
    elif has_pip(sys.executable):
        pip = [sys.executable, "-m", "pip", "--python", PYTHON]
        done = run([*pip, "install", "--quiet", "--no-deps", *requirements], pip_environment())
    else:
        done = False
    if not done:
        fail(f"The packages of {lock} could not be installed.", "See the lines above; is the package index reachable?")
    return done


def pip_environment() -> "dict[str, str]":
    """No advice about pip's own version between our lines."""
    return dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore")


def existing(path: str) -> str:
    """The path if there is such a file, else an empty string."""
    return path if os.path.exists(path) else ""


def has_pip(python: str) -> bool:
    """True when the interpreter has pip."""
    return quietly([python, "-m", "pip", "--version"])


def run(command: "list[str]", environment: "dict[str, str] | None" = None) -> bool:
    """Run it, its words shown; True when it went well."""
    try:
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
    except OSError:
        return False


def quietly(command: "list[str]") -> bool:
    """Run it unseen; True when it went well."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.run(command, stdout=nowhere, stderr=nowhere, check=False).returncode == 0
    except OSError:
        return False


def fail(what: str, hint: str) -> int:
    """Say what is wrong and what to do."""
    print(f"error: {what}\n       {hint}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
