"""Ids that callers give their messages: each caller's own, though the inbox keeps one of each per channel account."""

from __future__ import annotations

import hashlib

# Between the id as it was given and whose it is: the unit separator, which no id that people or systems write has.
_OWN = "\x1f"
_LONGEST = 250


def own_id(given: str, owner_id: int) -> str:
    """The id under which a caller's message is stored when somebody else's has the id that they gave. One that leaves no
    room for the owner ends in its digest instead, so that two long ids stay two."""
    ending = f"{_OWN}{owner_id}"
    if len(given) + len(ending) > _LONGEST:
        digest = hashlib.sha256(given.encode("utf-8", "replace")).hexdigest()
        given = f"{given[:100]}~{digest}"
    return f"{given}{ending}"


def as_given(stored: str) -> str:
    """The id as the caller gave it, or its beginning."""
    return stored.partition(_OWN)[0]
