"""From the tree of parts to what people see: the text, the HTML, the files, the calendar entries, the embedded mails."""

import html as html_entities
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from channels_app.email.charsets import decode_text, html_charset
from channels_app.email.files import effective_type, extension_for, is_zip_bomb, safe_name
from channels_app.email.headers import decode_header
from channels_app.email.mime import Part, Reading, decode_transfer, split_uuencoded
from channels_app.email.parsed import Attachment
from channels_app.email.text import multiline

_EMBEDDED = ("message/rfc822", "message/global", "message/news")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece of the body in the order of the mail: plain, HTML, or both forms of the same words."""

    text: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Content:
    """Everything found in one mail."""

    fragments: list[Fragment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    embedded: list[bytes] = field(default_factory=list)
    delivery_status: str | None = None
    returned: bytes | None = None
    named_text: str | None = None


def collect(root: Part, reading: Reading) -> Content:
    """Walk the tree; a part that cannot be read is noted and becomes a file, the rest go on."""
    content = Content()
    content.fragments += _walk(root, reading, content)
    if content.named_text is not None and not any(
        (piece.text or piece.html or "").strip() for piece in content.fragments
    ):
        # Some senders give the body itself a file name; it stays a file, and is read as the body too.
        content.fragments.append(Fragment(text=content.named_text))
    return content


def _walk(part: Part, reading: Reading, content: Content) -> list[Fragment]:
    try:
        return _read(part, reading, content)
    except Exception:  # one bad part must not cost the mail; it is kept as it came
        reading.note("part_failed")
        _add_file(content, reading, "unreadable-part.bin", "application/octet-stream", part.body)
        return []


def _read(part: Part, reading: Reading, content: Content) -> list[Fragment]:
    if part.is_multipart:
        pieces = [_walk(child, reading, content) for child in part.children]
        if part.content_type == "multipart/alternative":
            return _choose([fragment for piece in pieces for fragment in piece])
        return [fragment for piece in pieces for fragment in piece]
    if part.content_type in _EMBEDDED:
        _add_embedded(part, reading, content)
        return []
    if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
        content.delivery_status = content.delivery_status or decode_text(part.payload(), part.charset, reading.hint)
        return []
    if part.content_type in ("text/rfc822-headers", "message/rfc822-headers"):
        content.returned = content.returned or part.payload()
        return []
    if part.content_type == "text/calendar" or (
        part.content_type == "application/ics" and part.disposition != "attachment"
    ):
        return _add_calendar(part, reading, content)
    if _is_body(part):
        return _body_fragment(part, reading, content)
    _add_part(part, reading, content)
    return []


def _is_body(part: Part) -> bool:
    if part.content_type not in ("text/plain", "text/html", "text/enriched", "text/x-amp-html", "text/markdown"):
        return False
    return part.disposition != "attachment" and not _declared_name(part)


def _declared_name(part: Part) -> str:
    return part.disposition_parameters.get("filename") or part.parameters.get("name") or ""


def _choose(fragments: list[Fragment]) -> list[Fragment]:
    """The two forms of an alternative as one fragment; plain texts that differ are all kept, since some mailers mislabel."""
    texts = list(dict.fromkeys(fragment.text for fragment in fragments if fragment.text and fragment.text.strip()))
    htmls = list(dict.fromkeys(fragment.html for fragment in fragments if fragment.html and fragment.html.strip()))
    if not texts and not htmls:
        return fragments[:1]
    return [Fragment("\n".join(texts) if texts else None, "\n".join(htmls) if htmls else None)]


def _body_fragment(part: Part, reading: Reading, content: Content) -> list[Fragment]:
    if part.content_type == "text/x-amp-html":
        return []  # a third form of the same words, for Gmail
    payload = part.payload()
    if part.content_type == "text/html":
        declared = part.charset or html_charset(payload)
        return [Fragment(html=multiline(decode_text(payload, declared, reading.hint))[: reading.limits.max_html])]
    payload, files = split_uuencoded(payload)
    for name, data in files:
        _add_file(content, reading, decode_header(name, reading.hint), "application/octet-stream", data)
    text = multiline(decode_text(payload, part.charset, reading.hint))
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, del_space=part.parameters.get("delsp", "").lower() == "yes")
    if part.content_type == "text/enriched":
        text = re.sub(r"<[^<>]{1,60}>", "", text)
    if len(text) > reading.limits.max_text:
        reading.note("text_cut")
        _add_file(content, reading, "full-text.txt", "text/plain", text.encode("utf-8"))
    return [Fragment(text=text[: reading.limits.max_text])]


def unflow(text: str, *, del_space: bool = False) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676); quotation depth separates paragraphs."""
    lines: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        stripped = line.lstrip(">")
        depth = len(line) - len(stripped)
        stripped = stripped.removeprefix(" ")
        if open_depth == depth and line != "-- ":
            lines[-1] += stripped
        else:
            lines.append(f"{'>' * depth} {stripped}" if depth else stripped)
        open_depth = depth if stripped.endswith(" ") and stripped != "-- " else None
        if open_depth is not None and del_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def join_fragments(fragments: list[Fragment]) -> tuple[str | None, str | None]:
    """The text and the HTML of the whole mail; a piece that exists in one form only is put into the other as well."""
    fragments = [
        fragment for fragment in fragments if (fragment.text or "").strip() or (fragment.html or "").strip()
    ] or fragments[:1]
    has_text = any(fragment.text is not None for fragment in fragments)
    has_html = any(fragment.html is not None for fragment in fragments)
    text = "\n".join(_as_text(fragment) for fragment in fragments) if has_text else None
    html = (
        "\n".join(
            fragment.html if fragment.html is not None else _as_html(fragment.text or "") for fragment in fragments
        )
        if has_html
        else None
    )
    return (text if text is None or text.strip() else ""), html


