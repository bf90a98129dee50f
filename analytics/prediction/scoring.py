"""From weights to a probability and its reasons: a weighted sum, a logistic curve, a calibration. Pure, and plain Python.

The weights are JSON: `intercept`; `numbers` (feature → [weight, mean, scale]); `words` (`group=value` → [weight, share of the
training set]); `calibration` (`{"kind": "isotonic", "x": […], "y": […]}` or `{"kind": "platt", "a": …, "b": …}`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any

from analytics.prediction.features import NUMBERS, Situation, numbers_of, words_of

# No training set is so large that certainty follows from it.
LEAST, MOST = 0.005, 0.995
REASONS = 3
# What lies farther from the mean than this, in standard deviations, is taken as this far: beyond it nothing was learned.
FARTHEST = 4.0


@dataclass(frozen=True)
class Score:
    """The probability, and how much each group of features adds to what is usual (in log-odds)."""

    probability: float
    groups: Mapping[str, float]

    @property
    def reasons(self) -> list[tuple[str, float]]:
        """The groups that raise the risk most, the largest first."""
        raising = [(name, round(value, 3)) for name, value in self.groups.items() if value > 0.05]
        return sorted(raising, key=lambda pair: -pair[1])[:REASONS]


class Scorer:
    """Scores situations with one model's weights."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        self.intercept = float(weights["intercept"])
        self.numbers = {name: tuple(map(float, weights["numbers"][name])) for name in NUMBERS}
        self.words = {name: (float(pair[0]), float(pair[1])) for name, pair in weights["words"].items()}
        self.calibration = weights["calibration"]
        usual: dict[str, float] = defaultdict(float)
        for name, (weight, frequency) in self.words.items():
            usual[name.partition("=")[0]] += weight * frequency
        self.usual = dict(usual)

    def score(self, situation: Situation) -> Score:
        groups: dict[str, float] = defaultdict(float)
        total = self.intercept
        for name, value in numbers_of(situation).items():
            weight, mean, scale = self.numbers[name]
            part = weight * min(max((value - mean) / scale, -FARTHEST), FARTHEST)
            total += part
            groups[NUMBERS[name]] += part
        for name, word in words_of(situation).items():
            part = self.words.get(f"{name}={word}", (0.0, 0.0))[0]
            total += part
            groups[name] += part - self.usual.get(name, 0.0)
        return Score(calibrated(logistic(total), self.calibration), groups)


def logistic(value: float) -> float:
    return 1 / (1 + exp(-min(max(value, -30.0), 30.0)))


def calibrated(raw: float, calibration: Mapping[str, Any]) -> float:
    """The raw probability as the calibration corrects it."""
    if calibration["kind"] == "platt":
        raw = min(max(raw, 1e-9), 1 - 1e-9)
        found = logistic(calibration["a"] * log(raw / (1 - raw)) + calibration["b"])
    else:
        found = _between(raw, calibration["x"], calibration["y"])
    return min(max(found, LEAST), MOST)


def _between(at: float, xs: list[float], ys: list[float]) -> float:
    """The value of the broken line through the points; flat beyond its ends."""
    place = bisect_right(xs, at)
    if place == 0:
        return float(ys[0])
    if place == len(xs):
        return float(ys[-1])
    x0, x1, y0, y1 = xs[place - 1], xs[place], ys[place - 1], ys[place]
    return float(y0 + (y1 - y0) * (at - x0) / (x1 - x0)) if x1 > x0 else float(y1)
