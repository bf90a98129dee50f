"""Header fields: splitting, encoded words (RFC 2047), parameters (RFC 2231), message ids and dates, as really written."""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from channels_app.email.charsets import decode_text
from channels_app.email.text import one_line, storable

# A word may hold spaces (many senders do not encode them) and may miss its end when a gateway cut the line.
_ENCODED_WORD = re.compile(rb"=\?([^?\s=]{1,60})\?([bBqQ])\?(.*?)(?:\?=|\?$|$)", re.DOTALL)
_HEADER_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*")
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]+")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_ANGLE_ID = re.compile(r"<([^<>]{1,2000})>")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_SECTION = re.compile(r"^(.*?)(?:\*(\d{1,3}))?(\*)?$")
_BASE64_JUNK = re.compile(rb"[^A-Za-z0-9+/=]")
_MAX_ID = 500
_ANCIENT = re.compile(r"\s0\d{3}\s")  # the library reads the year 0001 as 2001
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def split_headers(
    block: bytes, *, max_headers: int, max_header_bytes: int
) -> tuple[list[tuple[str, bytes]], int, bool]:
    """The header fields of an entity, unfolded; the offset where its body starts; whether a limit cut something.

    Names are lower case. The headers end at the first empty line, or at the first line that can be no header.
    """
    fields: list[tuple[str, bytes]] = []
    position, end, is_cut = 0, len(block), False
    start: int | None = None
    name = ""
    while position < end:
        line_end = _LINE_END.search(block, position)
        stop, following = (line_end.start(), line_end.end()) if line_end else (end, end)
        if stop == position:
            position = following
            break
        if block[position] in b" \t" and start is not None:
            position = following
            continue
        found = _HEADER_NAME.match(block, position, stop)
        if start is not None:
            is_cut |= _append(fields, name, block[start:position], max_headers, max_header_bytes)
            start = None
        if found is None:
            if not (block.startswith((b"From ", b">From "), position) and not fields):
                break  # a body that begins without the empty line before it
        else:
            name, start = found[1].decode("ascii").lower(), found.end()
        position = following
    if start is not None:
        is_cut |= _append(fields, name, block[start:position], max_headers, max_header_bytes)
    return fields, position, is_cut


def _append(fields: list[tuple[str, bytes]], name: str, raw: bytes, max_headers: int, max_header_bytes: int) -> bool:
    """Add one unfolded field; True if it was cut or left out."""
    if len(fields) >= max_headers:
        return True
    value = _FOLD.sub(b" ", raw[: max_header_bytes + 1]).strip()
    fields.append((name, value[:max_header_bytes]))
    return len(raw) > max_header_bytes


def decode_header(raw: bytes, hint: str | None = None) -> str:
    """A header value as one line of text: encoded words decoded, raw 8-bit bytes guessed with `hint` as the mail's charset."""
    return one_line(decode_words(raw, hint))


def decode_words(raw: bytes, hint: str | None = None) -> str:
    """Like `decode_header`, without tidying the result."""
    if b"=?" not in raw:
        return decode_text(raw, None, hint)
    pieces: list[str] = []
    pending: list[tuple[str, str, bytes]] = []
    position = 0
    for word in _ENCODED_WORD.finditer(raw):
        between = raw[position : word.start()]
        if between.strip() or not pending:
            _flush(pieces, pending)
            if between:
                pieces.append(decode_text(between, None, hint))
        charset = word[1].decode("latin-1").partition("*")[0].lower()
        if pending and pending[-1][:2] != (charset, word[2].decode().lower()):
            _flush(pieces, pending)
        pending.append((charset, word[2].decode().lower(), word[3]))
        position = word.end()
    _flush(pieces, pending)
    if position < len(raw):
        pieces.append(decode_text(raw[position:], None, hint))
    return "".join(pieces)


def _flush(pieces: list[str], pending: list[tuple[str, str, bytes]]) -> None:
    """Decode neighbouring words of one charset together, since many senders cut a character between two words."""
    if not pending:
        return
    charset, encoding = pending[0][:2]
    words = [word[2] for word in pending]
    if encoding == "q":
        data = b"".join(_decode_q(word) for word in words)
    elif any(len(word) % 4 and not word.endswith(b"=") for word in words[:-1]):
        data = decode_base64(b"".join(words))  # one base64 stream cut anywhere
    else:
        data = b"".join(decode_base64(word) for word in words)
    pieces.append(decode_text(data, charset))
    pending.clear()


