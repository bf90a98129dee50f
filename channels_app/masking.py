"""Reading a raw item: as harmless text, cut to a size."""

from __future__ import annotations

import unicodedata

SHOWN_BYTES = 64 * 1024


def as_text(raw: bytes) -> tuple[str, bool]:
    """The first 64 KB as text, and whether that is all. Control characters show as their symbols, so that nothing in a
    source can reverse or hide what stands beside it."""
    text = raw[:SHOWN_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(_visible(character) for character in text), len(raw) <= SHOWN_BYTES


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs"}:
        return character
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else f"⟨U+{ord(character):04X}⟩"
