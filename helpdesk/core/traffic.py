"""Counting this process's requests for `/metrics`."""

from __future__ import annotations

import threading
from collections import defaultdict

# Upper bounds of the latency buckets in seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_lock = threading.Lock()
_requests: dict[tuple[str, str, int], int] = defaultdict(int)
_buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
_seconds: dict[str, float] = defaultdict(float)


def count_request(room: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request; `room` is the first part of its path, so that there are few of them."""
    place = next((nth for nth, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))
    with _lock:
        _requests[room, method, status] += 1
        _buckets[room][place] += 1
        _seconds[room] += seconds


def snapshot() -> tuple[dict[tuple[str, str, int], int], dict[str, list[int]], dict[str, float]]:
    """Requests by (room, method, status), and by room the latency buckets and the sum of seconds."""
    with _lock:
        return dict(_requests), {room: list(numbers) for room, numbers in _buckets.items()}, dict(_seconds)