def _decode_q(word: bytes) -> bytes:
    return binascii.a2b_qp(word.replace(b" ", b"_"), header=True)


def decode_base64(data: bytes) -> bytes:
    """Base64 with anything odd in it (spaces, missing or early padding, stray characters): whatever decodes."""
    try:
        return binascii.a2b_base64(data, strict_mode=False)
    except (binascii.Error, ValueError):
        clean = _BASE64_JUNK.sub(b"", data).rstrip(b"=")
        clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
        try:
            return base64.b64decode(clean + b"=" * (-len(clean) % 4))
        except (binascii.Error, ValueError):
            return b""


def parse_parameters(raw: bytes, hint: str | None = None) -> tuple[str, dict[str, str]]:
    """The value and the parameters of Content-Type or Content-Disposition, RFC 2231 pieces joined, 2047 words decoded."""
    text = raw.decode("latin-1")
    value, _, rest = text.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for found in _PARAMETER.finditer(";" + rest[:8000]):
        name, content = found[1].lower(), _unquote(found[2].strip())
        section = _SECTION.match(name)
        base, number, is_extended = section.groups() if section else (name, None, None)
        if number is None and is_extended is None:
            plain.setdefault(base, content)
        else:
            pieces.setdefault(base, {}).setdefault(int(number or 0), (bool(is_extended), content))
    parameters = {name: decode_header(content.encode("latin-1"), hint) for name, content in plain.items()}
    # RFC 2231 is exact where both forms stand (RFC 6266, appendix D has the same rule).
    parameters.update({name: joined for name, parts in pieces.items() if (joined := _join_extended(parts, hint))})
    return value.strip().lower(), parameters


def _unquote(content: str) -> str:
    if content.startswith('"'):
        content = content[1:-1] if len(content) > 1 and content.endswith('"') else content[1:]
        # Windows programs send C:\path\name unescaped; a backslash counts only before a quote or itself.
        return re.sub(r'\\(["\\])', r"\1", content)
    return content.strip().strip("'") if content.startswith("'") else content


def _join_extended(parts: dict[int, tuple[bool, str]], hint: str | None) -> str:
    charset: str | None = None
    data = b""
    is_encoded = False
    for number in sorted(parts):
        extended, content = parts[number]
        if number == 0 and extended and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        is_encoded |= extended
        data += unquote_to_bytes(content.encode("latin-1")) if extended else content.encode("latin-1")
    if not is_encoded or b"=?" in data:
        return decode_header(data, hint)
    return one_line(decode_text(data, charset, hint))


def normalise_message_id(value: str | None) -> str | None:
    """A message id without angle brackets and spaces, as it is stored and compared; None if there is none."""
    if not value:
        return None
    found = _ANGLE_ID.search(value)
    bare = "".join((found[1] if found else value.strip("<> \t")).split())
    return storable(bare)[:_MAX_ID] or None


def message_ids(values: Iterable[str], *, limit: int) -> tuple[str, ...]:
    """All ids in References or In-Reply-To headers, in order, once each; the first and the newest when there are too many."""
    found: dict[str, None] = {}
    for value in values:
        candidates = _ANGLE_ID.findall(value) or [word for word in value.split() if "@" in word]
        for candidate in candidates:
            bare = normalise_message_id(f"<{candidate}>")
            if bare:
                found.setdefault(bare)
    ids = tuple(found)
    return ids if len(ids) <= limit else (ids[0], *ids[len(ids) - limit + 1 :])


def parse_date(value: str | None, *, now: datetime | None = None) -> datetime | None:
    """An aware time, or None if it cannot be read or lies before 1990 or more than two days ahead of `now`."""
    if not value or _ANCIENT.search(value[:200]):
        return None
    try:
        moment = parsedate_to_datetime(value[:200])
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
    return moment if _EARLIEST <= moment <= (now or datetime.now(UTC)) + timedelta(days=2) else None
