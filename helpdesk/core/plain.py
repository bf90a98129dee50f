"""Values of a stranger's JSON as the database and our own code take them, whatever was written between the braces."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core.errors import Invalid

MOST_DEPTH, MOST_VALUES, MOST_TEXT = 8, 5000, 20_000
_LARGEST = 2**63 - 1


def plain(value: Any, *, field: str) -> Any:
    """The same value with texts that can be stored: no NUL, no lone surrogates.

    `Invalid` (at `field`) for what JSON can say and nothing here can keep: numbers beyond a bigint or beyond what a float holds
    (`1e400` is read as infinity), texts, lists or nesting beyond any form of ours.
    """
    left = MOST_VALUES

    def clean(one: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if depth > MOST_DEPTH or left < 0:
            raise _unusable(field)
        if isinstance(one, dict):
            return {clean(name, depth + 1): clean(part, depth + 1) for name, part in one.items()}
        if isinstance(one, list):
            return [clean(part, depth + 1) for part in one]
        return _scalar(one, field)

    return clean(value, 0)


def _scalar(one: Any, field: str) -> Any:
    if isinstance(one, str):
        if len(one) > MOST_TEXT:
            raise _unusable(field)
        return storable(one)
    is_huge = isinstance(one, int) and abs(one) > _LARGEST
    if is_huge or (isinstance(one, float) and not math.isfinite(one)):
        raise _unusable(field)
    return one


def storable(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _unusable(field: str) -> Invalid:
    return Invalid(fields={field: _("There is a number, a text or a nesting in this that cannot be kept.")})
