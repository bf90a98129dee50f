"""Search tokens: Chinese, Japanese and Korean text as overlapping pairs of characters, everything else as words.

Written when the text is written, in the same transaction, into a `tsvector` of configuration `simple` (measured against
a segmenter and trigrams: pairs find every substring of two or more characters). A single Chinese character is found as
the first half of a pair.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

MAX_TEXT = 100_000
MAX_TERM = 60
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af"
_RUNS = re.compile(rf"([{_CJK}]+)|([^\W{_CJK}]+(?:['’._@+-][^\W{_CJK}]+)*)", re.UNICODE)
_PARTS = re.compile(r"[^\W_]+", re.UNICODE)


def normalise(text: str) -> str:
    """Full-width forms folded, lower case, NUL removed."""
    return unicodedata.normalize("NFKC", text[:MAX_TEXT]).replace("\x00", "").lower()


def tokens(text: str) -> list[str]:
    """The tokens to be indexed, in order; a compound like `LT-0712-1940` gives itself and its parts."""
    found: list[str] = []
    for cjk, word in _RUNS.findall(normalise(text)):
        if cjk:
            found += [a + b for a, b in pairwise(cjk)] if len(cjk) > 1 else [cjk]
        else:
            found.append(word[:MAX_TERM])
            parts = _PARTS.findall(word)
            if len(parts) > 1:
                found += [part[:MAX_TERM] for part in parts]
    return found


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def document(text: str) -> str:
    """The text of a `tsvector` literal (no positions: ranking is by recency), ready for `%s::tsvector`."""
    return " ".join(sorted({_quoted(token) for token in tokens(text)}))


@dataclass(frozen=True)
class Term:
    """One word or pair that must match; `run` numbers the stretch of text it stands in (pairs of one Chinese word share it)."""

    text: str
    is_prefix: bool
    run: int


def query_terms(text: str, *, limit: int = 24) -> list[Term]:
    """What `query` asks for, term by term, for those who estimate how much it will find."""
    terms: list[Term] = []
    runs = list(_RUNS.findall(normalise(text)))
    for nth, (cjk, word) in enumerate(runs):
        if cjk:
            pairs = [a + b for a, b in pairwise(cjk)] or [cjk]
            terms += [Term(pair, len(pair) == 1, nth) for pair in pairs]
        else:
            terms.append(Term(word[:MAX_TERM], nth == len(runs) - 1 and len(word) > 2, nth))
    return terms[:limit]


def query(text: str, *, limit: int = 24) -> str:
    """The text of a `tsquery` literal in which every term must match; empty when nothing in `text` can be searched.

    The last word matches as a prefix (the asker may still be typing), and so does a single Chinese character.
    """
    return query_of(query_terms(text, limit=limit))


def query_of(terms: Iterable[Term]) -> str:
    """The same of terms."""
    written = [_quoted(term.text) + (":*" if term.is_prefix else "") for term in terms]
    return " & ".join(dict.fromkeys(written))
