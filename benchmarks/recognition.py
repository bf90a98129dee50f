"""How well the starter model recognises held-out texts, which were written apart from its training texts.

`python -m benchmarks.recognition` trains on the shipped examples and prints macro-F1 and confusion for kinds and tone in
each language and for the reviews. Nobody who writes training texts reads the held-out ones; only the scores are looked at.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HELD_OUT = Path(__file__).resolve().parent.parent / "tests" / "recognition" / "held_out"
LEAST = 0.75


@dataclass(frozen=True)
class Score:
    """One question in one language (or one kind of review)."""

    name: str
    texts: int
    accuracy: float
    macro_f1: float
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]


def check_sums() -> list[str]:
    """The names of the held-out files that are not as they were committed."""
    wrong = []
    for line in (HELD_OUT / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split(maxsplit=1)
        if hashlib.sha256((HELD_OUT / name.lstrip("*")).read_bytes()).hexdigest() != digest:
            wrong.append(name)
    return wrong


def rows(name: str) -> list[dict[str, str]]:
    with (HELD_OUT / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def score(name: str, pairs: Iterable[tuple[str, str]]) -> Score:
    """Figures from (right, guessed) pairs; macro-F1 over the classes that occur."""
    found = list(pairs)
    classes = tuple(sorted({right for right, _guess in found} | {guess for _right, guess in found}))
    counts = [[0] * len(classes) for _ in classes]
    for right, guess in found:
        counts[classes.index(right)][classes.index(guess)] += 1
    each = []
    for nth in range(len(classes)):
        both, right, guessed = counts[nth][nth], sum(counts[nth]), sum(line[nth] for line in counts)
        if right:
            each.append(2 * both / (right + guessed))
    accuracy = sum(counts[nth][nth] for nth in range(len(classes))) / max(1, len(found))
    return Score(name, len(found), accuracy, sum(each) / max(1, len(each)), classes, tuple(map(tuple, counts)))


def scores(model: Any) -> list[Score]:
    """Kinds and tone in each language, tone of the reviews in each language, and of both kinds of review."""
    kinds, reviews = rows("kinds.jsonl"), rows("reviews.jsonl")
    read = {row["id"]: model.read(row["text"]) for row in (*kinds, *reviews)}
    found = []
    for language in ("en", "zh"):
        here = [row for row in kinds if row["lang"] == language]
        found.append(score(f"kind {language}", [(row["kind"], read[row["id"]].best("kind")[0]) for row in here]))
        found.append(score(f"tone {language}", [(row["tone"], read[row["id"]].best("tone")[0]) for row in here]))
        there = [row for row in reviews if row["lang"] == language]
        found.append(score(f"reviews {language}", [(row["tone"], read[row["id"]].best("tone")[0]) for row in there]))
    for domain in ("shop", "food_delivery"):
        there = [row for row in reviews if row["domain"] == domain]
        found.append(score(f"reviews {domain}", [(row["tone"], read[row["id"]].best("tone")[0]) for row in there]))
    return found


def show(found: Sequence[Score], *, with_confusion: bool = True) -> None:
    for item in found:
        mark = "" if item.macro_f1 >= LEAST else "   below the goal"
        print(f"{item.name:22} {item.texts:5} texts  accuracy {item.accuracy:.3f}  macro-F1 {item.macro_f1:.3f}{mark}")
        if with_confusion:
            print("".join(f"{name:>11}" for name in ("right \\ guess", *item.classes)))
            for name, line in zip(item.classes, item.confusion, strict=True):
                print(f"{name:>13}" + "".join(f"{number:11}" for number in line))


def main() -> int:
    """Train, score, and time a reading."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    os.environ.setdefault("SECRET_KEY", "benchmark")
    import django

    django.setup()
    from tickets.routing.recognition.starting import starter_examples
    from tickets.routing.recognition.training import train

    wrong = check_sums()
    if wrong:
        print(f"not as committed: {', '.join(wrong)}")
        return 1
    began = time.perf_counter()
    trained = train(starter_examples())
    print(f"trained on {len(starter_examples())} texts in {time.perf_counter() - began:.1f} s")
    found = scores(trained.model)
    show(found, with_confusion="--short" not in sys.argv[1:])
    texts = [row["text"] for row in rows("kinds.jsonl")]
    began = time.perf_counter()
    for text in texts:
        trained.model.read(text)
    print(f"one reading takes {(time.perf_counter() - began) / len(texts) * 1000:.2f} ms")
    return 0 if all(item.macro_f1 >= LEAST for item in found) else 1


if __name__ == "__main__":
    sys.exit(main())
