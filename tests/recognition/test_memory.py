"""What reads and trains models is loaded by the processes that do so, and by no other: forty megabytes each."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from helpdesk.embedded.paths import REPO_ROOT

_LOOK = """
import sys
import helpdesk.asgi
from django.urls import get_resolver
get_resolver()._populate()
print([name for name in ("numpy", "scipy", "sklearn", "rjieba") if name in sys.modules])
"""


@pytest.mark.req("B2", "classifier")
def test_a_web_process_loads_no_numerical_library() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", _LOOK], check=False, cwd=REPO_ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().splitlines()[-1] == "[]"
