"""A small WSGI application behind the real entry: each path shows one thing that the entry promises."""

import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402

from helpdesk.serving import INTERNAL_FILE_HEADER  # noqa: E402
from helpdesk.serving.entry import Entry  # noqa: E402


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer by path."""
    path = environ["PATH_INFO"]
    calls = Path(settings.MEDIA_ROOT) / "calls"
    with calls.open("a") as file:
        file.write(f"{path}\n")
    headers = [("Content-Type", "text/plain")]
    if path == "/file":
        headers += [(INTERNAL_FILE_HEADER, environ["QUERY_STRING"]), ("Content-Disposition", "attachment")]
        start_response("200 OK", headers)
        return [b"this body is replaced"]
    start_response("200 OK", headers)
    if path == "/stream":
        return (bytes([65 + n % 26]) * 100_000 for n in range(40))
    if path == "/sleep":
        time.sleep(float(environ["QUERY_STRING"]))
    if path == "/headers":
        shown = {key: str(value) for key, value in environ.items() if key.isupper()}
        return [json.dumps(shown).encode()]
    if path == "/broken":
        raise RuntimeError("outside of Django's own handling")
    body = environ["wsgi.input"].read()
    return [f"{len(body)} {hashlib.sha256(body).hexdigest()} {os.getpid()}".encode()]


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    """Echo the headers of the handshake once."""
    await receive()
    await send({"type": "websocket.accept"})
    names = sorted(name.decode() for name, _value in scope["headers"])
    await send({"type": "websocket.send", "text": json.dumps(names)})
    await send({"type": "websocket.close"})


application = Entry(wsgi, lambda: websocket)
