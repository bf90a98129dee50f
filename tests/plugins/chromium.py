"""Which Chromium the browser tests drive, and how it is started."""

import os
import sys
from functools import lru_cache

from helpdesk.embedded.paths import REPO_ROOT

# As root there is no sandbox; the rest keeps the browser from looking for its maker's servers.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@lru_cache(maxsize=1)
def executable() -> str:
    """The path of the browser: CHROMIUM (set by `make test`), else what the system has. Fails loudly without one."""
    path = os.environ.get("CHROMIUM", "")
    if not path:
        sys.path.insert(0, str(REPO_ROOT / "scripts"))
        try:
            import browser
        finally:
            sys.path.pop(0)
        path = browser.find()
    if not path:
        raise RuntimeError("No Chromium for the browser tests; `make test` installs one, or set CHROMIUM to its path.")
    return path
