"""Secrets at rest (sealed with the secret key) and the hashes of tokens that are only ever compared."""

from __future__ import annotations

import base64
import hashlib
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
