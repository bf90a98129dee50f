"""What a mail is once read: plain values, all of them storable, none of them trusted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MailLimits:
    """How much of one mail is read. Sizes are bytes, texts are characters; what lies beyond is flagged, never an error raised."""

    max_raw_bytes: int = 40 * 1024 * 1024
    max_parts: int = 400
    max_depth: int = 30
    max_attachments: int = 200
    max_attachment_bytes: int = 25 * 1024 * 1024
    max_headers: int = 500
    max_header_bytes: int = 64 * 1024
    max_text: int = 1_000_000
    max_html: int = 2_000_000
    max_subject: int = 250
    max_addresses: int = 500
    max_references: int = 50
    max_zip_ratio: int = 100
    max_zip_bytes: int = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. The domain is lower case, the local part as written; `address` is empty when only a name could be read."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the mail. `data` is empty when it was over the limit (`is_too_large`); `size` is then still the decoded size."""

    name: str
    content_type: str
    declared_type: str
    data: bytes = field(repr=False)
    size: int
    content_id: str | None = None
    is_inline: bool = False
    is_too_large: bool = False
    is_zip_bomb: bool = False


@dataclass(frozen=True, slots=True)
class LoopVerdict:
    """Who wrote this: a person, or a machine that must not be answered by a machine (RFC 3834)."""

    is_auto_reply: bool = False
    is_bounce: bool = False
    is_list: bool = False
    is_bulk: bool = False
    may_auto_answer: bool = True
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthenticationVerdict:
    """SPF, DKIM, DMARC as our receiving server wrote them (RFC 8601): `pass`, `fail`, `softfail`, `none` …; None if unsaid."""

    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    server: str | None = None

    @property
    def is_proven(self) -> bool:
        """True if the sender's domain vouches for the mail: DMARC passed, which also aligns it with From."""
        return self.dmarc == "pass"

    @property
    def is_forged(self) -> bool:
        """True if the sender's domain disowns the mail."""
        return self.dmarc in ("fail", "permerror") or (
            self.dmarc is None and self.spf == "fail" and self.dkim != "pass"
        )


@dataclass(frozen=True, slots=True)
class SpamVerdict:
    """What spam filters on the way wrote; `is_spam` None means that no filter spoke. `score` is in the filter's own unit."""

    is_spam: bool | None = None
    score: float | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class BounceRecipient:
    """One address in a delivery report: `action` and `status` as RFC 3464 has them, e.g. `failed`, `5.1.1`."""

    address: str
    action: str
    status: str | None = None
    diagnostic: str | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a mail of ours was not delivered, or is late."""

    recipients: tuple[BounceRecipient, ...]
    original_message_id: str | None
    original_subject: str | None
    plus_tags: tuple[str, ...]
    status: str | None
    is_permanent: bool
    is_delay: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail, read. `error` is a code when the mail is broken or over a limit; the fields then hold what could be read.

    `subject` is cut for a title, `subject_full` is not. `text` and `html` are the parts as sent (None if there is none); the
    HTML is raw and must pass `sanitise_html` before anybody sees it. `date` is aware, None when absent or absurd.
    """

    subject: str
    subject_full: str
    from_: Address | None
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    date: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]
    calendars: tuple[str, ...]
    embedded: tuple[bytes, ...] = field(repr=False)
    original_recipients: tuple[str, ...]
    plus_tags: tuple[str, ...]
    return_path: str | None
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    loop: LoopVerdict
    authentication: AuthenticationVerdict
    spam: SpamVerdict
    bounce: Bounce | None
    language: str | None
    size: int
    content_hash: str
    defects: tuple[str, ...]
    error: str | None

    @property
    def is_auto_reply(self) -> bool:
        return self.loop.is_auto_reply

    @property
    def is_bounce(self) -> bool:
        return self.loop.is_bounce

    @property
    def is_list(self) -> bool:
        return self.loop.is_list

    @property
    def may_auto_answer(self) -> bool:
        return self.loop.may_auto_answer

    @property
    def spam_verdict(self) -> SpamVerdict:
        return self.spam

    @property
    def body(self) -> str:
        """The readable text, made from the HTML when that is all there is."""
        if self.text is not None and self.text.strip():
            return self.text
        if self.html is None:
            return self.text or ""
        from channels_app.email.markup import html_to_text

        return html_to_text(self.html)

    @property
    def answer_to(self) -> Address | None:
        """Where an answer to the author goes: Reply-To, else From, else Sender."""
        return next(
            (address for address in (*self.reply_to, self.from_, self.sender) if address and address.address), None
        )

    def header(self, name: str) -> str | None:
        """The first header of that name, decoded to one line."""
        return next(self.header_values(name), None)

    def header_values(self, name: str) -> Iterator[str]:
        """All headers of that name, topmost first, decoded to one line each."""
        wanted = name.lower()
        return (value for key, value in self.headers if key == wanted)
