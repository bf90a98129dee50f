"""How many connections and mails one address (IPv6: one /64) may have, so that nobody takes the listener for themselves."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from helpdesk.core.throttle import asker

_MOST_ADDRESSES = 20_000


@dataclass
class Limits:
    """Counts in memory of one listener. Our own relays (`trusted`, networks) have no limit of their own."""

    most_connections: int
    per_address: int
    mails_per_minute: int
    trusted: list[str]
    _open: Counter[str] = field(default_factory=Counter)
    _mails: OrderedDict[str, tuple[int, int]] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self._networks = [ip_network(network, strict=False) for network in self.trusted]

    def is_trusted(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip.version == network.version and ip in network for network in self._networks)

    def enter(self, address: str) -> bool:
        """Count a new connection; False (and not counted) when it is one too many."""
        if self._open.total() >= self.most_connections:
            return False
        key = asker(address)
        if self._open[key] >= self.per_address and not self.is_trusted(address):
            return False
        self._open[key] += 1
        return True

    def leave(self, address: str) -> None:
        key = asker(address)
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]

    def may_send(self, address: str, *, now: float | None = None) -> bool:
        """Count one mail; False beyond the address's share of this minute."""
        if self.is_trusted(address):
            return True
        minute, key = int((now or time.time()) // 60), asker(address)
        at, count = self._mails.pop(key, (minute, 0))
        count = count + 1 if at == minute else 1
        self._mails[key] = (minute, count)
        while len(self._mails) > _MOST_ADDRESSES:
            self._mails.popitem(last=False)
        return count <= self.mails_per_minute
