"""Writing a mail: an answer that every client threads, shows and can answer.

The same `OutgoingMail` always gives the same bytes, boundaries included, so a delivery that is tried twice is the same mail.
"""

import hashlib
import html as html_entities
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from channels_app.email import wire
from channels_app.email.files import safe_name
from channels_app.email.headers import message_ids, normalise_message_id
from channels_app.email.parsed import Address
from channels_app.email.threading import subject_token, subject_tokens

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；：！？、（）【】《》“”‘’\u3000]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}'\"*"
_MAX_REFERENCES = 20
_MAX_HEADER_BYTES = 900
_CLEAN_TYPE = re.compile(r"^[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$")
_EXTRA_NAME = re.compile(r"^(?:X-[A-Za-z0-9-]{1,60}|List-[A-Za-z]{1,30}|Feedback-ID)$")
_FONT = "-apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send; with a `content_id` it is an image shown inside the HTML as `cid:…`."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """The message being answered: `attribution` is the translated line above it, without line break."""

    attribution: str
    text: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """Everything one mail says. `html` and `quoted.html` must be sanitised already; without `html` it is made from `text`.

    `message_id` comes from the delivery (`delivery_message_id`), so a repeated delivery is recognised. `references` are the ids
    of the thread, oldest first, without angle brackets. `is_automatic` marks acknowledgements, which no machine may answer.
    """

    from_: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    html: str | None = None
    signature_text: str = ""
    signature_html: str | None = None
    quoted: QuotedMessage | None = None
    files: tuple[OutgoingFile, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    envelope_from: str | None = None
    ticket: str | None = None
    subject_prefix: str = "HD"
    language: str = "en"
    is_automatic: bool = False
    is_generated: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ComposedMail:
    """Bytes for SMTP with their envelope. `needs_smtputf8`: an address has letters that only RFC 6531 servers take."""

    raw: bytes = field(repr=False)
    message_id: str
    envelope_from: str
    recipients: tuple[str, ...]
    needs_smtputf8: bool = False


def delivery_message_id(key: str, domain: str) -> str:
    """The Message-ID, without brackets, of a delivery: the same key gives the same id, and it does not tell the key."""
    return f"hd.{hashlib.sha256(key.encode('utf-8')).hexdigest()[:32]}@{wire.ascii_address('x@' + domain)[2:] or 'localhost'}"


def compose_mail(mail: OutgoingMail) -> ComposedMail:
    """Write the mail. Raises ValueError when it has no sender or no recipient; any other text is made harmless."""
    recipients = tuple(
        dict.fromkeys(
            wire.ascii_address(address.address) for address in (*mail.to, *mail.cc, *mail.bcc) if address.address
        )
    )
    envelope_from = wire.ascii_address(mail.envelope_from or mail.from_.address)
    if not recipients or "@" not in envelope_from:
        raise ValueError("a mail needs a sender and at least one recipient")
    message_id = normalise_message_id(mail.message_id)
    if message_id is None:
        raise ValueError("a mail needs a message id")
    body_headers, body = _body(mail)
    raw = (
        b"".join(wire.field(name, value) for name, value in (*_headers(mail, message_id), *body_headers))
        + b"\r\n"
        + body
    )
    addresses = (envelope_from, *recipients, mail.from_.address, mail.reply_to.address if mail.reply_to else "")
    return ComposedMail(
        raw,
        message_id,
        envelope_from,
        recipients,
        not all(wire.ascii_address(address).isascii() for address in addresses),
    )


def _headers(mail: OutgoingMail, message_id: str) -> list[tuple[str, str]]:
    headers = [
        ("Date", format_datetime(mail.date)),
        ("From", wire.mailbox(mail.from_)),
        ("To", _mailboxes(mail.to) or "undisclosed-recipients:;"),
    ]
    if mail.cc:
        headers.append(("Cc", _mailboxes(mail.cc)))
    if mail.reply_to is not None:
        headers.append(("Reply-To", wire.mailbox(mail.reply_to)))
    headers += [("Subject", wire.encode_words(subject_line(mail))), ("Message-ID", f"<{message_id}>")]
    headers += _thread_headers(mail)
    if mail.is_generated:
        # RFC 3834, section 5: of our own accord, in answer to nothing
        headers.append(("Auto-Submitted", "auto-generated"))
    elif mail.is_automatic:
        # RFC 3834 for standards, the second for Exchange, which answers the first with its vacation note.
        headers += [
            ("Auto-Submitted", "auto-replied"),
            ("X-Auto-Response-Suppress", "All"),
            ("Precedence", "auto_reply"),
        ]
    headers += [(name, wire.encode_words(value)) for name, value in mail.headers if _EXTRA_NAME.match(name)]
    return [*headers, ("MIME-Version", "1.0")]


def _mailboxes(addresses: Sequence[Address]) -> str:
    return ", ".join(wire.mailbox(address) for address in addresses if address.address)


def subject_line(mail: OutgoingMail) -> str:
    """The subject, with the ticket's token at its end if a ticket is given and the token is not there yet."""
    subject = wire.header_value(mail.subject)
    if mail.ticket is None or mail.ticket.lower() in subject_tokens(subject, prefix=mail.subject_prefix):
        return subject
    return f"{subject} {subject_token(mail.ticket, prefix=mail.subject_prefix)}".strip()


def _thread_headers(mail: OutgoingMail) -> list[tuple[str, str]]:
    """In-Reply-To and References (RFC 5322, section 3.6.4), capped: the first mail and the newest ones find the thread."""
    answered = normalise_message_id(mail.in_reply_to)
    ids = message_ids(
        [f"<{reference}>" for reference in (*mail.references, *([answered] if answered else [])) if reference],
        limit=_MAX_REFERENCES,
    )
    ids = tuple(reference for reference in ids if reference.isascii() and len(reference) < 250)
    while len(ids) > 2 and sum(map(len, ids)) + 3 * len(ids) > _MAX_HEADER_BYTES * 2:
        ids = (ids[0], *ids[2:])
    headers = [("In-Reply-To", f"<{answered}>")] if answered and answered.isascii() else []
    return [*headers, ("References", " ".join(f"<{reference}>" for reference in ids))] if ids else headers


def plain_body(mail: OutgoingMail) -> str:
    """The plain part: answer, signature, quotation."""
    parts = [mail.text.rstrip()]
    if mail.signature_text.strip():
        parts.append("-- \n" + mail.signature_text.strip())
    if mail.quoted is not None:
        quoted = "\n".join(
            f"> {line}".rstrip() if not line.startswith(">") else f">{line}"
            for line in mail.quoted.text.strip().split("\n")
        )
        parts.append(f"{wire.header_value(mail.quoted.attribution)}\n{quoted}")
    return "\n\n".join(parts) + "\n"


def html_body(mail: OutgoingMail) -> str:
    """The HTML part: a whole document with inline styles only, since many clients drop everything else."""
    parts = [mail.html if mail.html is not None else text_to_html(mail.text)]
    if mail.signature_html or mail.signature_text.strip():
        signature = mail.signature_html or text_to_html(mail.signature_text.strip())
        parts.append(f'<div class="hd-signature" style="margin-top: 16px; color: #5b6472">-- <br>{signature}</div>')
    if mail.quoted is not None:
        quoted = mail.quoted.html if mail.quoted.html is not None else text_to_html(mail.quoted.text)
        attribution = html_entities.escape(wire.header_value(mail.quoted.attribution))
        parts.append(
            f'<div class="gmail_quote" style="margin-top: 16px; color: #5b6472">{attribution}'
            f'<blockquote type="cite" style="margin: 8px 0 0 0; padding-left: 12px; border-left: 2px solid #d5dae1">{quoted}'
            "</blockquote></div>"
        )
    language = "zh-CN" if mail.language.lower().startswith("zh") else wire.header_value(mail.language)
    return (
        f'<!DOCTYPE html>\n<html lang="{html_entities.escape(language)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"></head>\n'
        f'<body style="margin: 0; padding: 16px; font-family: {_FONT}; font-size: 15px; line-height: 1.6; color: #1c2430">\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def text_to_html(text: str) -> str:
    """Plain text as HTML: escaped, line breaks kept, addresses of the web made links."""
    paragraphs = re.split(r"\n{2,}", re.sub(r"\r\n?", "\n", text).strip("\n"))
    return "\n".join(f'<p style="margin: 0 0 12px 0">{_lines(paragraph)}</p>' for paragraph in paragraphs)


def _lines(paragraph: str) -> str:
    pieces: list[str] = []
    position = 0
    for found in _URL.finditer(paragraph):
        url = found[0].rstrip(_TRAILING)
        if url.count("(") > url.count(")") and paragraph[found.start() + len(url) :].startswith(")"):
            url += ")"
        target = url if url.lower().startswith("http") else f"https://{url}"
        pieces += (
            _escape(paragraph[position : found.start()]),
            f'<a href="{html_entities.escape(target)}">{html_entities.escape(url)}</a>',
        )
        position = found.start() + len(url)
    return "".join((*pieces, _escape(paragraph[position:])))


def _escape(text: str) -> str:
    escaped = html_entities.escape(text, quote=False).replace("\n", "<br>\n")
    return re.sub(r"  +", lambda found: "&nbsp;" * (len(found[0]) - 1) + " ", escaped)


def _body(mail: OutgoingMail) -> tuple[list[tuple[str, str]], bytes]:
    """Content headers and body: alternative inside related (inline images) inside mixed (files), each only if needed."""
    headers, body = _multipart(
        mail, "alternative", [_text_part("plain", plain_body(mail)), _text_part("html", html_body(mail))]
    )
    inline = [file for file in mail.files if file.content_id]
    if inline:
        headers, body = _multipart(mail, "related", [(headers, body), *(_file_part(file) for file in inline)])
    files = [file for file in mail.files if not file.content_id]
    if files:
        headers, body = _multipart(mail, "mixed", [(headers, body), *(_file_part(file) for file in files)])
    return headers, body


MimePart = tuple[list[tuple[str, str]], bytes]


def _text_part(subtype: str, text: str) -> MimePart:
    encoding, body = wire.encode_text(text)
    return [("Content-Type", f'text/{subtype}; charset="utf-8"'), ("Content-Transfer-Encoding", encoding)], body


def _file_part(file: OutgoingFile) -> MimePart:
    kind = file.content_type.lower() if _CLEAN_TYPE.match(file.content_type.lower()) else "application/octet-stream"
    if kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"  # these may not be base64 (RFC 2046), and no client minds
    name, filename = wire.file_parameters(safe_name(file.name) or "file")
    disposition = "inline" if file.content_id else "attachment"
    headers = [
        ("Content-Type", f"{kind}; {name}"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"{disposition}; {filename}"),
    ]
    if file.content_id:
        headers.append(("Content-ID", f"<{re.sub(r'[^!-;=?-~]', '', file.content_id)}>"))
    return headers, wire.encode_binary(file.data)


def _multipart(mail: OutgoingMail, subtype: str, parts: Sequence[MimePart]) -> MimePart:
    boundary = f"=_{subtype[:3]}_{hashlib.sha256(f'{mail.message_id} {subtype}'.encode()).hexdigest()[:24]}"
    marker = b"--" + boundary.encode("ascii")
    while any(marker in body for _, body in parts):
        boundary += "_"
        marker = b"--" + boundary.encode("ascii")
    pieces = [
        marker + b"\r\n" + b"".join(wire.field(name, value) for name, value in headers) + b"\r\n" + body
        for headers, body in parts
    ]
    value = f'multipart/{subtype}; boundary="{boundary}"'
    if subtype == "related":
        value += '; type="multipart/alternative"'
    return [("Content-Type", value)], b"\r\n".join(pieces) + b"\r\n" + marker + b"--\r\n"
