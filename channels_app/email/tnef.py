"""winmail.dat: what Outlook puts around attachments when it believes the reader is Outlook too (MS-OXTNEF).

Written here because the input is hostile: every length is checked, the reading is linear, and counts are bounded. Only what a
helpdesk needs is read: files with their long names and content ids, and the body.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels_app.email.charsets import codec_name, decode_text

_SIGNATURE = 0x223E9F78
_MAX_RECORDS = 20_000
_MAX_PROPERTIES = 5_000
_MAX_FILES = 200

_BODY, _CODEPAGE, _PROPERTIES = 0x800C, 0x9007, 0x9003
_FILE_START, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005

_BODY_TEXT, _BODY_HTML, _INTERNET_CODEPAGE = 0x1000, 0x1013, 0x3FDE
_LONG_NAME, _SHORT_NAME, _DATA_OBJECT, _MIME_TAG, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712

_FIXED_SIZES = {
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x000A: 4,
    0x000B: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
_STRING8, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102


@dataclass(slots=True)
class TnefFile:
    """One file inside winmail.dat."""

    name: str = ""
    data: bytes = field(default=b"", repr=False)
    content_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class TnefContent:
    """Everything readable of a winmail.dat."""

    files: list[TnefFile] = field(default_factory=list)
    text: str | None = None
    html: str | None = None


def unpack_tnef(data: bytes) -> TnefContent | None:
    """The content of winmail.dat, or None if it is not one. A damaged one gives what stands before the damage."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    content = TnefContent()
    codepage = "cp1252"
    current: TnefFile | None = None
    for attribute, value in _records(data):
        if attribute == _CODEPAGE and len(value) >= 4:
            codepage = codec_name(f"cp{struct.unpack_from('<I', value)[0]}") or codepage
        elif attribute == _BODY and content.text is None:
            content.text = _string8(value, codepage)
        elif attribute == _PROPERTIES:
            _read_body(content, value, codepage)
        elif attribute == _FILE_START:
            if len(content.files) >= _MAX_FILES:
                break
            current = TnefFile()
            content.files.append(current)
        elif current is not None:
            _read_file(current, attribute, value, codepage)
    content.files = [file for file in content.files if file.data]
    return content


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(_MAX_RECORDS):
        if position + 9 > len(data):
            return
        _, attribute, _, length = struct.unpack_from("<BHHI", data, position)
        position += 9
        if length > len(data) - position:
            return
        yield attribute, data[position : position + length]
        position += length + 2  # a checksum follows; damage shows in the lengths anyway


def _read_body(content: TnefContent, block: bytes, codepage: str) -> None:
    internet: str | None = None
    html: bytes | str | None = None
    for name, value in _properties(block, codepage):
        if name == _INTERNET_CODEPAGE and isinstance(value, int):
            internet = {65001: "utf-8", 20866: "koi8-r", 50220: "iso-2022-jp"}.get(value, f"cp{value}")
        elif name == _BODY_TEXT and isinstance(value, str):
            content.text = value
        elif name == _BODY_HTML:
            html = value if isinstance(value, bytes | str) else None
    if html:
        content.html = html if isinstance(html, str) else decode_text(html.rstrip(b"\x00"), internet or codepage)


def _read_file(file: TnefFile, attribute: int, value: bytes, codepage: str) -> None:
    if attribute == _FILE_TITLE:
        file.name = file.name or _string8(value, codepage)
    elif attribute == _FILE_DATA:
        file.data = value
    elif attribute == _FILE_PROPERTIES:
        for name, property_value in _properties(value, codepage):
            if name == _LONG_NAME and isinstance(property_value, str) and property_value:
                file.name = property_value
            elif name == _SHORT_NAME and isinstance(property_value, str):
                file.name = file.name or property_value
            elif name == _MIME_TAG and isinstance(property_value, str):
                file.content_type = property_value.lower()
            elif name == _CONTENT_ID and isinstance(property_value, str):
                file.content_id = property_value
            elif name == _DATA_OBJECT and isinstance(property_value, bytes) and not file.data:
                file.data = property_value[16:]  # an interface id stands before an embedded object


def _string8(value: bytes, codepage: str) -> str:
    return decode_text(value.rstrip(b"\x00"), codepage)


def _properties(block: bytes, codepage: str) -> Iterator[tuple[int, str | bytes | int | None]]:
    """The MAPI properties of a block, until its end or the first thing that makes no sense."""
    try:
        (count,) = struct.unpack_from("<I", block)
        position = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", block, position)
            position += 4
            if name >= 0x8000:
                position = _skip_name(block, position)
            is_many = bool(kind & 0x1000)
            kind &= 0x0FFF
            values = 1
            if is_many or kind in (_STRING8, _UNICODE, _OBJECT, _BINARY):
                (values,) = struct.unpack_from("<I", block, position)
                position += 4
            for _ in range(min(values, _MAX_PROPERTIES)):
                value, position = _value(block, position, kind, codepage)
                yield name, value
    except (struct.error, IndexError, ValueError):
        return


def _skip_name(block: bytes, position: int) -> int:
    position += 16
    (kind,) = struct.unpack_from("<I", block, position)
    if kind == 0:
        return position + 8
    (length,) = struct.unpack_from("<I", block, position + 4)
    return position + 8 + length + (-length % 4)


def _value(block: bytes, position: int, kind: int, codepage: str) -> tuple[str | bytes | int | None, int]:
    size = _FIXED_SIZES.get(kind)
    if size is not None:
        value = struct.unpack_from("<I", block, position)[0] if kind == 0x0003 else None
        return value, position + size
    if kind not in (_STRING8, _UNICODE, _OBJECT, _BINARY):
        raise ValueError(kind)
    (length,) = struct.unpack_from("<I", block, position)
    position += 4
    if length > len(block) - position:
        raise ValueError(length)
    data = block[position : position + length]
    following = position + length + (-length % 4)
    if kind == _UNICODE:
        return re.sub("\x00+$", "", data.decode("utf-16-le", "replace")), following
    return (_string8(data, codepage) if kind == _STRING8 else data), following
