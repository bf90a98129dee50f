"""Normalising what identifies a customer; pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from helpdesk.customers.models import Identity, IdentityKind

_EMAIL = re.compile(r"^[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\]{1,255}$")


# What stands for the hidden part of an address; a whole address never has it.
HIDDEN = "•••"
_EMAIL_IN_TEXT = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,20}")
_PHONE_IN_TEXT = re.compile(r"(?<![\w.])\+?\d[\d \-]{7,17}\d(?![\w.])")


@dataclass(frozen=True)
class Known:
    """One normalised identity: kind, scope (empty: unique in the world) and value."""

    kind: str
    value: str
    scope: str = ""
    is_verified: bool = False


def normalise_email(address: str) -> str | None:
    """Lower case, no display name, IDN domain as ASCII; None when it is no address."""
    address = unicodedata.normalize("NFKC", address).replace("\x00", "").strip().strip("<>").lower()
    if not _EMAIL.match(address) or len(address) > 254 or HIDDEN in address:
        return None
    local, _, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        return None
    return f"{local}@{domain}"


def normalise_phone(number: str, *, region: str) -> str | None:
    """E.164, read as a number of `region` when it has no country code; None when it cannot be one."""
    try:
        parsed = phonenumbers.parse(unicodedata.normalize("NFKC", number)[:40], region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def email(address: str, *, is_verified: bool = False) -> Known | None:
    value = normalise_email(address)
    return Known(IdentityKind.EMAIL, value, is_verified=is_verified) if value else None


def phone(number: str, *, region: str = "CN", is_verified: bool = False) -> Known | None:
    value = normalise_phone(number, region=region)
    return Known(IdentityKind.PHONE, value, is_verified=is_verified) if value else None


def mask_email(value: str) -> str:
    """`l•••@example.cn`, for readers who may not see the whole."""
    local, _, domain = value.partition("@")
    return f"{local[:1]}{HIDDEN}@{domain}"


def mask_phone(value: str) -> str:
    """`138 •••• 6024` of an E.164 number."""
    digits = value.removeprefix("+86")
    return f"{digits[:3]} •••• {digits[-4:]}" if len(digits) > 7 else "••••"


def shown_address(address: str, is_open: bool) -> str:
    """The address, or as much of it as somebody without the right to see it whole may read."""
    if is_open or not address:
        return address
    return mask_email(address) if "@" in address else mask_phone(address)


def mask_text(text: str) -> str:
    """The text with the e-mail addresses and phone numbers in it masked."""
    hidden = _EMAIL_IN_TEXT.sub(lambda found: mask_email(found[0]), text)
    return _PHONE_IN_TEXT.sub(lambda found: mask_phone(found[0]), hidden)


def readable(identity: Identity) -> str:
    """The value as people write it: a number with its spaces, in the form for abroad."""
    if identity.kind != IdentityKind.PHONE:
        return identity.value
    try:
        parsed = phonenumbers.parse(identity.value, None)
    except phonenumbers.NumberParseException:
        return identity.value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(kind: str, value: str) -> str:
    """An identity as everybody of the staff may see it; ids of other kinds show their last four characters."""
    if kind == IdentityKind.EMAIL:
        return mask_email(value)
    if kind == IdentityKind.PHONE:
        return mask_phone(value)
    return f"•••• {value[-4:]}" if len(value) > 8 else "••••"
