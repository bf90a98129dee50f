"""Subjects without their reply marks, in the languages that mail programs write; pure."""

from __future__ import annotations

import re
import unicodedata

_MARK = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|odp|ref|rv|r|fwd?|wg|tr|i|vs|回复|回覆|答复|答覆|转发|轉發|轉寄|转寄|自动回复|返信|転送)"
    r"\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\[\s*HD-\d+\s*\]", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def bare_subject(subject: str) -> str:
    """The subject without reply and forward marks, ticket tokens and doubled spaces, lower case."""
    text = _TOKEN.sub(" ", unicodedata.normalize("NFKC", subject))
    text = _SPACE.sub(" ", text).strip()
    previous = None
    while previous != text:
        previous, text = text, _MARK.sub("", text).strip()
    return text.lower()


def is_new_subject(before: str, now: str) -> bool:
    """Whether an answer under an old thread plainly has another subject: no reply mark and no shared words."""
    old, new = bare_subject(before), bare_subject(now)
    if not new or not old or new == old or new in old or old in new:
        return False
    return not (_MARK.match(unicodedata.normalize("NFKC", now)) or _TOKEN.search(now))
