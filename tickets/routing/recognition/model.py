"""A trained model: hashed places with their weights. Reading a text needs NumPy alone, no scikit-learn."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tickets.routing.recognition.features import SIZE, counts_of

FORMAT = 1
Floats = npt.NDArray[np.float32]


class Unreadable(ValueError):
    """The stored weights are no model of this format."""


@dataclass(frozen=True)
class Head:
    """One question that the model answers. `temperature` above 1 makes it less sure than its weights are."""

    classes: tuple[str, ...]
    weights: Floats  # classes × places
    bias: Floats
    temperature: float = 1.0

    def shares(self, scores: Floats) -> Floats:
        """Calibrated shares of the classes, summing to 1."""
        scaled = scores / self.temperature
        raised = np.exp(scaled - scaled.max())
        return np.asarray(raised / raised.sum(), dtype=np.float32)


@dataclass(frozen=True)
class Reading:
    """What the model makes of a text: each head's classes with their shares, best first."""

    heads: Mapping[str, list[tuple[str, float]]]

    def best(self, head: str) -> tuple[str, float]:
        """The likeliest class; ("", 0) from a head that the model does not have."""
        return self.heads[head][0] if self.heads.get(head) else ("", 0.0)


@dataclass(frozen=True)
class Model:
    """`places` are the sorted hashes that the model knows, `idf` their weights by rarity."""

    places: npt.NDArray[np.int32]
    idf: Floats
    heads: dict[str, Head]
    number: int = 0
    _found: dict[int, int] = field(default_factory=dict, compare=False, repr=False)

    def read(self, text: str) -> Reading:
        """Classify one text."""
        columns, values = self._vector(text)
        heads = {}
        for name, head in self.heads.items():
            scores = head.weights[:, columns].astype(np.float32) @ values + head.bias
            shares = head.shares(scores)
            order = np.argsort(-shares)
            heads[name] = [(head.classes[nth], round(float(shares[nth]), 4)) for nth in order]
        return Reading(heads)

    def _vector(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        counts, cues = counts_of(text)
        columns, values = self._known(counts)
        weighted = values * self.idf[columns]
        length = float(np.sqrt((weighted**2).sum())) or 1.0
        cue_columns, cue_values = self._known(cues)
        return np.concatenate([columns, cue_columns]), np.concatenate([weighted / length, cue_values])

    def _known(self, found: Mapping[int, float]) -> tuple[npt.NDArray[np.int64], Floats]:
        places = np.fromiter(found.keys(), dtype=np.int32, count=len(found))
        values = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        if not len(self.places):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        at = np.searchsorted(self.places, places).clip(max=len(self.places) - 1)
        known = self.places[at] == places
        return at[known].astype(np.int64), values[known]


def dump(model: Model) -> tuple[bytes, str]:
    """(bytes of an npz file without pickle, their SHA-256)."""
    about = {
        "format": FORMAT,
        "size": SIZE,
        "heads": {
            name: {"classes": list(head.classes), "temperature": head.temperature} for name, head in model.heads.items()
        },
    }
    arrays: dict[str, Any] = {"places": model.places, "idf": model.idf.astype(np.float16)}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    for name, head in model.heads.items():
        arrays[f"weights_{name}"] = head.weights.astype(np.float16)
        arrays[f"bias_{name}"] = head.bias.astype(np.float32)
    target = io.BytesIO()
    np.savez_compressed(target, **arrays)
    data = target.getvalue()
    return data, hashlib.sha256(data).hexdigest()


def load(data: bytes, sha256: str, *, number: int = 0) -> Model:
    """The model in these bytes; `Unreadable` when they are damaged, foreign or of another format."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Unreadable("the checksum does not fit")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return _assembled({name: arrays[name] for name in arrays.files}, number)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"the file cannot be read: {error}") from error


def _assembled(arrays: Mapping[str, npt.NDArray[Any]], number: int) -> Model:
    about = json.loads(bytes(arrays["about"]).decode())
    if about.get("format") != FORMAT or about.get("size") != SIZE:
        raise Unreadable("the file is of another format")
    places = arrays["places"].astype(np.int32)
    idf = arrays["idf"].astype(np.float32)
    heads = {}
    for name, known in about["heads"].items():
        weights = arrays[f"weights_{name}"]
        bias = arrays[f"bias_{name}"].astype(np.float32)
        if weights.shape != (len(known["classes"]), len(places)) or not np.isfinite(weights).all():
            raise Unreadable(f"the weights of {name} do not fit")
        heads[name] = Head(tuple(known["classes"]), weights, bias, float(known["temperature"]))
    if len(idf) != len(places):
        raise Unreadable("the terms do not fit")
    return Model(places, idf, heads, number)
