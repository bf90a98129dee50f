"""Limits per key and window, counted in PostgreSQL so that they hold over processes and restarts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db import connection
from django.db.models import F
from django.utils import timezone

from helpdesk.core.errors import TooMany
from helpdesk.core.models import ThrottleCount


def _window(now: datetime, length: timedelta) -> datetime:
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)


def count(key: str, *, per: timedelta, now: datetime | None = None) -> int:
    """Add one to the key's counter of the current window and return it. One statement, so races count right."""
    window = _window(now or timezone.now(), per)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_throttlecount (key, window_at, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (key, window_at) DO UPDATE SET count = core_throttlecount.count + 1 RETURNING count",
            [key[:200], window],
        )
        return int(cursor.fetchone()[0])


def used(key: str, *, per: timedelta, now: datetime | None = None) -> int:
    """The key's count in the current window, without adding to it."""
    window = _window(now or timezone.now(), per)
    return ThrottleCount.objects.filter(key=key[:200], window_at=window).values_list("count", flat=True).first() or 0


def limit(key: str, most: int, *, per: timedelta, now: datetime | None = None) -> None:
    """Count one use; raise `TooMany` beyond `most` uses in the window."""
    now = now or timezone.now()
    if count(key, per=per, now=now) > most:
        ends = _window(now, per) + per
        raise TooMany(retry_after=max(1, int((ends - now).total_seconds())))


def give_back(key: str, *, per: timedelta, now: datetime | None = None) -> None:
    """Take one use back that was counted before it was known to be none."""
    window = _window(now or timezone.now(), per)
    ThrottleCount.objects.filter(key=key[:200], window_at=window, count__gt=0).update(count=F("count") - 1)


def asker(address: str) -> str:
    """For whom an address stands when uses are counted: an IPv6 address for its /64, which one household or machine has to
    itself (RFC 6177, RFC 8981 let it change the rest at will); an IPv4 address for itself; what is no address for itself."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip_network((int(ip), 64), strict=False))


def clear(key: str) -> None:
    """Forget a key, after a success that proves the person."""
    ThrottleCount.objects.filter(key=key[:200]).delete()


def sweep(now: datetime | None = None) -> int:
    """Delete windows older than two days; returns how many."""
    deleted, _ = ThrottleCount.objects.filter(window_at__lt=(now or timezone.now()) - timedelta(days=2)).delete()
    return deleted
