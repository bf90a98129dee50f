"""When a process that died is started again, and when not."""

from dataclasses import dataclass

FIRST_DELAY = 0.5
LONGEST_DELAY = 15.0
# A process that lives this long counts as healthy again.
HEALTHY_SECONDS = 30.0
MOST_FAILURES = 6


@dataclass
class Backoff:
    """How long to wait before the next start, and when to stop trying."""

    failures: int = 0

    def failed(self, lived_seconds: float) -> None:
        """Count a death after ``lived_seconds``; a long life forgives what came before it."""
        self.failures = 1 if lived_seconds >= HEALTHY_SECONDS else self.failures + 1

    @property
    def delay(self) -> float:
        """Seconds until the next start: 0.5, 1, 2 … 15."""
        return min(LONGEST_DELAY, FIRST_DELAY * 2 ** max(0, self.failures - 1))

    @property
    def exhausted(self) -> bool:
        """True after ``MOST_FAILURES`` deaths in a row."""
        return self.failures >= MOST_FAILURES
