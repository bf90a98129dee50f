"""The whole body is here before a thread is taken for its view."""

import asyncio
import errno
import tempfile
from http import HTTPStatus
from typing import IO

from helpdesk.serving.refusals import Refused
from helpdesk.serving.types import HeaderList, Receive

IN_MEMORY_BYTES = 256 * 1024
SILENCE_SECONDS = 20.0
BASE_SECONDS = 30.0
SLOWEST_BYTES_PER_SECOND = 16 * 1024


class ClientGone(Exception):
    """The client left before its body was complete: there is nobody to answer and nothing whole to work on."""


def declared_length(headers: HeaderList) -> int | None:
    """The body's length by ``Content-Length``; None when it is chunked or absent. Raises ``Refused`` when malformed."""
    values = {value.strip() for name, value in headers if name == b"content-length"}
    if not values:
        return None
    value = values.pop()
    if values or not value.isdigit() or len(value) > 18:
        raise Refused(HTTPStatus.BAD_REQUEST)
    return int(value)


async def read_body(headers: HeaderList, receive: Receive, *, limit_bytes: int) -> tuple[IO[bytes], int]:
    """The body as a file at its start, and its length in bytes.

    Raises ``Refused`` 400 (length not as declared), 408 (too slow), 413 (over ``limit_bytes``), 507 (disk full), and
    ``ClientGone``. The caller closes the file.
    """
    declared = declared_length(headers)
    if declared is not None and declared > limit_bytes:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit_bytes=limit_bytes)
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 — the caller closes it
    try:
        async with asyncio.timeout(BASE_SECONDS + (declared or limit_bytes) / SLOWEST_BYTES_PER_SECOND):
            length = await _fill(spool, receive, limit_bytes=limit_bytes)
    except TimeoutError:
        spool.close()
        raise Refused(HTTPStatus.REQUEST_TIMEOUT) from None
    except OSError as error:
        spool.close()
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Refused(HTTPStatus.INSUFFICIENT_STORAGE) from error
    except BaseException:
        spool.close()
        raise
    if declared is not None and declared != length:
        spool.close()
        raise Refused(HTTPStatus.BAD_REQUEST)
    spool.seek(0)
    return spool, length


async def _fill(spool: IO[bytes], receive: Receive, *, limit_bytes: int) -> int:
    length = 0
    while True:
        message = await asyncio.wait_for(receive(), SILENCE_SECONDS)
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > limit_bytes:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit_bytes=limit_bytes)
        spool.write(chunk)
        if not message.get("more_body", False):
            return length
