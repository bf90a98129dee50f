"""Training with scikit-learn: cross-validated, calibrated, refused with words when it cannot be good.

Only this module imports scikit-learn, and only the job that trains imports this module.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from tickets.routing.recognition.features import counts_of
from tickets.routing.recognition.model import Head, Model
from tickets.routing.recognition.starting import Example

FOLDS = 5
LEAST_PER_CLASS = 8
STRENGTH = {"kind": 6.0, "tone": 6.0, "urgency": 6.0}
URGENT, ORDINARY = "urgent", "ordinary"
Progress = Callable[[int], None]


class TrainingRefused(Exception):
    """The examples cannot train a model that helps anybody; says why in words."""

    def __init__(self, words: Any) -> None:
        super().__init__(str(words))
        self.words = words


@dataclass(frozen=True)
class Trained:
    """The model with how well each head did on texts that it had not seen."""

    model: Model
    metrics: dict[str, Any] = field(default_factory=dict)


def labels_of(example: Example, head: str) -> str:
    """The example's class for this head, empty when it is not known."""
    if head == "kind":
        return example.kind
    if head == "tone":
        return example.tone
    return "" if example.is_urgent is None else (URGENT if example.is_urgent else ORDINARY)


# Threads of the linear algebra wait for each other by spinning: beside other work they cost four times the processor.
@threadpool_limits.wrap(limits=1, user_api="blas")
def train(examples: Sequence[Example], *, progress: Progress = lambda percent: None) -> Trained:
    """Train all heads on these examples; `TrainingRefused` when the kinds have one class only or too few texts."""
    require_trainable(examples)
    counted = [counts_of(example.text) for example in examples]
    progress(10)
    seen = sorted({place for counts, cues in counted for place in (*counts, *cues)})
    column = {place: nth for nth, place in enumerate(seen)}
    raw = _matrix([counts for counts, _cues in counted], column)
    cues = _matrix([cues for _counts, cues in counted], column)
    idf = _idf(raw)
    heads: dict[str, Head] = {}
    metrics: dict[str, Any] = {}
    for nth, head in enumerate(("kind", "tone", "urgency")):
        rows = [place for place, example in enumerate(examples) if labels_of(example, head)]
        labels = np.array([labels_of(examples[place], head) for place in rows])
        weights = np.array([examples[place].weight for place in rows])
        if head != "kind" and not _is_trainable(labels):
            continue
        heads[head], metrics[head] = _train_head(head, raw[rows], cues[rows], idf, labels, weights)
        progress(40 + 25 * nth)
    model = Model(np.array(seen, dtype=np.int32), idf.astype(np.float32), heads)
    return Trained(model, metrics)


def require_trainable(examples: Sequence[Example]) -> None:
    """Refuse what no training could make useful, before any time is spent."""
    counts = Counter(example.kind for example in examples if example.kind)
    if len(counts) < 2:
        raise TrainingRefused(_("All texts are of one kind. A model needs texts of at least two kinds."))
    few = {kind: number for kind, number in counts.items() if number < LEAST_PER_CLASS}
    if few:
        listed = ", ".join(f"{kind} ({number})" for kind, number in sorted(few.items()))
        raise TrainingRefused(
            _("Too few texts of: %(kinds)s. Each kind needs at least %(least)s.")
            % {"kinds": listed, "least": LEAST_PER_CLASS}
        )


def _is_trainable(labels: Any) -> bool:
    counts = Counter(labels.tolist())
    return len(counts) > 1 and min(counts.values()) >= LEAST_PER_CLASS


def _matrix(rows: Sequence[dict[int, float]], column: dict[int, int]) -> Any:
    starts: list[int] = [0]
    columns: list[int] = []
    values: list[float] = []
    for row in rows:
        columns += [column[place] for place in row]
        values += row.values()
        starts.append(len(columns))
    shape = (len(rows), len(column))
    return csr_matrix((np.array(values, dtype=np.float32), np.array(columns), np.array(starts)), shape=shape)


def _idf(raw: Any) -> Any:
    seen_in = np.asarray((raw > 0).sum(axis=0)).ravel()
    return np.log((1 + raw.shape[0]) / (1 + seen_in)) + 1.0


