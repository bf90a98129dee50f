"""Learning from samples: a logistic regression, calibrated and judged on deadlines that were set later. Pure.

scikit-learn is loaded when a training runs, not before: only the worker that trains pays for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics.prediction.features import NUMBERS, Situation, numbers_of, words_of
from analytics.prediction.scoring import FARTHEST, Scorer

if TYPE_CHECKING:
    import numpy as np

# Parts of the time: learned from, calibrated on, judged on.
TRAIN, CALIBRATE = 0.6, 0.8
LEAST_PART = 200
# Isotonic calibration wants many samples; with fewer, two numbers (Platt) are steadier.
ISOTONIC_FROM = 5_000
RARE = 20
SAME = 1e-3
BINS = 10

TOO_FEW, ONE_CLASS, NO_SKILL = "too_few", "one_class", "no_skill"


@dataclass(frozen=True, slots=True)
class Sample:
    """A clock's situation at some moment of its life, and whether it was missed in the end."""

    situation: Situation
    is_missed: bool
    started_at: datetime
    ended_at: datetime


class CannotLearn(Exception):
    """Nothing usable comes out; `code` is one of `too_few`, `one_class`, `no_skill`."""

    def __init__(self, code: str, report: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code, self.report = code, report or {}


@dataclass(frozen=True)
class Learned:
    """Weights for `Scorer`, and the report of how good they are."""

    weights: dict[str, Any]
    report: dict[str, Any]


def learn(samples: Sequence[Sample]) -> Learned:
    """Learn, calibrate and judge; `CannotLearn` says why not."""
    parts = split(samples)
    for part in parts:
        if len(part) < LEAST_PART:
            raise CannotLearn(TOO_FEW)
        if len({sample.is_missed for sample in part}) < 2:
            raise CannotLearn(ONE_CLASS)
    train, calibrate, test = parts
    weights = _fit(train)
    weights["calibration"] = _calibration(_raw(weights, calibrate), [sample.is_missed for sample in calibrate])
    report = judge(weights, test, usual=sum(sample.is_missed for sample in train) / len(train))
    report |= {"train": len(train), "calibrate": len(calibrate), "test": len(test)}
    report |= {"since": train[0].started_at.isoformat(), "until": test[-1].started_at.isoformat()}
    if report["brier"] >= report["brier_usual"]:
        raise CannotLearn(NO_SKILL, report)
    return Learned(weights, report)


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample], list[Sample]]:
    """By time: what had ended before a moment, what began after it and ended before a second one, and what began after that.
    So nothing is judged on what went on while it was learned."""
    ordered = sorted(samples, key=lambda sample: sample.started_at)
    if not ordered:
        return [], [], []
    first = ordered[int(len(ordered) * TRAIN)].started_at
    second = ordered[int(len(ordered) * CALIBRATE)].started_at
    return (
        [sample for sample in ordered if sample.started_at < first and sample.ended_at <= first],
        [sample for sample in ordered if first <= sample.started_at < second and sample.ended_at <= second],
        [sample for sample in ordered if sample.started_at >= second],
    )


def _fit(samples: Sequence[Sample]) -> dict[str, Any]:
    """Weights without a calibration; rare words share the weight of what is usual."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    seen = Counter(f"{name}={word}" for sample in samples for name, word in words_of(sample.situation).items())
    vocabulary = {word: len(NUMBERS) + nth for nth, word in enumerate(sorted(w for w, n in seen.items() if n >= RARE))}
    matrix = _matrix(samples, vocabulary)
    numbers = matrix[:, : len(NUMBERS)]
    means, scales = numbers.mean(axis=0, dtype=float), numbers.std(axis=0, dtype=float)
    is_same = scales < SAME  # nothing can be learned of what was always the same
    scales = np.where(is_same, 1.0, scales)
    matrix[:, : len(NUMBERS)] = np.where(is_same, 0.0, np.clip((numbers - means) / scales, -FARTHEST, FARTHEST))
    model = LogisticRegression(C=1.0, max_iter=500)
    model.fit(matrix, np.fromiter((sample.is_missed for sample in samples), dtype=bool))
    found = model.coef_[0]
    return {
        "intercept": float(model.intercept_[0]),
        "numbers": {
            name: [float(found[nth]), float(means[nth]), float(scales[nth])] for nth, name in enumerate(NUMBERS)
        },
        "words": {word: [float(found[place]), seen[word] / len(samples)] for word, place in vocabulary.items()},
        "calibration": {"kind": "platt", "a": 1.0, "b": 0.0},
    }


def _matrix(samples: Sequence[Sample], vocabulary: dict[str, int]) -> np.ndarray[Any, Any]:
    import numpy as np

    matrix = np.zeros((len(samples), len(NUMBERS) + len(vocabulary)), dtype=np.float64)
    for nth, sample in enumerate(samples):
        matrix[nth, : len(NUMBERS)] = list(numbers_of(sample.situation).values())
        for name, word in words_of(sample.situation).items():
            place = vocabulary.get(f"{name}={word}")
            if place is not None:
                matrix[nth, place] = 1.0
    return matrix


def _raw(weights: dict[str, Any], samples: Sequence[Sample]) -> list[float]:
    scorer = Scorer(weights)
    return [scorer.score(sample.situation).probability for sample in samples]


def _calibration(raw: Sequence[float], labels: Sequence[bool]) -> dict[str, Any]:
    import numpy as np
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    given, wanted = np.asarray(raw, dtype=float), np.asarray(labels, dtype=float)
    if len(raw) >= ISOTONIC_FROM:
        line = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(given, wanted)
        return {
            "kind": "isotonic",
            "x": [round(float(value), 6) for value in line.X_thresholds_],
            "y": [round(float(value), 6) for value in line.y_thresholds_],
        }
    odds = np.log(np.clip(given, 1e-9, 1 - 1e-9) / np.clip(1 - given, 1e-9, 1))
    model = LogisticRegression(C=100.0).fit(odds.reshape(-1, 1), wanted > 0.5)
    return {"kind": "platt", "a": float(model.coef_[0][0]), "b": float(model.intercept_[0])}


def judge(weights: dict[str, Any], samples: Sequence[Sample], *, usual: float) -> dict[str, Any]:
    """How good the probabilities are on samples that nothing was learned from. `brier`: mean squared error (0 is best);
    `brier_usual`: the same for always saying the usual share; `auc`: how often a missed one has the higher probability;
    `calibration_error`: how far said and seen lie apart; `bins`: [number, said, seen] of ten parts of the scale."""
    from sklearn.metrics import roc_auc_score

    said = _raw(weights, samples)
    seen = [1.0 if sample.is_missed else 0.0 for sample in samples]
    number = len(samples)
    bins = []
    for nth in range(BINS):
        inside = [(p, y) for p, y in zip(said, seen, strict=True) if min(int(p * BINS), BINS - 1) == nth]
        if inside:
            bins.append([len(inside), _mean([p for p, _y in inside]), _mean([y for _p, y in inside])])
    return {
        "brier": round(_mean([(p - y) ** 2 for p, y in zip(said, seen, strict=True)]), 5),
        "brier_usual": round(_mean([(usual - y) ** 2 for y in seen]), 5),
        "auc": round(float(roc_auc_score(seen, said)), 4),
        "calibration_error": round(sum(n * abs(p - y) for n, p, y in bins) / number, 4),
        "missed": round(_mean(seen), 4),
        "bins": bins,
    }


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 6)
