"""Secrets at rest (sealed with the secret key) and the hashes of tokens that are only ever compared."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [base64.urlsafe_b64encode(hashlib.sha256(b"channel-secrets:" + key.encode()).digest()) for key in keys]
    return MultiFernet([Fernet(key) for key in derived])


def seal(values: dict[str, Any]) -> str:
    """Encrypt a small mapping of secrets to text."""
    return _fernet().encrypt(json.dumps(values).encode()).decode()


def open_sealed(sealed: str) -> dict[str, Any]:
    """Decrypt what `seal` made; an empty mapping when the key has changed (the secrets must then be entered again)."""
    try:
        values: dict[str, Any] = json.loads(_fernet().decrypt(sealed.encode()))
    except InvalidToken:
        return {}
    return values


def new_token(length: int = 32) -> str:
    """A random URL-safe token of `length` bytes."""
    return secrets.token_urlsafe(length)


def token_hash(token: str) -> str:
    """What is stored of a random token: its SHA-256 (the token is long and random, so no slow hash is needed)."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived(purpose: str, *parts: object) -> str:
    """A token made of the secret key and `parts`: it lies nowhere, and whoever must write it again (a renderer) can."""
    return _derive(settings.SECRET_KEY, purpose, parts)


def all_derived(purpose: str, *parts: object) -> list[str]:
    """The same under the present key and under those that it replaced, newest first."""
    return [_derive(key, purpose, parts) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _derive(key: str, purpose: str, parts: tuple[object, ...]) -> str:
    message = json.dumps([purpose, *map(str, parts)]).encode()
    digest = hmac.new(hashlib.sha256(b"derived:" + key.encode()).digest(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