def _weighted(raw: Any, cues: Any, idf: Any) -> Any:
    weighted = raw.multiply(idf[np.newaxis, :]).tocsr()
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    length[length == 0] = 1.0
    return (weighted.multiply(1.0 / length[:, np.newaxis]).tocsr() + cues).tocsr()


def _fit(head: str, matrix: Any, labels: Any, weights: Any) -> LogisticRegression:
    fitted = LogisticRegression(C=STRENGTH[head], class_weight="balanced", max_iter=400, tol=1e-3)
    return fitted.fit(matrix, labels, sample_weight=weights)


def _scores(fitted: LogisticRegression, matrix: Any) -> Any:
    scores = fitted.decision_function(matrix)
    return np.stack([-scores / 2, scores / 2], axis=1) if scores.ndim == 1 else scores


def _train_head(head: str, raw: Any, cues: Any, idf: Any, labels: Any, weights: Any) -> tuple[Head, dict[str, Any]]:
    """Out-of-fold scores for the figures and the calibration, then one fit on everything."""
    classes = sorted(set(labels.tolist()))
    scores = np.zeros((len(labels), len(classes)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=20260412)
    for learn, look in folds.split(raw, labels):
        part = _idf(raw[learn])
        fitted = _fit(head, _weighted(raw[learn], cues[learn], part), labels[learn], weights[learn])
        scores[look] = _scores(fitted, _weighted(raw[look], cues[look], part))
    temperature = calibrated(scores, np.array([classes.index(label) for label in labels]))
    fitted = _fit(head, _weighted(raw, cues, idf), labels, weights)
    coefficients, bias = fitted.coef_, fitted.intercept_
    if len(classes) == 2:  # one row for two classes; written as two, so that both kinds of head are read alike
        coefficients, bias = np.vstack([-coefficients / 2, coefficients / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    made = Head(tuple(classes), coefficients.astype(np.float32), bias.astype(np.float32), temperature)
    return made, figures(classes, labels, scores / temperature)


def calibrated(scores: Any, right: Any) -> float:
    """The temperature at which the shares of unseen texts are the most likely (golden section on its logarithm)."""

    def loss(logarithm: float) -> float:
        scaled = scores / math.exp(logarithm)
        shifted = scaled - scaled.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return float(-logs[np.arange(len(right)), right].mean())

    low, high = math.log(0.05), math.log(20.0)
    ratio = (math.sqrt(5) - 1) / 2
    for _step in range(60):
        one, two = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, two) if loss(one) < loss(two) else (one, high)
    return round(math.exp((low + high) / 2), 4)


def figures(classes: Sequence[str], labels: Any, scores: Any) -> dict[str, Any]:
    """Accuracy, macro-F1, F1 and number of each class, confusion (rows: right, columns: guessed), the curve of threshold,
    coverage and accuracy, and the mean distance between confidence and truth."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = shifted / shifted.sum(axis=1, keepdims=True)
    guessed = np.array(classes)[shares.argmax(axis=1)]
    sure = shares.max(axis=1)
    right = guessed == labels
    each = f1_score(labels, guessed, labels=list(classes), average=None, zero_division=0)
    numbers = Counter(labels.tolist())
    return {
        "texts": len(labels),
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(float(np.mean(each)), 4),
        "classes": [
            {"name": name, "f1": round(float(score), 4), "texts": numbers[name]}
            for name, score in zip(classes, each, strict=True)
        ],
        "confusion": confusion_matrix(labels, guessed, labels=list(classes)).tolist(),
        "curve": curve(sure, right),
        "calibration_error": _calibration_error(sure, right),
    }


def curve(sure: Any, right: Any) -> list[dict[str, float]]:
    """By threshold from 0 to 0.95: how many texts reach it, and how many of those are right."""
    found = []
    for step in range(20):
        reached = sure >= step * 0.05
        number = int(reached.sum())
        accuracy = float(right[reached].mean()) if number else 1.0
        found.append(
            {
                "threshold": round(step * 0.05, 2),
                "coverage": round(number / len(sure), 4),
                "accuracy": round(accuracy, 4),
            }
        )
    return found


def _calibration_error(sure: Any, right: Any) -> float:
    total = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (sure > low) & (sure <= low + 0.1)
        if inside.any():
            total += abs(float(sure[inside].mean()) - float(right[inside].mean())) * inside.mean()
    return round(float(total), 4)
