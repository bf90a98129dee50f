"""Which addresses are ours: those of the active mail accounts, their aliases, and both with a plus tag."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from channels_app.email.threading import split_plus
from helpdesk.core.models import ChannelAccount, ChannelKind

FRESH_SECONDS = 5.0


@dataclass(frozen=True)
class Directory:
    """Mail accounts by address. An alias that begins with `@` takes a whole domain."""

    by_address: dict[str, ChannelAccount] = field(default_factory=dict)

    def account_for(self, address: str) -> ChannelAccount | None:
        """The account that receives mail to `address`; a plus tag and the case do not matter."""
        whole = address.strip().lower()
        base = split_plus(whole)[0]
        domain = "@" + base.rpartition("@")[2]
        return next((self.by_address[key] for key in (whole, base, domain) if key in self.by_address), None)

    def is_ours(self, address: str) -> bool:
        return self.account_for(address) is not None

    def accounts_for(self, addresses: Iterable[str]) -> list[ChannelAccount]:
        """The accounts behind some recipients, each once."""
        found = {account.pk: account for address in addresses if (account := self.account_for(address))}
        return list(found.values())


def load_directory() -> Directory:
    """The directory as it is now, in one query."""
    by_address: dict[str, ChannelAccount] = {}
    for account in ChannelAccount.objects.filter(kind=ChannelKind.EMAIL, is_active=True):
        for address in (account.address, *account.config.get("aliases", ())):
            if address and isinstance(address, str):
                by_address.setdefault(address.strip().lower(), account)
    return Directory(by_address)


_kept: tuple[float, Directory] | None = None


def own_addresses() -> Directory:
    """The directory, at most five seconds old: good for telling our addresses from others, not for writing rows."""
    global _kept  # noqa: PLW0603 - one value per process, replaced as a whole
    if _kept is None or time.monotonic() - _kept[0] > FRESH_SECONDS:
        _kept = (time.monotonic(), load_directory())
    return _kept[1]


def forget_addresses() -> None:
    """Read the directory anew the next time; called after an account changed."""
    global _kept  # noqa: PLW0603
    _kept = None
