"""The tree of MIME parts (RFC 2045, 2046), cut from the raw bytes.

The standard library's parser hands each line through every level of a nested multipart, so a mail of ten thousand
levels ends in a RecursionError, and some broken headers in other errors. This one cuts byte
ranges, is linear in size and depth, and stops at limits.
"""

import binascii
import re
from dataclasses import dataclass, field

from channels_app.email.headers import decode_base64, parse_parameters, split_headers
from channels_app.email.parsed import MailLimits

_TYPE = re.compile(r"^[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$")
_MAX_BOUNDARY = 200
_UUENCODE = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n(.*?)^end[ \t]*\r?$", re.MULTILINE | re.DOTALL)
_GUESSED_BOUNDARY = re.compile(rb"^--([0-9A-Za-z'()+_,./:=?-]{5,70})[ \t]*\r?$", re.MULTILINE)


@dataclass(slots=True)
class Part:
    """One entity: its header fields, the range of its body, and its parts if it is a multipart."""

    fields: list[tuple[str, bytes]]
    body: bytes = field(repr=False)
    raw: bytes = field(repr=False)
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)

    def get(self, name: str) -> bytes | None:
        """The raw value of the first field of that (lower case) name."""
        return next((value for key, value in self.fields if key == name), None)

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/")

    @property
    def charset(self) -> str | None:
        return self.parameters.get("charset")

    def payload(self) -> bytes:
        """The body with its transfer encoding undone; as much as can be decoded."""
        return decode_transfer(self.body, self.encoding)

    @property
    def encoding(self) -> str:
        raw = self.get("content-transfer-encoding") or b""
        return re.sub(r"[^a-z0-9-]", "", raw.partition(b";")[0].decode("latin-1").lower())


@dataclass(slots=True)
class Reading:
    """What one reading of a mail has used up, and what it found wrong."""

    limits: MailLimits
    hint: str | None = None
    parts: int = 0
    defects: dict[str, None] = field(default_factory=dict)

    def note(self, defect: str) -> None:
        self.defects.setdefault(defect)


def read_part(raw: bytes, reading: Reading, *, depth: int = 0, default_type: str = "text/plain") -> Part:
    """Read the entity in `raw` and, within the limits, everything inside it."""
    reading.parts += 1
    limits = reading.limits
    fields, offset, is_cut = split_headers(
        raw, max_headers=limits.max_headers, max_header_bytes=limits.max_header_bytes
    )
    if is_cut:
        reading.note("headers_cut")
    part = Part(fields, raw[offset:], raw, default_type)
    _read_content_fields(part, reading, default_type)
    if part.is_multipart:
        _read_children(part, reading, depth)
    return part


def _read_content_fields(part: Part, reading: Reading, default_type: str) -> None:
    raw_type = part.get("content-type")
    if raw_type:
        value, part.parameters = parse_parameters(raw_type, reading.hint)
        value = value.replace(" ", "")
        if _TYPE.match(value):
            part.content_type = value
        else:
            reading.note("content_type_malformed")
            # `Content-Type: text` and `text/html/plain` are seen; anything else is safest as a file.
            part.content_type = (
                "text/html" if value.startswith("text/html") else default_type if value.startswith("text") else ""
            )
            part.content_type = part.content_type or ("application/octet-stream" if value else default_type)
    raw_disposition = part.get("content-disposition")
    if raw_disposition:
        part.disposition, part.disposition_parameters = parse_parameters(raw_disposition, reading.hint)


def _read_children(part: Part, reading: Reading, depth: int) -> None:
    if depth >= reading.limits.max_depth:
        reading.note("too_deep")
        _become_file(part)
        return
    pieces = _cut(part, reading)
    if pieces is None:
        reading.note("boundary_missing")
        _become_text(part)
        return
    default_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for piece in pieces:
        if reading.parts >= reading.limits.max_parts:
            reading.note("too_many_parts")
            break
        part.children.append(read_part(piece, reading, depth=depth + 1, default_type=default_type))


def _cut(part: Part, reading: Reading) -> list[bytes] | None:
    """The byte ranges between the boundary lines; None if there is no boundary line at all."""
    body = part.body
    boundary = part.parameters.get("boundary", "").encode("latin-1", "replace")[:_MAX_BOUNDARY].rstrip()
    if not boundary or (b"--" + boundary) not in body:
        guessed = _GUESSED_BOUNDARY.search(body[:4096])
        if guessed is None:
            return None
        reading.note("boundary_guessed")
        boundary = guessed[1]
    line = re.compile(rb"(?:^|\r\n|\n|\r)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r|\n|\Z)")
    pieces: list[bytes] = []
    start: int | None = None
    is_closed = False
    for found in line.finditer(body):
        if start is not None:
            pieces.append(body[start : found.start()])
            if len(pieces) > reading.limits.max_parts:
                reading.note("too_many_parts")
                return pieces
        if found[1]:
            is_closed, start = True, None
            break
        start = _after_line_end(body, found.end())
    if start is not None:
        pieces.append(body[start:])
    if not is_closed:
        reading.note("boundary_unclosed")
    return pieces or None


def _after_line_end(body: bytes, position: int) -> int:
    if body.startswith(b"\r\n", position):
        # The empty line that ends an empty header starts with this very line end; keep it for the header splitter.
        return position + 2
    return position + 1 if position < len(body) else position


def _become_text(part: Part) -> None:
    """A multipart without parts is still words that somebody wrote."""
    head = part.body[:2000].lower()
    part.content_type = "text/html" if b"<html" in head or b"<body" in head or b"<div" in head else "text/plain"


def _become_file(part: Part) -> None:
    part.content_type = "application/octet-stream"
    part.disposition, part.disposition_parameters = "attachment", {"filename": "nested-parts.eml"}


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """Undo base64, quoted-printable or uuencode; any other name leaves the bytes as they are."""
    if encoding in ("base64", "b", "base-64"):
        return decode_base64(body)
    if encoding in ("quoted-printable", "q", "quotedprintable"):
        return binascii.a2b_qp(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        found = _UUENCODE.search(body)
        return _decode_uu(found[2]) if found else body
    return body


def split_uuencoded(body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Files that old programs put into the text between `begin` and `end`: (text without them, [(name, data)])."""
    if b"\nend" not in body or b"begin " not in body:
        return body, []
    files = [(found[1].strip(), _decode_uu(found[2])) for found in _UUENCODE.finditer(body)]
    files = [(name, data) for name, data in files if data]
    return (_UUENCODE.sub(b"", body), files) if files else (body, [])


def _decode_uu(block: bytes) -> bytes:
    decoded = []
    for line in block.splitlines():
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0  # some encoders pad a line wrongly
            try:
                decoded.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return b""
    return b"".join(decoded)
