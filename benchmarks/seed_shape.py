"""What a seeded database of N tickets looks like: made the same way wherever it is asked for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import texts

CHUNK = 2000
SEED = 20
LONG = 40  # tickets with LONG_MESSAGES messages, for the ticket page
LONG_MESSAGES = 20


@dataclass(frozen=True)
class Shape:
    """What a size consists of; written beside the data, so that a directory of another shape is not taken for it."""

    tickets: int
    messages_per_ticket: float
    version: int = 3

    @property
    def customers(self) -> int:
        return max(200, self.tickets // 3)


def shape_of(tickets: int) -> Shape:
    """Four messages a ticket up to 20,000 tickets, two up to 200,000, one above (disk and minutes, not method)."""
    return Shape(tickets, 4 if tickets <= 20_000 else 2 if tickets <= 200_000 else 1)


@dataclass(frozen=True)
class Part:
    """Consecutive tickets for one process, with the first ids of their messages and events."""

    first: int
    count: int
    first_message: int
    first_event: int


@dataclass(frozen=True)
class Sketch:
    """A ticket's size and state; made the same way wherever it is asked for."""

    status: str
    messages: int

    @property
    def events(self) -> int:
        return 1 + self.messages + (self.status in {"solved", "closed"})


def sketches(shape: Shape, first: int, count: int) -> Iterator[Sketch]:
    """Status and number of messages of consecutive tickets."""
    rng = random.Random(f"{SEED}:{shape.tickets}:{first}")
    per = shape.messages_per_ticket
    choices = [1, 2, 3, 5, 8] if per >= 2 else [1]
    weights = [30, 28, 20, 14, 8] if per >= 3 else [46, 30, 14, 8, 2]
    scale = per / (sum(c * w for c, w in zip(choices, weights, strict=False)) / sum(weights[: len(choices)]))
    for number in range(first, first + count):
        age = 1 - number / shape.tickets
        unfinished = rng.random() < (0.75 if age < 0.05 else 0.003)
        if unfinished:
            status = rng.choices(["new", "open", "pending", "on_hold"], [30, 40, 24, 6])[0]
        else:
            status = "solved" if age < 0.012 else "closed"
        wanted = rng.choices(choices, weights[: len(choices)])[0] * (scale if per >= 2 else 1)
        messages = max(1, int(wanted + rng.random()))
        if is_long(shape, number):
            status, messages = "open", LONG_MESSAGES
        yield Sketch(status, messages)


def long_tickets(shape: Shape) -> list[int]:
    """Ids of the tickets with a long conversation."""
    step = max(1, shape.tickets // 40 // LONG)
    return [shape.tickets - 5 - nth * step for nth in range(LONG) if shape.tickets - 5 - nth * step > 0]


def is_long(shape: Shape, number: int) -> bool:
    step = max(1, shape.tickets // 40 // LONG)
    return 0 <= shape.tickets - 5 - number < LONG * step and (shape.tickets - 5 - number) % step == 0


def rare_tickets(shape: Shape) -> set[int]:
    """Ids of the tickets with the rare words, spread over the whole time."""
    return {shape.tickets * (2 * nth + 1) // (2 * texts.RARE_TICKETS) for nth in range(texts.RARE_TICKETS)}


def plan(shape: Shape) -> list[Part]:
    """The parts with their first ids."""
    parts, message, event = [], 1, 1
    for first in range(1, shape.tickets + 1, CHUNK):
        count = min(CHUNK, shape.tickets - first + 1)
        parts.append(Part(first, count, message, event))
        for sketch in sketches(shape, first, count):
            message, event = message + sketch.messages, event + sketch.events
    return parts
