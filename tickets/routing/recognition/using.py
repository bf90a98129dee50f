"""The model in use and how sure it must be: read once per process and version."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from tickets.routing.recognition.models import ModelState, TrainedModel

if TYPE_CHECKING:
    from tickets.routing.recognition.model import Model

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InUse:
    """`model` is None while there is none, or while the active one cannot be read (`is_broken`): then rules alone recognise."""

    model: Model | None
    threshold: float
    tone_threshold: float
    is_broken: bool = False


# The one model that this process holds (a few megabytes), and the ids of those that it could not read.
_loaded: dict[int, Model] = {}
_unreadable: set[int] = set()


def in_use() -> InUse:
    """One query; the weights only when the active model has changed since this process looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT active_id, threshold, tone_threshold FROM recognition_recognitionsetting WHERE id = 1")
        row = cursor.fetchone()
    if row is None:
        return InUse(None, 0.6, 0.6)
    active, threshold, tone_threshold = row
    model = _model(active)
    return InUse(model, float(threshold), float(tone_threshold), is_broken=model is None and active is not None)


def _model(pk: int | None) -> Model | None:
    if pk is None or pk in _unreadable:
        return None
    if pk not in _loaded:
        # NumPy and the Chinese words take forty megabytes: only processes that read texts load them
        from tickets.routing.recognition.model import Unreadable, load

        row = TrainedModel.objects.filter(pk=pk).first()
        if row is None:
            return None
        try:
            model = load(bytes(row.weights), row.sha256, number=row.number)
        except Unreadable as error:
            log.error("model %s cannot be read, rules alone recognise: %s", row.number, error)
            _unreadable.add(pk)
            TrainedModel.objects.filter(pk=pk).update(state=ModelState.BROKEN, reason=str(error)[:500])
            return None
        _loaded.clear()
        _loaded[pk] = model
    return _loaded[pk]
