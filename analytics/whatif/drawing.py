"""The picture of a what-if: missed deadlines by day, now beside then; coordinates only, looks are the style sheet's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analytics.whatif.selectors import Line

WIDTH, HEIGHT = 960, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 10, 24


@dataclass(frozen=True)
class Picture:
    """Bars in a box of 960 × 220: `groups` with the two bars of each day, the lines of the scale, the days that are named."""

    groups: list[dict[str, Any]]
    scale: list[tuple[float, str]]
    names: list[tuple[float, str]]
    base: float


def picture_of(days: list[Line]) -> Picture | None:
    """The picture, None when nothing was missed on either side."""
    most = max((max(line.now.missed, line.then.missed) for line in days), default=0)
    if not most:
        return None
    top = _round_up(most)
    base = HEIGHT - _BOTTOM
    room = (WIDTH - _LEFT - _RIGHT) / len(days)
    bar = max(1.0, min(14.0, room * 0.36))

    def height(value: int) -> float:
        return round((base - _TOP) * value / top, 1)

    groups = []
    for nth, line in enumerate(days):
        middle = _LEFT + room * (nth + 0.5)
        groups.append(
            {
                "line": line,
                "width": round(bar, 1),
                "now": (
                    round(middle - bar - 0.75, 1),
                    round(base - height(line.now.missed), 1),
                    height(line.now.missed),
                ),
                "then": (round(middle + 0.75, 1), round(base - height(line.then.missed), 1), height(line.then.missed)),
            }
        )
    every = max(1, -(-len(days) // 8))
    names = [(round(_LEFT + room * (nth + 0.5), 1), line.label) for nth, line in enumerate(days) if nth % every == 0]
    scale = [(round(base - (base - _TOP) * part / 2, 1), _number(top * part / 2)) for part in (0, 1, 2)]
    return Picture(groups, scale, names, base)


def _round_up(value: int) -> int:
    """The next round number, so that the scale reads well."""
    size = 10 ** (len(str(value)) - 1)
    return next(step * size for step in (1, 2, 4, 5, 6, 8, 10) if step * size >= value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
