"""Typed readers for settings that come from the environment; a malformed value stops the start with its name."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class BadSetting(SystemExit):
    """A setting in the environment cannot be used; the message names it and says what is expected."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(
            f"Setting {name} is not usable: expected {expected}. Correct it in the environment and start again."
        )


def text(name: str, default: str = "") -> str:
    """The variable as text, stripped; `default` when unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """A yes/no variable: 1, true, yes, on or 0, false, no, off."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(name, "true or false")


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number, not below `least`."""
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise BadSetting(name, "a whole number") from None
    if number < least:
        raise BadSetting(name, f"a whole number of at least {least}")
    return number


def words(name: str, default: list[str] | None = None) -> list[str]:
    """A comma-separated list; empty items are dropped."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default or [])


def path(name: str, default: Path) -> Path:
    """A file-system path, absolute."""
    value = text(name)
    return Path(value).expanduser().resolve() if value else default


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and no other."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def database(name: str, value: str) -> dict[str, Any]:
    """Django's database settings from a `postgres://user:password@host:port/name?option=value` address."""
    parts = urlsplit(value)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise BadSetting(name, "postgres://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
