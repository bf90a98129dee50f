"""Attachments: names that are safe to store, types by content, zip bombs seen without unpacking."""

import re
import struct
import unicodedata

from channels_app.email.text import one_line

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_MAX_NAME = 180
_MAX_NAME_BYTES = 240

# What the first bytes say. Only kinds whose mistaking matters, or that arrive as octet-stream every day.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
)
_MARKUP = (
    (
        re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype\s+svg[^>]*>\s*)?<svg[\s>]", re.I | re.S),
        "image/svg+xml",
    ),
    (
        re.compile(
            rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype\s+html|<html|<head|<body|<script|<iframe)[\s>]",
            re.I | re.S,
        ),
        "text/html",
    ),
)
_OCTETS = (
    "",
    "application/octet-stream",
    "application/x-download",
    "application/force-download",
    "binary/octet-stream",
    "application/unknown",
)
_BY_EXTENSION = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "txt": "text/plain",
    "log": "text/plain",
    "csv": "text/csv",
    "json": "application/json",
    "xml": "application/xml",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "eml": "message/rfc822",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}
_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/bmp": "bmp",
    "image/tiff": "tif",
    "image/heic": "heic",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/rtf": "rtf",
    "text/html": "html",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pgp-signature": "asc",
    "application/ms-tnef": "dat",
    "audio/mpeg": "mp3",
    "audio/amr": "amr",
    **{kind: extension for extension, kind in _BY_EXTENSION.items() if extension != "log"},
}


def sniff(data: bytes) -> str | None:
    """The content type that the first bytes prove, or None."""
    head = data[:1024]
    for magic, kind in _SIGNATURES:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}[head[8:12]]
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return (
            "image/heic"
            if brand in (b"heic", b"heix", b"mif1", b"msf1")
            else "image/avif"
            if brand == b"avif"
            else "video/mp4"
        )
    return next((kind for pattern, kind in _MARKUP if pattern.match(head)), None)


def effective_type(declared: str, name: str, data: bytes) -> str:
    """The type to store: what the content proves, else what was declared, else what the name suggests."""
    proven = sniff(data)
    extension = name.rpartition(".")[2].lower()
    by_name = _BY_EXTENSION.get(extension)
    if proven in ("application/zip", "application/x-ole-storage"):
        # Office files are zip or OLE inside; the declared or named type is the finer truth.
        if declared not in _OCTETS and not declared.startswith(("image/", "text/", "video/", "audio/")):
            return declared
        return by_name or ("application/zip" if proven == "application/zip" else "application/octet-stream")
    if proven == "text/html" and declared in (
        "application/xhtml+xml",
        "message/rfc822",
        "application/xml",
        "text/xml",
        "text/plain",
    ):
        return declared
    if proven in ("image/bmp", "application/vnd.microsoft.portable-executable", "audio/mpeg") and declared.startswith(
        "text/"
    ):
        return declared  # two letters are no proof against a text
    if proven:
        return proven
    if declared.startswith("image/") and data and data[:512].isascii() and b"\x00" not in data[:512]:
        return "text/plain" if len(data) > 64 else declared
    return by_name or "application/octet-stream" if declared in _OCTETS else declared


def extension_for(content_type: str) -> str:
    """The usual extension, without a dot; `bin` when there is none."""
    return _EXTENSIONS.get(content_type, "txt" if content_type.startswith("text/") else "bin")


def safe_name(name: str) -> str:
    """A file name without path, controls, overrides of direction or reserved characters, cut if too long; may be empty."""
    name = unicodedata.normalize("NFC", one_line(name))
    name = name.replace("\\", "/").rpartition("/")[2]
    name = _FORBIDDEN.sub("_", name).strip(" .")
    if len(name) <= _MAX_NAME and len(name.encode("utf-8")) <= _MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension if 0 < len(extension.encode("utf-8")) <= 20 and stem else ""
    stem = (stem if tail else name)[:_MAX_NAME]
    while len((stem + tail).encode("utf-8")) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem + tail


def is_zip_bomb(data: bytes, *, max_ratio: int, max_bytes: int) -> bool:
    """True if a zip's own directory promises more than `max_bytes`, or `max_ratio` times its size (over 10 MB), or has entries
    that share bytes.

    Reads the central directory only; nothing is unpacked.
    """
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or len(data) < end + 22:
        return False
    _, _, _, entries, size, offset = struct.unpack_from("<HHHHII", data, end + 4)
    position = offset if offset + size <= end else max(0, end - size)
    total = 0
    seen: set[int] = set()
    for _ in range(min(entries, 65_535)):
        if data[position : position + 4] != b"PK\x01\x02" or position + 46 > len(data):
            break
        _, unpacked, name_length, extra_length, comment_length = struct.unpack_from("<IIHHH", data, position + 20)
        (header_offset,) = struct.unpack_from("<I", data, position + 42)
        if header_offset in seen and header_offset != 0xFFFFFFFF:
            return True  # entries that share their bytes: the overlapping kind of bomb
        seen.add(header_offset)
        total += max_bytes + 1 if unpacked == 0xFFFFFFFF else unpacked
        position += 46 + name_length + extra_length + comment_length
    return total > max_bytes or (total > 10 * 1024 * 1024 and total > max_ratio * max(1, len(data)))
