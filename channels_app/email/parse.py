"""One mail from bytes to `ParsedMail`: the only door to this reader."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from channels_app.email.addresses import clean_address, parse_addresses
from channels_app.email.bounces import read_bounce
from channels_app.email.charsets import codec_name
from channels_app.email.content import Content, collect, join_fragments
from channels_app.email.headers import decode_header, message_ids, normalise_message_id, parse_date
from channels_app.email.loops import judge_loops
from channels_app.email.mime import Part, Reading, read_part
from channels_app.email.parsed import (
    Address,
    Attachment,
    AuthenticationVerdict,
    Bounce,
    LoopVerdict,
    MailLimits,
    ParsedMail,
    SpamVerdict,
)
from channels_app.email.text import guess_language, multiline, shorten
from channels_app.email.threading import split_plus
from channels_app.email.verdicts import judge_authentication, judge_spam

DEFAULT_LIMITS = MailLimits()
_READ_OF_TOO_LARGE = 1024 * 1024
_MAX_HEADER_TEXT = 10_000
_ANY_CHARSET = re.compile(rb"charset\s*=\s*\"?([\w.:-]{3,30})", re.IGNORECASE)
# Defects that mean the mail is broken or cut, as opposed to merely odd.
_ERRORS = (
    "empty",
    "raw_too_large",
    "no_headers",
    "too_deep",
    "too_many_parts",
    "boundary_missing",
    "part_failed",
    "headers_cut",
)
_CID = re.compile(r"cid:([^\"'\s>)]+)", re.IGNORECASE)


def parse_mail(
    raw: bytes,
    *,
    limits: MailLimits = DEFAULT_LIMITS,
    now: datetime | None = None,
    trusted_servers: Collection[str] = (),
    own_domains: Collection[str] = (),
) -> ParsedMail:
    """Read a mail. Never raises: what is broken sets `error` (a code) and `defects`, and whatever could be read is there.

    `now` bounds believable dates; `trusted_servers` are the authserv-ids whose Authentication-Results count (without any: the
    topmost header); `own_domains` are the domains we send from, whose mail is never answered automatically.
    """
    try:
        return _parse(raw, limits, now, trusted_servers, own_domains)
    except Exception as failure:  # a mail must become a ticket whatever is in it
        return _unreadable(raw, f"parser_failed:{type(failure).__name__}")


def _parse(
    raw: bytes, limits: MailLimits, now: datetime | None, trusted: Collection[str], own_domains: Collection[str]
) -> ParsedMail:
    reading = Reading(limits)
    data = _tidy(raw, limits, reading)
    found = _ANY_CHARSET.search(data[: 64 * 1024])
    reading.hint = found[1].decode("ascii") if found and codec_name(found[1].decode("ascii")) else None
    root = read_part(data, reading)
    if not root.fields:
        reading.note("no_headers")
    headers = _header_map(root, reading)
    content = collect(root, reading)
    text, html = join_fragments(content.fragments)
    return _assemble(raw, root, reading, headers, content, text, html, now, trusted, own_domains)


def _assemble(
    raw: bytes,
    root: Part,
    reading: Reading,
    headers: Mapping[str, list[str]],
    content: Content,
    text: str | None,
    html: str | None,
    now: datetime | None,
    trusted: Collection[str],
    own_domains: Collection[str],
) -> ParsedMail:
    limits = reading.limits
    subject = _first(headers, "subject") or ""
    from_ = next(iter(_addresses(root, "from", reading)), None)
    return_path = _return_path(headers)
    to, cc = _addresses(root, "to", reading), _addresses(root, "cc", reading)
    recipients = _original_recipients(headers)
    tags = _plus_tags((*recipients, *(address.address for address in (*to, *cc))))
    report = root.parameters.get("report-type", "").lower() or None
    loop = judge_loops(
        headers,
        from_address=from_.address if from_ else "",
        subject=subject,
        return_path=return_path,
        report_type=report or ("delivery-status" if content.delivery_status else None),
        our_domains=own_domains,
    )
    defects = tuple(reading.defects)
    parsed = ParsedMail(
        subject=shorten(subject, limits.max_subject),
        subject_full=subject,
        from_=from_,
        sender=next(iter(_addresses(root, "sender", reading)), None),
        reply_to=_addresses(root, "reply-to", reading),
        to=to,
        cc=cc,
        bcc=_addresses(root, "bcc", reading),
        date=parse_date(_first(headers, "date"), now=now),
        message_id=normalise_message_id(_first(headers, "message-id")),
        in_reply_to=message_ids(headers.get("in-reply-to", [])[:1], limit=5),
        references=message_ids(headers.get("references", []), limit=limits.max_references),
        text=text,
        html=html,
        attachments=_mark_inline(content.attachments, html),
        calendars=tuple(content.calendars),
        embedded=tuple(content.embedded),
        original_recipients=recipients,
        plus_tags=tags,
        return_path=return_path,
        headers=tuple((name, value) for name, values in headers.items() for value in values),
        loop=loop,
        authentication=judge_authentication(headers, trusted_servers=trusted),
        spam=judge_spam(headers, subject),
        bounce=None,
        language=None,
        size=len(raw),
        content_hash=hashlib.sha256(raw).hexdigest(),
        defects=defects,
        error=next((code for code in _ERRORS if code in defects), None),
    )
    bounce = _bounce(parsed, content, headers) if loop.is_bounce else None
    language = guess_language(
        f"{subject}\n{text}" if text and text.strip() else subject if html is None else f"{subject}\n{parsed.body}"
    )
    return replace(parsed, bounce=bounce, language=language)


def _tidy(raw: bytes, limits: MailLimits, reading: Reading) -> bytes:
    """The bytes to read: cut if too many, without what gateways leave above the headers, line ends made usable."""
    if len(raw) > limits.max_raw_bytes:
        reading.note("raw_too_large")
        raw = raw[:_READ_OF_TOO_LARGE]
    data = raw.lstrip(b"\xef\xbb\xbf\r\n\x00")
    if not data.strip():
        reading.note("empty")
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def _header_map(root: Part, reading: Reading) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in root.fields:
        if len(value) <= _MAX_HEADER_TEXT or name in ("subject", "references", "to", "cc"):
            headers.setdefault(name, []).append(decode_header(value[:_MAX_HEADER_TEXT], reading.hint))
    return headers


def _first(headers: Mapping[str, list[str]], name: str) -> str | None:
    values = headers.get(name)
    return next((value for value in values if value), None) if values else None


def _addresses(root: Part, name: str, reading: Reading) -> tuple[Address, ...]:
    raw = b", ".join(value for key, value in root.fields if key == name)
    if not raw:
        return ()
    parsed = parse_addresses(raw, reading.hint, limit=reading.limits.max_addresses)
    if name in ("from", "sender"):
        # A header may name several authors; the first with an address is the one to answer.
        return (next((address for address in parsed if address.address), parsed[0]),) if parsed else ()
    return tuple(address for address in parsed if address.address)


def _return_path(headers: Mapping[str, list[str]]) -> str | None:
    values = headers.get("return-path")
    if not values:
        return None
    return "" if values[0].replace(" ", "") in ("<>", "") else clean_address(values[0]) or None


def _original_recipients(headers: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The addresses the servers delivered to: where a plus tag survives even when To names somebody else."""
    found: dict[str, None] = {}
    for name in (
        "delivered-to",
        "x-original-to",
        "envelope-to",
        "x-envelope-to",
        "x-rcpt-to",
        "x-forwarded-to",
        "apparently-to",
    ):
        for value in headers.get(name, [])[:20]:
            for item in value.split(","):
                if address := clean_address(item):
                    found.setdefault(address)
    return tuple(found)


