"""Asking addresses of the web on somebody's behalf, without being led into our own network.

A name is resolved once, every address of it is judged, and the connection goes to the address that was judged, whatever the
name says a moment later (DNS rebinding). The whole exchange has one end in time.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
_IPV6_NET = ipaddress.ip_network("2000::/3")


class NotAllowed(Exception):
    """This address may not be asked, or is none."""


class NoSuchHost(NotAllowed):
    """The name means nothing now; it may later."""


class PinnedConnection(http.client.HTTPConnection):
    """Connects to the address that was checked, and is cut at `ends` (a moment of `time.monotonic`), whatever it is about."""

    def __init__(self, host: str, port: int, address: str, *, is_secure: bool, ends: float) -> None:
        super().__init__(host, port, timeout=min(4.0, max(0.1, ends - time.monotonic())))
        self._address, self._is_secure, self._ends = address, is_secure, ends
        self._end: threading.Timer | None = None
        self.default_port = PORTS["https" if is_secure else "http"]

    def connect(self) -> None:
        sock = socket.create_connection((self._address, self.port), self.timeout)
        sock.settimeout(max(0.1, self._ends - time.monotonic()))
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


def parts_of(url: str) -> tuple[SplitResult, str, int]:
    """The parts of a web address, its host and its port; `NotAllowed` when it is none or carries a sign-in."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise NotAllowed("not an address of the web") from None
    if parts.scheme not in PORTS or not host or parts.username is not None:
        raise NotAllowed("not an address of the web")
    return parts, host, port


def target_of(parts: SplitResult) -> str:
    """Path and query with letters outside ASCII escaped; a control or space in it is refused by `http.client`."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return "".join(
        c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace")) for c in target
    )


def checked_address(host: str, port: int, *, networks: Iterable[str], any_port: bool = False) -> str:
    """One address of the host. Refused when any of its addresses lies in a private, loopback or otherwise special network
    (unless `networks` name that network), or when the port is not that of the web."""
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
        found = {str(item[4][0]) for item in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NoSuchHost("no such host") from error
    allowed = [ipaddress.ip_network(network, strict=False) for network in networks]
    for address in found:
        ip = ipaddress.ip_address(address.partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
        if any(ip.version == network.version and ip in network for network in allowed):
            continue
        # of IPv6 only 2000::/3 is the open net; Python calls NAT64, site-local and IPv4-compatible ones global, too
        is_open = ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in _IPV6_NET)
        if not is_open or not (any_port or port in PORTS.values()):
            raise NotAllowed("this address is not public")
    return sorted(found)[0]