def _as_text(fragment: Fragment) -> str:
    if fragment.text is not None:
        return fragment.text
    from channels_app.email.markup import html_to_text

    return html_to_text(fragment.html or "")


def _as_html(text: str) -> str:
    return "<div>" + html_entities.escape(text).replace("\n", "<br>") + "</div>"


def _add_calendar(part: Part, reading: Reading, content: Content) -> list[Fragment]:
    payload = part.payload()
    text = multiline(decode_text(payload, part.charset, reading.hint))[: reading.limits.max_text]
    if text in content.calendars:
        return []  # Outlook and Gmail send the invitation twice, as alternative and as file
    content.calendars.append(text)
    _add_file(content, reading, _declared_name(part) or "invite.ics", "text/calendar", payload)
    return []


def _add_embedded(part: Part, reading: Reading, content: Content) -> None:
    # RFC 2046 forbids encoding a message, senders do it all the same.
    data = decode_transfer(part.body, part.encoding).lstrip(b"\r\n")
    content.returned = content.returned or data
    content.embedded.append(data)
    name = _declared_name(part)
    if not name or name.lower() in ("message.eml", "attachment.eml", "noname.eml"):
        found = re.search(rb"^subject[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)", data[:20_000], re.IGNORECASE | re.MULTILINE)
        name = decode_header(re.sub(rb"\r?\n", b"", found[1]), reading.hint) if found else ""
        name = safe_name(name[:100]) or "message"
    _add_file(content, reading, name if name.lower().endswith(".eml") else f"{name}.eml", "message/rfc822", data)


def _add_part(part: Part, reading: Reading, content: Content) -> None:
    data = part.payload()
    name = _declared_name(part)
    is_tnef = part.content_type in _TNEF or name.lower() in ("winmail.dat", "win.dat")
    if is_tnef and _unpack_tnef(data, reading, content):
        return
    if part.content_type == "text/plain" and part.disposition != "attachment" and content.named_text is None:
        content.named_text = multiline(decode_text(data, part.charset, reading.hint))[: reading.limits.max_text]
    content_id = _content_id(part, reading)
    if not name and part.get("content-location"):
        name = unquote(decode_header(part.get("content-location") or b"", reading.hint)).rpartition("/")[2]
    description = part.get("content-description")
    if not name and description:
        name = decode_header(description, reading.hint)[:100]
        name = name if "." in name else f"{name}.{extension_for(part.content_type)}"
    _add_file(
        content, reading, name, part.content_type, data, content_id=content_id, is_inline=part.disposition == "inline"
    )


def _content_id(part: Part, reading: Reading) -> str | None:
    raw = part.get("content-id") or part.get("x-attachment-id")
    return decode_header(raw, reading.hint).strip("<> ")[:250] or None if raw else None


def _unpack_tnef(data: bytes, reading: Reading, content: Content) -> bool:
    """Put the files and the body of a winmail.dat in its place; False keeps it as a file."""
    from channels_app.email.tnef import unpack_tnef

    unpacked = unpack_tnef(data)
    if unpacked is None or not (unpacked.files or unpacked.text or unpacked.html):
        return False
    has_body = any((fragment.text or fragment.html or "").strip() for fragment in content.fragments)
    if not has_body and (unpacked.text or unpacked.html):
        content.fragments.append(
            Fragment(
                multiline(unpacked.text) if unpacked.text else None, multiline(unpacked.html) if unpacked.html else None
            )
        )
    for file in unpacked.files:
        _add_file(
            content,
            reading,
            file.name,
            file.content_type or "application/octet-stream",
            file.data,
            content_id=file.content_id.strip("<>") or None,
        )
    return True


def _add_file(
    content: Content,
    reading: Reading,
    name: str,
    declared: str,
    data: bytes,
    *,
    content_id: str | None = None,
    is_inline: bool = False,
) -> None:
    limits = reading.limits
    if len(content.attachments) >= limits.max_attachments:
        reading.note("too_many_attachments")
        return
    name = safe_name(name)
    kind = effective_type(declared, name, data)
    is_too_large = len(data) > limits.max_attachment_bytes
    if is_too_large:
        reading.note("attachment_too_large")
    is_bomb = data[:2] == b"PK" and is_zip_bomb(data, max_ratio=limits.max_zip_ratio, max_bytes=limits.max_zip_bytes)
    if is_bomb:
        reading.note("zip_bomb")
    if not name:
        name = f"{'image' if kind.startswith('image/') else 'attachment'}-{len(content.attachments) + 1}.{extension_for(kind)}"
    content.attachments.append(
        Attachment(
            name=name,
            content_type=kind,
            declared_type=declared,
            data=b"" if is_too_large else data,
            size=len(data),
            content_id=content_id,
            is_inline=is_inline,
            is_too_large=is_too_large,
            is_zip_bomb=is_bomb,
        )
    )
