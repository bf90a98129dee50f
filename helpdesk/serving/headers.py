"""Which request headers a view may believe."""

import ipaddress
from collections.abc import Iterable, Sequence

from helpdesk.serving import INTERNAL_FILE_HEADER
from helpdesk.serving.types import HeaderList, Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Only a proxy that we know may speak for the client.
FORWARDED = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-forwarded-prefix",
        b"x-real-ip",
    }
)
INTERNAL = frozenset({INTERNAL_FILE_HEADER.lower().encode()})


def networks(addresses: Iterable[str]) -> list[Network]:
    """``TRUSTED_PROXIES`` (addresses or CIDR ranges) as networks; a malformed one raises ``ValueError``."""
    return [ipaddress.ip_network(address, strict=False) for address in addresses]


def is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    """True when ``address`` lies in one of the ranges."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip.version == network.version and ip in network for network in proxies)


def clean(scope: Scope, proxies: Sequence[Network]) -> Scope:
    """A copy of ``scope`` that no client can deceive.

    Dropped: names with an underscore (in CGI's alphabet ``X_Forwarded_Proto`` is ``X-Forwarded-Proto``), our internal
    header, and forwarded addresses from anyone but a trusted proxy. From a trusted one, ``client`` becomes the nearest
    address in ``X-Forwarded-For`` that is not itself a trusted proxy.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    trusted = is_trusted(peer, proxies)
    headers: HeaderList = [
        (name, value)
        for name, value in scope["headers"]
        if b"_" not in name and name not in INTERNAL and (trusted or name not in FORWARDED)
    ]
    cleaned = dict(scope, headers=headers)
    if trusted:
        client = _forwarded_client(headers, proxies)
        if client is not None:
            cleaned["client"] = (client, 0)
    return cleaned


def _forwarded_client(headers: HeaderList, proxies: Sequence[Network]) -> str | None:
    chain = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
    for entry in reversed([part.strip() for part in chain.split(",") if part.strip()]):
        address = entry.removeprefix("[").partition("]")[0]
        try:
            ipaddress.ip_address(address)
        except ValueError:
            return None
        if not is_trusted(address, proxies):
            return address
    return None
