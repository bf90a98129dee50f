"""Fetching a picture that a mail names, without telling its server who reads and without reaching into our own network."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing

from channels_app.email.files import sniff
from helpdesk.core import egress
from helpdesk.core.egress import PinnedConnection

MOST_BYTES = 5 * 1024 * 1024
SECONDS = 6.0
MOST_REDIRECTS = 3
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"}
_SALT = "mail.picture"


class NotFetched(Exception):
    """The picture is not to be had, or may not be asked for."""


@dataclass(frozen=True)
class Picture:
    """A fetched picture; its type is what its content proves."""

    content_type: str
    data: bytes


def sign(url: str) -> str:
    """The proof that we put this address into a page ourselves."""
    return signing.Signer(salt=_SALT).signature(url)


def is_signed(url: str, signature: str) -> bool:
    try:
        signing.Signer(salt=_SALT).unsign(f"{url}:{signature}")
    except signing.BadSignature:
        return False
    return True


def fetch(url: str) -> Picture:
    """Fetch over at most three redirects, each address checked anew. No cookie, no referrer, no name of the reader's."""
    ends = time.monotonic() + SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        answer = _get(url, ends)
        if isinstance(answer, Picture):
            return answer
        url = urljoin(url, answer)
    raise NotFetched("too many redirects")


def _get(url: str, ends: float) -> Picture | str:
    """The picture, or the address it redirects to."""
    try:
        parts, host, port = egress.parts_of(url)
    except egress.NotAllowed as error:
        raise NotFetched(str(error)) from error
    connection = _connection(parts.scheme, host, port, ends)
    try:
        connection.request(
            "GET",
            egress.target_of(parts),
            headers={"Accept": "image/*", "User-Agent": "Mozilla/5.0", "Accept-Encoding": "identity"},
        )
        response = connection.getresponse()
        if response.status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
            return response.headers["Location"]
        if response.status != http.client.OK:
            raise NotFetched(f"answered {response.status}")
        return _read(response, ends)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotFetched(type(error).__name__) from error
    finally:
        connection.finish()


def _read(response: http.client.HTTPResponse, ends: float) -> Picture:
    data = bytearray()
    while chunk := response.read1(64 * 1024):
        data += chunk
        if len(data) > MOST_BYTES:
            raise NotFetched("too large")
        if time.monotonic() > ends:
            raise NotFetched("too slow")
    kind = sniff(bytes(data[:1024]))
    if kind not in PICTURES:
        raise NotFetched("not a picture")
    return Picture(kind, bytes(data))


def _connection(scheme: str, host: str, port: int, ends: float) -> PinnedConnection:
    if time.monotonic() >= ends:
        raise NotFetched("too slow")
    return PinnedConnection(host, port, checked_address(host, port), is_secure=scheme == "https", ends=ends)


def checked_address(host: str, port: int) -> str:
    """One address of the host that may be asked, as `egress.checked_address` judges it with the networks of the settings."""
    try:
        return egress.checked_address(host, port, networks=settings.IMAGE_PROXY_NETWORKS)
    except egress.NotAllowed as error:
        raise NotFetched(str(error)) from error
