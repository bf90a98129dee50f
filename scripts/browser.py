"""Finds a Chromium for the browser tests, and installs one where there is none and where that can be done.

Prints its path. Exit status 3 when none can be had.
"""

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NONE = 3


def find() -> str:
    """The browser named by CHROMIUM, else the system's, else Playwright's; empty when there is none."""
    named = os.environ.get("CHROMIUM", "")
    if named and os.access(named, os.X_OK):
        return named
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    store = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    found = [path for pattern in patterns for path in glob.glob(os.path.join(store, pattern))]
    return max(found, default="")


def has_chinese_font() -> bool:
    """True when Chinese text would not be drawn as boxes (or when nothing here can tell)."""
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())


def with_apt(*packages: str) -> bool:
    """Install Debian packages; only for root on a Debian."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "-qq", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:
            return False
    return True


def with_playwright() -> bool:
    """Let Playwright fetch its own build."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        return subprocess.run(command, stdout=sys.stderr, check=False, timeout=600).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main() -> int:
    """Print the path of a browser, installing one if need be."""
    if not find():
        print("No Chromium here; installing one for the browser tests …", file=sys.stderr, flush=True)
        if not with_apt("chromium"):
            with_playwright()
    if find() and not has_chinese_font():
        with_apt("fontconfig", "fonts-noto-cjk")
    path = find()
    if not path:
        return NONE
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
