"""From an ASGI request with its body at hand to a WSGI call in a thread, and back (PEP 3333)."""

import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from helpdesk.serving import INTERNAL_FILE_HEADER
from helpdesk.serving.types import HeaderList, Scope

IN_MEMORY_BYTES = 1024 * 1024
WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"})

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Answer:
    """A view's whole answer: the body in memory or in a file, or the path of a file to be streamed instead."""

    status: int
    headers: HeaderList
    body: bytes | IO[bytes]
    internal_file: str | None = None


def environ(scope: Scope, body: IO[bytes], length: int) -> dict[str, Any]:
    """The WSGI environment of ``scope``; ``scope`` has been through ``headers.clean``."""
    server = scope.get("server") or ("localhost", 80)
    raw_path = scope.get("raw_path")
    path = (
        unquote_to_bytes(raw_path.partition(b"?")[0]) if raw_path else scope["path"].encode("utf-8", "surrogateescape")
    )
    values: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 80),
        "REMOTE_ADDR": scope["client"][0] if scope.get("client") else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        if name == b"content-type":
            values["CONTENT_TYPE"] = text
        elif name not in (b"content-length", b"transfer-encoding"):
            key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
            separator = "; " if name == b"cookie" else ","
            values[key] = f"{values[key]}{separator}{text}" if key in values else text
    if length or any(name == b"content-length" for name, _ in scope["headers"]):
        values["CONTENT_LENGTH"] = str(length)  # a chunked body has a length by now
    return values


def call(application: WsgiApplication, values: dict[str, Any]) -> Answer:
    """Run one request to its end in this thread. The answer is held whole, so a slow reader never holds the thread."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        started.append((status, headers))
        return _no_write

    result = application(values, start_response)
    try:
        status, headers = started[-1]
        internal_file = next((value for name, value in headers if name.lower() == INTERNAL_FILE_HEADER.lower()), None)
        body: bytes | IO[bytes] = b"" if internal_file is not None else _collect(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return _answer(int(status.split(" ", 1)[0]), _encode(headers), body, internal_file)


def _answer(status: int, headers: HeaderList, body: bytes | IO[bytes], internal_file: str | None) -> Answer:
    known = any(name == b"content-length" for name, _ in headers)
    if isinstance(body, bytes) and not known and status not in WITHOUT_BODY:
        headers.append((b"content-length", str(len(body)).encode()))
    return Answer(status, headers, body, internal_file)


def _no_write(_data: bytes) -> None:
    raise NotImplementedError("the WSGI write() callable is not offered")


def _collect(chunks: Iterable[bytes]) -> bytes | IO[bytes]:
    spool: IO[bytes] | None = None
    small: list[bytes] = []
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if spool is None and length > IN_MEMORY_BYTES and small:
            spool = tempfile.TemporaryFile()  # noqa: SIM115 — closed by the sender
            spool.writelines(small)
        if spool is None:
            small.append(chunk)
        else:
            spool.write(chunk)
    if spool is None:
        return b"".join(small)
    spool.seek(0)
    return spool


def _encode(headers: list[tuple[str, str]]) -> HeaderList:
    dropped = HOP_BY_HOP | {INTERNAL_FILE_HEADER.lower()}
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers
        if name.lower() not in dropped
    ]
