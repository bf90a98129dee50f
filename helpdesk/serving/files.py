"""Files that leave outside the page threads: static ones, and attachments whose view has checked the rights."""

import asyncio
import email.utils
import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from whitenoise.base import WhiteNoise
from whitenoise.string_utils import ensure_leading_trailing_slash

from helpdesk.serving.types import HeaderList, Scope, Send

CHUNK_BYTES = 128 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# ManifestStaticFilesStorage puts twelve hex digits of the content before the extension.
IMMUTABLE = r"^.+\.[0-9a-f]{12}(\.[^/]+)?$"


def static_files() -> WhiteNoise:
    """The collected static files, or (before the first ``collectstatic``) those of the source tree, looked up in memory."""
    site = WhiteNoise(
        _no_application,
        max_age=60,
        immutable_file_test=IMMUTABLE,
        allow_all_origins=False,
        add_headers_function=_static_headers,
    )
    prefix = ensure_leading_trailing_slash(settings.STATIC_URL)
    root = Path(settings.STATIC_ROOT)
    if (root / "staticfiles.json").exists():
        site.add_files(str(root), prefix=prefix)
        return site
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            folder = (getattr(storage, "prefix", None) or "").strip("/")
            url = prefix + (f"{folder}/{path}" if folder else path).replace("\\", "/")
            site.add_file_to_dictionary(url, storage.path(path))
    return site


async def send_static(site: WhiteNoise, scope: Scope, send: Send) -> bool:
    """Answer from the static files; False when there is no such file."""
    found = site.files.get(scope["path"])
    if found is None:
        return False
    headers = {
        f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": v.decode("latin-1") for name, v in scope["headers"]
    }
    response = found.get_response(scope["method"], headers)
    encoded = [(str(name).lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": int(response.status), "headers": encoded})
    if response.file is None:
        await send({"type": "http.response.body", "body": b""})
    else:
        await send_file(response.file, send)
    return True


async def send_file(file: IO[bytes], send: Send, *, length: int | None = None) -> None:
    """Send ``file`` from where it stands (at most ``length`` bytes) in chunks, reading in a helper thread; closes it."""
    left = length
    try:
        while True:
            size = CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)
            chunk = await asyncio.to_thread(file.read, size) if size else b""
            if left is not None:
                left -= len(chunk)
            more = bool(chunk) and left != 0
            await send({"type": "http.response.body", "body": chunk, "more_body": more})
            if not more:
                return
    finally:
        file.close()


def internal_path(value: str) -> Path | None:
    """The file that a view named, when it is a regular file below ``MEDIA_ROOT``; symbolic links do not lead out."""
    root = Path(settings.MEDIA_ROOT).resolve()
    try:
        path = (root / unquote(value, errors="strict")).resolve()
    except (ValueError, OSError):
        return None
    return path if path.is_relative_to(root) and path.is_file() else None


async def send_internal(path: Path, scope: Scope, send: Send, status: int, headers: HeaderList) -> None:
    """Stream ``path`` with the view's headers, honouring one byte range (RFC 9110, 14.2)."""
    file = path.open("rb")
    stat = os.fstat(file.fileno())
    request = dict(scope["headers"])
    kept = [(name, value) for name, value in headers if name not in (b"content-length", b"accept-ranges")]
    if not any(name == b"last-modified" for name, _ in kept):
        kept.append((b"last-modified", email.utils.formatdate(stat.st_mtime, usegmt=True).encode()))
    kept.append((b"accept-ranges", b"bytes"))
    wanted = (
        request.get(b"range", b"").decode("latin-1") if status == HTTPStatus.OK and b"if-range" not in request else ""
    )
    start, length, status = _range(wanted, stat.st_size, status)
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        kept.append((b"content-range", f"bytes */{stat.st_size}".encode()))
    elif status == HTTPStatus.PARTIAL_CONTENT:
        kept.append((b"content-range", f"bytes {start}-{start + length - 1}/{stat.st_size}".encode()))
    kept.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": int(status), "headers": kept})
    if scope["method"] == "HEAD" or not length:
        file.close()
        await send({"type": "http.response.body", "body": b""})
        return
    file.seek(start)
    await send_file(file, send, length=length)


def _range(wanted: str, size: int, status: int) -> tuple[int, int, int]:
    """(first byte, number of bytes, status) of a ``Range`` header against a file of ``size`` bytes."""
    match = RANGE.fullmatch(wanted.strip())
    if match is None or match.group(0) == "bytes=-":
        return 0, size, status
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if start >= size or start > end:
        return 0, 0, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return start, end - start + 1, HTTPStatus.PARTIAL_CONTENT


def _static_headers(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def _no_application(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
    raise NotImplementedError("only the file dictionary of WhiteNoise is used")
