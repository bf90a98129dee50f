"""How busy this web process is, in two figures: how long pushes are gathered, and how long desks should wait to fetch."""

from __future__ import annotations

from dataclasses import dataclass

# The first push of a quiet socket goes at once; what follows is gathered this long. The goal for push (p99 ≤ 300 ms under
# load) leaves no more; a busy process gathers up to half a second.
GATHER_SECONDS = 0.12
GATHER_SECONDS_MOST = 0.5
# A desk fetches changed rows at most this often, however quiet the server is.
WAIT_SECONDS = 2.0
WAIT_SECONDS_MOST = 30.0
# Fetches a second that one web process can well answer beside its other pages.
FETCHES_PER_SECOND = 20.0
FRAMES_PER_SECOND = 2000.0
# A loop that is late by this much is as busy as one at its budget again.
LAG_SECONDS = 0.1
_SMOOTHING = 0.3


@dataclass
class Load:
    """Smoothed rates of one process; `tick` is called about once a second."""

    frames_per_second: float = 0.0
    wakes_per_second: float = 0.0
    lag_seconds: float = 0.0
    _frames: int = 0
    _wakes: int = 0

    def sent(self, *, is_wake: bool) -> None:
        """A frame went to a socket; a wake makes its desk fetch (counted at most once per socket and shortest wait)."""
        self._frames += 1
        self._wakes += is_wake

    def tick(self, seconds: float, *, lag: float) -> None:
        """Close the last `seconds`; `lag` is by how much the loop was late, in seconds."""
        self.frames_per_second += _SMOOTHING * (self._frames / seconds - self.frames_per_second)
        self.wakes_per_second += _SMOOTHING * (self._wakes / seconds - self.wakes_per_second)
        self.lag_seconds += _SMOOTHING * (max(0.0, lag) - self.lag_seconds)
        self._frames = self._wakes = 0

    @property
    def strain(self) -> float:
        return 1 + self.lag_seconds / LAG_SECONDS

    @property
    def gather_seconds(self) -> float:
        """How long a socket gathers after a frame."""
        busy = max(1.0, self.frames_per_second / FRAMES_PER_SECOND) * self.strain
        return min(GATHER_SECONDS_MOST, GATHER_SECONDS * busy)

    @property
    def wait_seconds(self) -> float:
        """The least time between two fetches of a desk: sockets times push rate over what the process can answer."""
        busy = max(1.0, self.wakes_per_second / FETCHES_PER_SECOND) * self.strain
        return round(min(WAIT_SECONDS_MOST, WAIT_SECONDS * busy), 1)
