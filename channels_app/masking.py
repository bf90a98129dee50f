"""Reading a raw item: as harmless text, cut to a size, and with addresses masked where the reader may not see them."""

from __future__ import annotations

import re
import unicodedata

from helpdesk.customers.identities import mask_email, mask_phone

SHOWN_BYTES = 64 * 1024
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,20}")
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d \-]{7,17}\d(?![\w.])")


def as_text(raw: bytes) -> tuple[str, bool]:
    """The first 64 KB as text, and whether that is all. Control characters show as their symbols, so that nothing in a
    source can reverse or hide what stands beside it."""
    text = raw[:SHOWN_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(_visible(character) for character in text), len(raw) <= SHOWN_BYTES


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs"}:
        return character
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else f"⟨U+{ord(character):04X}⟩"


def masked(text: str) -> str:
    """The text with e-mail addresses and phone numbers masked."""
    hidden = _EMAIL.sub(lambda found: mask_email(found[0]), text)
    return _PHONE.sub(lambda found: mask_phone(found[0]), hidden)
