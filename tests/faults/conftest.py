"""A whole product with demo people, a webhook account and a key, ready to be hurt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.embedded import runtime
from helpdesk.embedded.paths import REPO_ROOT
from tests.embedded.conftest import FOREIGN, processes_of
from tests.embedded.test_supervisor import Product
from tests.faults.driver import World

SECRET = "a-secret-of-the-fault-runs"
MAKE_HOOK = (
    "from helpdesk.core.models import ChannelAccount as A;"
    f"a = A(slug='faults', kind='webhook', name='Faults'); a.set_secrets({{'webhook_secret': '{SECRET}'}}); a.save()"
)


def manage(product: Product, *arguments: str) -> str:
    """Run a management command against the running product."""
    clean = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    environment = clean | {
        "DATA_DIR": str(product.data_dir),
        "PORT": str(product.port),
        "MAIL_PORT": str(product.mail_port),
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPO_ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout


@pytest.fixture
def world() -> Iterator[tuple[Product, World]]:
    """A product in demo mode (its sink takes our mail) and the senders around it."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-faults-") as folder:
        product = Product(Path(folder) / "var")
        product.start("--demo")
        try:
            manage(product, "shell", "-c", MAKE_HOOK)
            key = manage(product, "create_api_key", "--user", "admin", "--scopes", "tickets:read,tickets:write").strip()
            values = runtime.load(product.data_dir)
            yield (
                product,
                World(
                    address=f"http://127.0.0.1:{product.port}",
                    mail_port=product.mail_port,
                    database_url=str(values["database_url"]),
                    key=key.splitlines()[-1],
                    hook_secret=SECRET,
                    folder=Path(folder),
                ),
            )
        finally:
            product.stop()
            assert processes_of(product.data_dir) == []


def pids(product: Product) -> dict[str, int]:
    """The supervised processes by name."""
    return {name: int(pid) for name, pid in json.loads((product.data_dir / "processes.json").read_text()).items()}
