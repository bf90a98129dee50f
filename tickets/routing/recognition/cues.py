"""Words that say much by themselves, in both languages: a small lexicon that stands beside the learned n-grams, so that a
word counts even where the training texts never used it. The words lie in `starter/cues/`."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "starter" / "cues"
_HEADING = re.compile(r"^\[(\w+)\]$")
_HAN = re.compile("[\u3400-\u9fff]")


def _read(path: Path) -> dict[str, list[str]]:
    """Cue → the lines below its heading."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        heading = _HEADING.match(line)
        if heading:
            name = heading[1]
        elif line.strip() and not line.startswith("#"):
            found.setdefault(name, []).append(line.strip())
    return found


@lru_cache(maxsize=1)
def _lexicon() -> tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]:
    english, chinese = _read(FOLDER / "en.txt"), _read(FOLDER / "zh.txt")
    return tuple(
        (
            name,
            re.compile(rf"\b(?:{'|'.join(english[name]).replace('*', '[a-z]*')})\b"),
            tuple(dict.fromkeys(word for line in chinese.get(name, ()) for word in line.split())),
        )
        for name in english
    )


def cues_of(text: str) -> dict[str, int]:
    """Cue → how many different words of it the text has (text in lower case)."""
    found: dict[str, int] = {}
    has_han = bool(_HAN.search(text))
    for name, expression, words in _lexicon():
        number = len({match[0] for match in expression.finditer(text)})
        if has_han:
            number += sum(word in text for word in words)
        if number:
            found[name] = number
    return found
