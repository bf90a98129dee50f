"""Memory of the whole product at rest: `manage.py up --demo` on a fresh directory, summed over its process tree.

python -m benchmarks.memory [--seconds 90]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.places import ROOT
from benchmarks.stack import tree_pss_mb


def measure(seconds: float = 90) -> dict[str, Any]:
    """MB of proportional memory by process name and in all, so many seconds after the product is ready."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-rest-") as directory:
        web, mail = _free_port(), _free_port()
        settings = {"DATA_DIR": directory, "PORT": str(web), "MAIL_PORT": str(mail)}
        inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        command = [sys.executable, "manage.py", "up", "--demo"]
        log = Path(directory) / "up.log"
        with log.open("wb") as output:
            running = subprocess.Popen(command, cwd=ROOT, env=inherited | settings, stdout=output, stderr=output)
        try:
            _wait_until_ready(web, running)
            time.sleep(seconds)
            found = tree_pss_mb(running.pid)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
    return {
        "total_mb": round(sum(found.values())),
        "by_process": dict(sorted(found.items(), key=lambda pair: -pair[1])),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(port: int, running: subprocess.Popen[bytes], seconds: float = 240) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and running.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(1)
    raise RuntimeError("the product did not become ready")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--seconds", type=float, default=90)
    print(json.dumps(measure(parser.parse_args(arguments).seconds), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
