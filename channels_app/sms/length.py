"""How long a text message is, and how many parts it costs; pure (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

_GSM_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = set("^{}\\[~]|€\f")


@dataclass(frozen=True)
class Length:
    """`units` used of `room` in `segments` parts; `is_unicode` says that the text needs 16 bits a character (any Chinese
    one makes the whole message so)."""

    units: int
    segments: int
    room: int
    is_unicode: bool


def measure(text: str, *, sign_name: str = "") -> Length:
    """The length of a text together with the signature that Chinese gateways put before it as 【name】.

    160 seven-bit characters or 70 sixteen-bit ones in one part; 153 or 67 a part when there are several, since each
    then carries a header. A character beyond the basic plane counts twice, one of GSM's extension table too.
    """
    whole = f"【{sign_name}】{text}" if sign_name else text
    is_unicode = any(c not in _GSM_BASIC and c not in _GSM_EXTENDED for c in whole)
    if is_unicode:
        units = sum(2 if ord(c) > 0xFFFF else 1 for c in whole)
        single, several = 70, 67
    else:
        units = sum(2 if c in _GSM_EXTENDED else 1 for c in whole)
        single, several = 160, 153
    segments = 1 if units <= single else -(-units // several)
    return Length(units, segments, single if segments == 1 else segments * several, is_unicode)
