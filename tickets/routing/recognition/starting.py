"""The shipped examples from which the starter model is trained."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tickets.models import Kind, Tone

FOLDER = Path(__file__).parent / "starter"
_HEADING = re.compile(r"^\[(\S+) (\S+)( urgent)?\]$")


@dataclass(frozen=True)
class Example:
    """A text with what is known of it; an empty label is not known. `weight` counts it more or less than others."""

    text: str
    kind: str = ""
    tone: str = ""
    is_urgent: bool | None = None
    language: str = ""
    source: str = "starter"
    weight: float = 1.0


@lru_cache(maxsize=1)
def starter_examples() -> tuple[Example, ...]:
    """Every line of the shipped files."""
    return tuple(example for path in sorted(FOLDER.glob("*.txt")) for example in read_examples(path))


def read_examples(path: Path) -> list[Example]:
    """One file: headings `[kind tone]` or `[- tone]`, perhaps with `urgent`; `ValueError` for an unknown one."""
    language = path.suffixes[0].lstrip(".")
    found: list[Example] = []
    kind = tone = ""
    urgent: bool | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        heading = _HEADING.match(line)
        if heading:
            kind, tone = heading[1].replace("-", ""), heading[2]
            urgent = bool(heading[3]) if kind else None
            if tone not in Tone.values or (kind and kind not in Kind.values):
                raise ValueError(f"{path.name}: unknown heading {line}")
            continue
        found.append(Example(line, kind, tone, urgent, language))
    return found
