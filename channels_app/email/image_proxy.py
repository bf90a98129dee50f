"""Fetching a picture that a mail names, without telling its server who reads and without reaching into our own network."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core import signing

from channels_app.email.files import sniff

MOST_BYTES = 5 * 1024 * 1024
SECONDS = 6.0
MOST_REDIRECTS = 3
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"}
_PORTS = {"http": 80, "https": 443}
_SALT = "mail.picture"
_IPV6_NET = ipaddress.ip_network("2000::/3")


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
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise NotFetched("no such port") from None
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        raise NotFetched("not an address of the web")
    connection = _connection(parts.scheme, host, port, ends)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "GET",
            _ascii(target),
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


def _ascii(target: str) -> str:
    """The request target with letters outside ASCII escaped; a control or space in it is refused by `http.client`."""
    return "".join(
        c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace")) for c in target
    )


class _PinnedConnection(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever the name says a moment later (DNS rebinding)."""

    def __init__(self, host: str, port: int, address: str, *, is_secure: bool, ends: float) -> None:
        """`ends`: the moment (of `time.monotonic`) at which the connection is cut, whatever it is about."""
        super().__init__(host, port, timeout=min(4.0, max(0.1, ends - time.monotonic())))
        self._address, self._is_secure, self._ends = address, is_secure, ends
        self._end: threading.Timer | None = None
        self.default_port = _PORTS["https" if is_secure else "http"]

    def connect(self) -> None:
        sock = socket.create_connection((self._address, self.port), self.timeout)
        # a server that drips its headers keeps within every time-out of a single read: the end comes from outside
        self._line = sock.dup()
        self._end = threading.Timer(max(0.0, self._ends - time.monotonic()), _cut, [self._line])
        self._end.daemon = True
        self._end.start()
        if self._is_secure:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        self.sock = sock

    def finish(self) -> None:
        """Close for good (`http.client` itself calls `close` while the answer is still being read)."""
        self.close()
        if self._end is not None:
            self._end.cancel()
            self._line.close()


def _cut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _connection(scheme: str, host: str, port: int, ends: float) -> _PinnedConnection:
    if time.monotonic() >= ends:
        raise NotFetched("too slow")
    return _PinnedConnection(host, port, checked_address(host, port), is_secure=scheme == "https", ends=ends)


def checked_address(host: str, port: int) -> str:
    """One address of the host. Refused when any of its addresses lies in a private, loopback or otherwise special network
    (unless the settings name that network), or when the port is not that of the web."""
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
        found = {str(item[4][0]) for item in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NotFetched("no such host") from error
    allowed = [ipaddress.ip_network(network, strict=False) for network in settings.IMAGE_PROXY_NETWORKS]
    for address in found:
        ip = ipaddress.ip_address(address.partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
        if any(ip.version == network.version and ip in network for network in allowed):
            continue
        # of IPv6 only 2000::/3 is the open net; Python calls NAT64, site-local and IPv4-compatible ones global, too
        is_open = ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in _IPV6_NET)
        if not is_open or port not in _PORTS.values():
            raise NotFetched("this address is not public")
    return sorted(found)[0]
