"""The mail inside a mail that a member of staff forwarded: who wrote first, when, about what."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from channels_app.email.addresses import parse_address, parse_addresses
from channels_app.email.headers import normalise_message_id, parse_date
from channels_app.email.parsed import Address, Attachment, ParsedMail
from channels_app.email.quote_patterns import HEADER_LINE, SEPARATOR
from channels_app.email.quoting import header_block_length
from channels_app.email.text import one_line

_CHINESE_DATE = re.compile(
    r"(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?[\s,，]*(?:[(（]?(?:星期|周|週)[一二三四五六日天][)）]?)?[\s,，]*"
    r"(上午|下午|晚上|凌晨|中午|早上|AM|PM)?\s*(?:(\d{1,2})[:：时](\d{2})(?:[:：分](\d{2}))?)?\s*(AM|PM)?",
    re.IGNORECASE,
)
_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class ForwardedOriginal:
    """The mail as its first author sent it. `comment` is what the forwarding person wrote above it."""

    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    text: str
    html: str | None
    message_id: str | None
    attachments: tuple[Attachment, ...]
    comment: str


def extract_forwarded(parsed: ParsedMail) -> ForwardedOriginal | None:
    """The forwarded original: an attached mail, else the block of copied headers in the text; None if there is neither.

    The caller decides whether the forwarding person may do this; the block is only text, anybody can type it.
    """
    if len(parsed.embedded) == 1 and not parsed.is_bounce:
        original = _from_attachment(parsed)
        if original is not None:
            return original
    return _from_text(parsed)


def _from_attachment(parsed: ParsedMail) -> ForwardedOriginal | None:
    from channels_app.email.parse import parse_mail

    inner = parse_mail(parsed.embedded[0])
    if inner.from_ is None or not inner.from_.address:
        return None
    return ForwardedOriginal(
        from_=inner.from_,
        to=inner.to,
        cc=inner.cc,
        subject=inner.subject,
        date=inner.date,
        text=inner.body,
        html=inner.html,
        message_id=inner.message_id,
        attachments=inner.attachments,
        comment=parsed.body.strip(),
    )


def _from_text(parsed: ParsedMail) -> ForwardedOriginal | None:
    lines = parsed.body.split("\n")
    for index, line in enumerate(lines[:2_000]):
        if HEADER_LINE.match(line[:500]) and header_block_length(lines, index) >= 3:
            fields, end = _read_block(lines, index)
            author = _author(fields.get("from", ""))
            if author is None:
                continue
            return ForwardedOriginal(
                from_=author,
                to=parse_addresses(fields.get("to", "").encode("utf-8")),
                cc=parse_addresses(fields.get("cc", "").encode("utf-8")),
                subject=one_line(fields.get("subject", "")),
                date=parse_copied_date(fields.get("date", "")),
                text="\n".join(_unquote(lines[end:])).strip("\n"),
                html=None,
                message_id=normalise_message_id(fields.get("message-id")),
                attachments=parsed.attachments,
                comment="\n".join(_without_separator(lines[:index])).strip(),
            )
    return None


def _read_block(lines: list[str], index: int) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    current: str | None = None
    position = index
    while position < min(len(lines), index + 16):
        line = lines[position]
        found = HEADER_LINE.match(line[:1_000])
        if found is not None:
            current = next((name for name in ("from", "date", "to", "cc", "subject") if found[name]), "other")
            fields.setdefault(current, found["value"].strip(" *\u00a0"))
        elif not line.strip(" >\u00a0"):
            following = lines[position + 1] if position + 1 < len(lines) else ""
            if not HEADER_LINE.match(following[:1_000]):
                break
        elif current is not None and (
            line[:1] in " \t" or ("@" in line and fields.get(current, "").endswith((",", ";")))
        ):
            fields[current] += " " + line.strip()
        else:
            break
        position += 1
    return fields, position


def _author(value: str) -> Address | None:
    """The sender of a copied From line: `Name <a@b>`, `Name [mailto:a@b]`, `"a@b"<a@b>`, `a@b 代表 Name`."""
    value = re.sub(r"\[mailto:([^\]\s]+)\]", r"<\1>", value)
    value = re.sub(r"<mailto:([^>\s]+)>", "", value) if value.count("@") > 1 else value.replace("mailto:", "")
    value = re.sub(r"\(([^()\s]+@[^()\s]+)\)", r"<\1>", value)  # how links look in our own text of an HTML mail
    address = parse_address(value)
    return address if address is not None and address.address else None


def parse_copied_date(value: str) -> datetime | None:
    """A date as clients copy it into a forwarded mail; Chinese ones without zone are China's time."""
    found = _CHINESE_DATE.search(value)
    if found is None:
        return parse_date(value) or parse_date(re.sub(r"^\w+,\s*|\bat\b", " ", value))
    year, month, day, half, hour, minute, second, half_after = found.groups()
    clock = int(hour or 0)
    half = (half or half_after or "").upper()
    if half in ("下午", "晚上", "PM", "中午") and clock < 12 and not (half == "中午" and clock >= 10):
        clock += 12
    elif half in ("上午", "凌晨", "AM") and clock == 12:
        clock = 0
    try:
        return datetime(
            int(year), int(month), int(day), clock, int(minute or 0), int(second or 0), tzinfo=_CHINA
        ).astimezone(UTC)
    except ValueError:
        return None


def _unquote(lines: list[str]) -> list[str]:
    if lines and all(line.startswith(">") for line in lines if line.strip()):
        return [re.sub(r"^> ?", "", line) for line in lines]
    return lines


def _without_separator(lines: list[str]) -> list[str]:
    while lines and (
        not lines[-1].strip(" >") or SEPARATOR.match(lines[-1][:500]) or re.fullmatch(r"\s*[-_=]{5,}\s*", lines[-1])
    ):
        lines = lines[:-1]
    return lines