def _plus_tags(addresses: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for address in addresses if (tag := split_plus(address)[1])))[:20]


def _mark_inline(attachments: list[Attachment], html: str | None) -> tuple[Attachment, ...]:
    """Inline is what the HTML shows; a file that only says so itself still belongs into the list of files."""
    shown = {found.lower().strip("<>") for found in _CID.findall(html or "")}
    if shown and any("%" in content_id for content_id in shown):
        from urllib.parse import unquote

        shown |= {unquote(content_id) for content_id in shown}
    return tuple(
        replace(item, is_inline=bool(item.content_id and item.content_id.lower() in shown))
        if item.is_inline or item.content_id
        else item
        for item in attachments
    )


def _bounce(parsed: ParsedMail, content: Content, headers: Mapping[str, list[str]]) -> Bounce:
    return read_bounce(
        delivery_status=multiline(content.delivery_status) if content.delivery_status else None,
        returned=content.returned,
        body=parsed.body,
        failed_header=_first(headers, "x-failed-recipients"),
        recipients=(*parsed.original_recipients, *(address.address for address in parsed.to)),
        sender=parsed.from_.address if parsed.from_ else "",
    )


def _unreadable(raw: bytes, error: str) -> ParsedMail:
    """What is left when even this reader fails: the bytes as a text, so that a person can look."""
    size = len(raw) if isinstance(raw, bytes | bytearray) else 0
    data = bytes(raw[:_READ_OF_TOO_LARGE]) if size else b""
    return ParsedMail(
        subject="",
        subject_full="",
        from_=None,
        sender=None,
        reply_to=(),
        to=(),
        cc=(),
        bcc=(),
        date=None,
        message_id=None,
        in_reply_to=(),
        references=(),
        text=multiline(data.decode("utf-8", "replace")),
        html=None,
        attachments=(),
        calendars=(),
        embedded=(),
        original_recipients=(),
        plus_tags=(),
        return_path=None,
        headers=(),
        loop=LoopVerdict(may_auto_answer=False, reasons=("unreadable",)),
        authentication=AuthenticationVerdict(),
        spam=SpamVerdict(),
        bounce=None,
        language=None,
        size=size,
        content_hash=hashlib.sha256(data).hexdigest(),
        defects=(error,),
        error=error,
    )
