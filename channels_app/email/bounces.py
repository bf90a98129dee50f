"""Delivery reports: which mail of ours failed, for whom, and why, from RFC 3464 and from the servers that do not follow it."""

import re
from collections.abc import Iterable

from channels_app.email.addresses import clean_address
from channels_app.email.headers import decode_header, message_ids, split_headers
from channels_app.email.parsed import Bounce, BounceRecipient
from channels_app.email.text import multiline, one_line, shorten
from channels_app.email.threading import split_plus

_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_SMTP_CODE = re.compile(r"(?<![\d.])([45]\d\d)[ -](?=[#\w])")
_MESSAGE_ID = re.compile(r"^[> \t]*Message-ID[ \t]*:[ \t]*(<[^<>\s]{3,500}>)", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(
    r"^[> \t]*(?:Subject|主题|原邮件主题|邮件主题)[ \t]*[:：][ \t]*(.{1,300})$", re.IGNORECASE | re.MULTILINE
)
_PLUS = re.compile(r"[A-Za-z0-9._-]{1,64}\+(t[0-9A-Za-z-]{1,40}\.[0-9a-fA-F]{16})@")
# Where the wordings of Exchange, qmail, Postfix, Exim, QQ, 163 and others name the address that failed.
_FAILED = (
    re.compile(rf"^<({_ADDRESS})>:?[ \t]*$|^<({_ADDRESS})>:[ \t]", re.MULTILINE),
    re.compile(
        rf"(?:无法发送到|无法投递到|无法送达|未能送达|投递失败的收件人|收件人(?:地址)?|收信人|退信收件人|收件者)\s*[:：]?\s*[\"'“<（(]*({_ADDRESS})"
    ),
    re.compile(
        rf"(?:couldn't be delivered to|wasn't delivered to|could not be delivered to|"
        rf"delivery to the following recipients?[^<\n]{{0,40}}|failed recipient|"
        rf"following address(?:es)? failed|your message to)\s*:?\s*[\"'<(]*({_ADDRESS})",
        re.IGNORECASE,
    ),
    re.compile(rf"^[ \t]*[\"'<]*({_ADDRESS})[\">']*[ \t]*(?:\([^()\n]{{0,200}}\))?[ \t]*$", re.MULTILINE),
)
_TEMPORARY = re.compile(
    r"delayed|will (?:be retried|keep trying|continue)|temporar|暂时|延迟|稍后重试|将继续尝试", re.IGNORECASE
)
_REASON_LINE = re.compile(
    r"^.{0,40}(?:退信原因|失败原因|错误原因|原因|错误信息|reason|diagnostic|error|said|remote server returned)\s*[:：]?.{2,400}$",
    re.IGNORECASE | re.MULTILINE,
)
_KNOWN_REASONS = {
    "5.1.1": "The mailbox does not exist.",
    "5.1.2": "The domain does not exist.",
    "5.1.10": "The mailbox does not exist.",
    "5.2.1": "The mailbox is disabled.",
    "5.2.2": "The mailbox is full.",
    "4.2.2": "The mailbox is full.",
    "5.2.3": "The message is larger than the mailbox accepts.",
    "5.3.4": "The message is too large.",
    "5.4.1": "The recipient's server refuses the address.",
    "4.4.1": "The recipient's server does not answer.",
    "4.4.7": "The message waited too long for the recipient's server.",
    "5.7.1": "The recipient's server refuses the message by its rules.",
}
_MAX_TEXT = 100_000


def read_bounce(
    *,
    delivery_status: str | None,
    returned: bytes | None,
    body: str,
    failed_header: str | None,
    recipients: Iterable[str] = (),
    sender: str = "",
) -> Bounce:
    """Read a delivery report.

    `delivery_status` is the message/delivery-status part, `returned` the mail (or its headers) that came back, `body` the
    readable text, `failed_header` X-Failed-Recipients, `recipients` the addresses the report was sent to (for their plus tags).
    """
    body = body[:_MAX_TEXT]
    listed = _from_status(delivery_status or "") or _from_words(body, failed_header, sender)
    text = f"{delivery_status or ''}\n{body}"
    status = next((recipient.status for recipient in listed if recipient.status), None) or _status_in(text)
    is_delay = bool(listed) and all(recipient.action == "delayed" for recipient in listed)
    is_permanent = not is_delay and (status or "5").startswith("5")
    if status is None and _TEMPORARY.search(body) and not re.search(r"permanent|退信|退回|fatal", body, re.IGNORECASE):
        is_permanent = False
    original_id, original_subject, tags = _original(returned, body)
    for address in recipients:
        tag = split_plus(address)[1]
        tags = (*tags, tag) if tag and tag not in tags else tags
    reason = next((recipient.diagnostic for recipient in listed if recipient.diagnostic), None) or _reason(body, status)
    return Bounce(
        tuple(listed),
        original_id,
        original_subject,
        tags,
        status,
        is_permanent,
        is_delay,
        shorten(one_line(reason), 500),
    )


def _from_status(report: str) -> list[BounceRecipient]:
    """The per-recipient groups of RFC 3464, section 2.3."""
    found = []
    for group in re.split(r"\n\s*\n", multiline(report).strip())[:200]:
        fields = dict(_fields(group))
        address = fields.get("final-recipient") or fields.get("original-recipient") or ""
        if not address:
            continue
        status = _STATUS.search(fields.get("status", ""))
        diagnostic = re.sub(r"^[a-z-]{1,20}\s*;\s*", "", fields.get("diagnostic-code", ""), flags=re.IGNORECASE)
        found.append(
            BounceRecipient(
                clean_address(address.partition(";")[2] or address),
                (fields.get("action", "").split() or ["failed"])[0].lower().strip("."),
                status[0] if status else _status_in(diagnostic),
                shorten(one_line(diagnostic), 500) or None,
            )
        )
    return found


def _fields(group: str) -> Iterable[tuple[str, str]]:
    for line in re.sub(r"\n[ \t]+", " ", group).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _from_words(body: str, failed_header: str | None, sender: str) -> list[BounceRecipient]:
    """Addresses named by servers that write prose instead of a report."""
    # The copy of the mail below a bounce names people who have nothing to do with it.
    head = re.split(
        r"^-{2,}.{0,20}(?:Below this line|Original message|This is a copy|原邮件|原始邮件)",
        body,
        maxsplit=1,
        flags=re.IGNORECASE | re.MULTILINE,
    )[0]
    addresses = re.findall(_ADDRESS, failed_header or "")
    for pattern in _FAILED:
        if addresses:
            break
        addresses = ["".join(found) if isinstance(found, tuple) else found for found in pattern.findall(head)]
    status = _status_in(head)
    cleaned = dict.fromkeys(clean_address(address) for address in addresses[:50])
    return [
        BounceRecipient(address, "failed", status, None)
        for address in cleaned
        if address and address.lower() != sender.lower()
    ]


def _status_in(text: str) -> str | None:
    enhanced = [found[0] for found in _STATUS.finditer(text[:_MAX_TEXT]) if found[1] != "2"]
    if enhanced:
        return enhanced[0]
    code = _SMTP_CODE.search(text[:_MAX_TEXT])
    return f"{code[1][0]}.0.0" if code else None


def _original(returned: bytes | None, body: str) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Message id, subject and our plus tags of the mail that came back."""
    ids: tuple[str, ...] = ()
    subject: str | None = None
    haystack = body
    if returned:
        fields, _, _ = split_headers(returned[:_MAX_TEXT], max_headers=200, max_header_bytes=8_000)
        by_name = {name: decode_header(value) for name, value in reversed(fields)}
        ids = message_ids([by_name.get("message-id", "")], limit=1)
        subject = by_name.get("subject")
        haystack = (
            " ".join(by_name.get(name, "") for name in ("reply-to", "from", "return-path", "sender")) + "\n" + body
        )
    if not ids:
        ids = message_ids(_MESSAGE_ID.findall(body)[:1], limit=1)
    if subject is None and (found := _SUBJECT.search(body)):
        subject = one_line(found[1])
    return (ids[0] if ids else None), subject, tuple(dict.fromkeys(_PLUS.findall(haystack)))[:5]


def _reason(body: str, status: str | None) -> str:
    line = _REASON_LINE.search(body)
    if line:
        return line[0]
    coded = next(
        (row for row in body.split("\n") if len(row) < 600 and (_STATUS.search(row) or _SMTP_CODE.search(row))), None
    )
    return coded or _KNOWN_REASONS.get(status or "") or next((row for row in body.split("\n") if row.strip()), "")
