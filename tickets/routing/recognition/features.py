"""From a text to numbers, the same way for both languages: hashed n-grams of characters and words, and cues.

English words give the word, pairs of words and word-bounded n-grams of 2 to 5 characters; runs of Chinese give n-grams of
1 to 4 characters and rjieba's words. Terms are hashed, so a model holds no words of any customer.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections.abc import Iterator

import rjieba

from tickets.routing.recognition.cues import cues_of

BITS = 20
SIZE = 1 << BITS
MOST_CHARACTERS = 1500
# Beside a text whose n-grams have length 1, one cue weighs as much as this.
CUE_WEIGHT = 0.2

_URL = re.compile(r"(?:https?://|www\.)\S+")
_DIGITS = re.compile(r"\d+")
_RUNS = re.compile(r"[a-zà-öø-ÿ0-9'’]+|[\u3400-\u9fff]+")
_SHOUT = re.compile(r"[!！]")
_ASK = re.compile(r"[?？]")


def plain(text: str) -> str:
    """The text as features are taken from it: one form, lower case, addresses and numbers without their digits."""
    text = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])
    return _DIGITS.sub("0", _URL.sub(" url ", text)).lower().replace("’", "'")


def terms(text: str) -> Iterator[str]:
    """All terms of a text, each as often as it occurs."""
    previous = "^"
    for run in _RUNS.findall(plain(text)):
        if run[0] >= "\u3400":
            for size in (1, 2, 3, 4):
                yield from (f"h{run[at : at + size]}" for at in range(len(run) - size + 1))
            words = rjieba.cut(run)
        else:
            bounded = f" {run} "
            for size in (3, 4, 5):
                yield from (f"c{bounded[at : at + size]}" for at in range(len(bounded) - size + 1))
            words = [run]
        for word in words:
            yield f"w{word}"
            yield f"p{previous} {word}"
            previous = word
    yield from _manner(text)


def _manner(text: str) -> Iterator[str]:
    """How it is written: shouting, asking, capitals, length."""
    shouts, asks = len(_SHOUT.findall(text)), len(_ASK.findall(text))
    if shouts:
        yield f"m!{min(shouts, 3)}"
    if asks:
        yield f"m?{min(asks, 2)}"
    if shouts and asks:
        yield "m?!"
    if sum(len(word) > 2 and word.isupper() for word in re.findall(r"[A-Za-z]+", text)):
        yield "mcapitals"
    yield f"mlength{min(5, len(text) // 25)}"


def slot(term: str) -> int:
    """The place of a term."""
    return zlib.crc32(term.encode()) & (SIZE - 1)


def counts_of(text: str) -> tuple[dict[int, float], dict[int, float]]:
    """(place → dampened count of each term, place → weight of each cue)."""
    counted: dict[int, float] = {}
    for term in terms(text):
        place = slot(term)
        counted[place] = counted.get(place, 0.0) + 1.0
    dampened = {place: 1.0 + math.log(number) for place, number in counted.items()}
    # cues are looked for with the digits, which name authorities
    shown = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower().replace("’", "'")
    cues = {
        slot(f"cue:{name}"): CUE_WEIGHT * min(2.0, 1.0 + 0.35 * (number - 1)) for name, number in cues_of(shown).items()
    }
    return dampened, cues
