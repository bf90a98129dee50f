"""Small drawings that the server makes: sparklines, and dots on a scale; coordinates only, looks are the style sheet's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analytics.words import GOAL

SPARK = (72, 24)


def spark(values: Sequence[float | None]) -> dict[str, object]:
    """The parameters of a figure tile's sparkline; nothing for fewer than two values."""
    points = [(nth, value) for nth, value in enumerate(values) if value is not None]
    if len(points) < 2:
        return {}
    low, high = min(value for _nth, value in points), max(value for _nth, value in points)
    width, height = SPARK
    span, last = (high - low) or 1, max(1, len(values) - 1)

    def place(nth: int, value: float) -> tuple[float, float]:
        return round(nth / last * (width - 6) + 2, 1), round(height - 4 - (value - low) / span * (height - 8), 1)

    drawn = [place(*point) for point in points]
    text = " ".join(f"{x},{y}" for x, y in drawn)
    return {"spark": text, "spark_end_x": drawn[-1][0], "spark_end_y": drawn[-1][1]}


def smoothed(values: Sequence[tuple[int, int]], most: int = 14) -> list[float | None]:
    """(part, whole) of each day as shares of up to `most` stretches, so that a small desk's line is no sawtooth."""
    if not values:
        return []
    size = -(-len(values) // most)
    parts = [values[nth : nth + size] for nth in range(0, len(values), size)]
    sums = [(sum(part for part, _all in chunk), sum(all_ for _part, all_ in chunk)) for chunk in parts]
    return [100 * part / all_ if all_ else None for part, all_ in sums]


@dataclass(frozen=True)
class Scale:
    """A line from `low` to 100 per cent on which shares are dots; `width` in units of the drawing."""

    low: int
    width: int = 220

    @classmethod
    def over(cls, shares: Iterable[float | None], width: int = 220) -> Scale:
        least = min((value for value in shares if value is not None), default=100.0)
        return cls(int(max(0, min(85, least // 5 * 5))), width)

    def x(self, value: float) -> float:
        edge = 6
        inside = max(0.0, min(1.0, (value - self.low) / (100 - self.low)))
        return round(edge + inside * (self.width - 2 * edge), 1)

    @property
    def goal_x(self) -> float:
        return self.x(GOAL)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and words of the axis."""
        step = 5 if self.low >= 80 else 20 if self.low < 60 else 10
        values = range(self.low, 101, step)
        return [(self.x(value), f"{value} %" if value == 100 else str(value)) for value in values]

    def dot(self, value: float | None) -> dict[str, object]:
        """Where a share lies: its dot, the bar from the goal to it, and whether the goal is met."""
        if value is None:
            return {}
        at, goal = self.x(value), self.goal_x
        return {"x": at, "from": min(at, goal), "length": abs(at - goal), "is_met": value >= GOAL}
