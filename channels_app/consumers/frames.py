"""What a page may say over its WebSocket, read without believing any of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

MOST_BYTES = 8 * 1024
MOST_ID = 2**63 - 1


class NotAFrame(Exception):
    """The text is no frame of ours."""


@dataclass(frozen=True)
class Frame:
    """One frame of a page. `resume` is a position, `viewing` a ticket's id; `has_viewing` tells None from not said.

    `floor` says whether the page shows people and queues as they are now; None when it says nothing of it.
    """

    resume: int | None = None
    viewing: int | None = None
    has_viewing: bool = False
    typing: bool = False
    floor: bool | None = None


def read(text: str | None) -> Frame:
    """The frame; names that we do not know are left alone. `NotAFrame` for anything that no page of ours sends."""
    if text is None or len(text) > MOST_BYTES or len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise NotAFrame
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAFrame from None
    if not isinstance(data, dict):
        raise NotAFrame
    typing = data.get("typing", False)
    floor = data.get("floor")
    if not isinstance(typing, bool) or not isinstance(floor, bool | None):
        raise NotAFrame
    return Frame(_number(data.get("resume")), _number(data.get("viewing")), "viewing" in data, typing, floor)


def _number(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_ID:
        raise NotAFrame
    return value


@dataclass
class Allowance:
    """A bucket of tokens: `burst` frames at once, `per_second` after that; and a short patience with garbage."""

    burst: float = 30
    per_second: float = 4
    patience: int = 8
    _tokens: float = field(init=False)
    _at: float = field(init=False)
    _over: int = 0
    _garbage: int = 0

    def __post_init__(self) -> None:
        self._tokens, self._at = self.burst, time.monotonic()

    def take(self) -> bool:
        """Whether this frame may be read; refused ones are counted."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return True
        self._over += 1
        return False

    def spoil(self) -> None:
        """Count a frame that was garbage."""
        self._garbage += 1

    @property
    def is_flooded(self) -> bool:
        return self._over > 10 * self.burst

    @property
    def is_spoilt(self) -> bool:
        return self._garbage >= self.patience
