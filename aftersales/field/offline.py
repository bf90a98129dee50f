"""What the phone keeps so that its page opens without a network: the page itself and every file that it loads."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.contrib.staticfiles import finders
from django.templatetags.static import static

# Every file that the page loads; a module that is missing here would be missing in a cellar without a network.
FILES = (
    "css/field.bundle.css",
    "fonts/inter-latin.woff2",
    "fonts/inter-latin-ext.woff2",
    "icons/sprite.svg",
    "icons/favicon.svg",
    "vendor/htmx-2.0.11.min.js",
    "js/attach.js",
    "js/clock-chip.js",
    "js/early.js",
    "js/texts.js",
    "js/times.js",
    "js/field/app.js",
    "js/field/drawing.js",
    "js/field/list.js",
    "js/field/parts.js",
    "js/field/send.js",
    "js/field/store.js",
    "js/field/visit.js",
)


def addresses() -> list[str]:
    """The addresses of the files, with the hash in their name where the installation has one."""
    return [static(name) for name in FILES]


@lru_cache(maxsize=1)
def version() -> str:
    """Changes with any of the files, so that phones fetch a new set as a whole."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(static(name).encode())
        path = finders.find(name)
        if isinstance(path, str):
            with open(path, "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def worker_script() -> str:
    """What the service worker does, without the list of what it keeps."""
    path = finders.find("js/field/worker.js")
    assert isinstance(path, str), "the script lies beside the others"
    with open(path, encoding="utf-8") as file:
        return file.read()
