"""Which conversation a mail belongs to, as far as the mail itself can say. Whether its sender may join is decided elsewhere.

Three ways, in the order of trust: References and In-Reply-To that name a mail of ours, the signed token in the address it was
sent to (`support+t123.0a1b2c3d4e5f6071@example.com`), and the number in the subject (`[HD-123]`).
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from channels_app.email.text import one_line

_TOKEN_HEX = 16
_TAG = re.compile(rf"^t([0-9a-z-]{{1,40}})\.([0-9a-f]{{{_TOKEN_HEX}}})$", re.IGNORECASE)
_PREFIX = re.compile(
    r"^\s*(?:"
    r"(?:re|fwd?|fw|aw|wg|sv|vs|vb|vl|rv|res|enc|tr|ref|antw|odp|ynt|回复|回覆|答复|答覆|转发|轉寄|轉發|回|转|自动回复|自动答复|自動回覆|返信|転送)"
    r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|（\d{1,3}）|\^\d{1,3}|\d{1,2})?\s*[:：]"
    r"|\[(?:external|ext|外部|外部邮件|spam)\]|【外部邮件】"
    r")\s*",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"^\s*(?:fwd?|fw|wg|tr|enc|转发|轉寄|轉發|转|転送)\s*(?:\[\d{1,3}\])?\s*[:：]", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff\u3041-\u30ff\uac00-\ud7af\u0400-\u04ff]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ThreadHints:
    """Where a mail says it belongs: ids of earlier mails, nearest first; tickets by signed address; by subject (a guess)."""

    message_ids: tuple[str, ...]
    signed_tickets: tuple[str, ...]
    subject_tickets: tuple[str, ...]


def thread_hints(
    *,
    in_reply_to: Sequence[str],
    references: Sequence[str],
    plus_tags: Iterable[str],
    subject: str,
    secrets: Sequence[bytes],
    subject_prefix: str = "HD",
) -> ThreadHints:
    """Gather the hints of one mail. The nearest mail comes first: In-Reply-To, then References from their end."""
    ids = tuple(dict.fromkeys((*in_reply_to, *reversed(references))))
    signed = tuple(dict.fromkeys(ticket for tag in plus_tags if (ticket := verify_plus_tag(tag, secrets))))
    return ThreadHints(ids, signed, subject_tokens(subject, prefix=subject_prefix))


def make_plus_tag(ticket: str, secret: bytes) -> str:
    """The part behind the `+` for a ticket number (letters, digits, hyphens): signed, so it cannot be guessed."""
    number = ticket.lower()
    if not re.fullmatch(r"[0-9a-z-]{1,40}", number):
        raise ValueError(f"not a ticket number: {ticket!r}")
    return f"t{number}.{_sign(number, secret)}"


def verify_plus_tag(tag: str, secrets: Sequence[bytes]) -> str | None:
    """The ticket number (lower case) of a tag signed with one of our secrets, the newest first; None if forged or foreign."""
    found = _TAG.match(tag)
    if found is None:
        return None
    number, signature = found[1].lower(), found[2].lower()
    return number if any(hmac.compare_digest(signature, _sign(number, secret)) for secret in secrets) else None


def plus_address(address: str, tag: str) -> str:
    """`support@x` and `t1.ab` give `support+t1.ab@x`; a tag the address already has is replaced."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}+{tag}@{domain}"


def split_plus(address: str) -> tuple[str, str | None]:
    """The address without its tag, and the tag (None if there is none)."""
    local, at, domain = address.rpartition("@")
    base, plus, tag = local.partition("+")
    return (f"{base}{at}{domain}", tag) if plus and base and tag else (address, None)


def _sign(number: str, secret: bytes) -> str:
    return hmac.new(secret, b"helpdesk.mail.reply:" + number.encode("ascii"), hashlib.sha256).hexdigest()[:_TOKEN_HEX]


def subject_token(ticket: str, *, prefix: str = "HD") -> str:
    """`[HD-123]`, as it is written into subjects."""
    return f"[{prefix}-{ticket}]"


def subject_tokens(subject: str, *, prefix: str = "HD") -> tuple[str, ...]:
    """The ticket numbers between `[HD-` and `]` in a subject; full-width brackets are what some Chinese clients make of them."""
    pattern = rf"[\[［【]\s*{re.escape(prefix)}-([0-9a-z-]{{1,40}})\s*[\]］】]"
    return tuple(dict.fromkeys(found.lower() for found in re.findall(pattern, subject, re.IGNORECASE)))


def normalise_subject(subject: str, *, prefix: str = "HD") -> str:
    """The subject without Re:, 回复：, 转发：, [n] and ticket tokens, however often they repeat."""
    subject = re.sub(
        rf"[\[［【]\s*{re.escape(prefix)}-[0-9a-z-]{{1,40}}\s*[\]］】]",
        " ",
        one_line(subject)[:2_000],
        flags=re.IGNORECASE,
    ).strip()
    for _ in range(50):
        shorter = _PREFIX.sub("", subject, count=1)
        if shorter == subject:
            break
        subject = shorter
    return one_line(subject)


def is_forward_subject(subject: str) -> bool:
    """True if the outermost prefix says that the mail was forwarded."""
    return bool(_FORWARD.match(subject))


def is_new_subject(old: str, new: str, *, prefix: str = "HD") -> bool:
    """True if `new` is plainly about something else than `old`: an old thread used to begin a new matter.

    An empty subject, one that contains the other, or one that shares half of its words with it is the same matter.
    """
    before, after = (normalise_subject(subject, prefix=prefix).casefold() for subject in (old, new))
    if not before or not after or before in after or after in before:
        return False
    words_before, words_after = set(_WORD.findall(before)), set(_WORD.findall(after))
    if not words_before or not words_after:
        return False
    shared = len(words_before & words_after) / min(len(words_before), len(words_after))
    return shared < 0.5 and SequenceMatcher(None, before[:200], after[:200]).ratio() < 0.6
