"""What a what-if counts, as plain sums that batches add up: both sides, by metric, policy, team, channel and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.core.company import company_day
from tickets.sla.replay.books import Books
from tickets.sla.replay.running import BREACHED, MET, Promise

# Each sum: [met, missed, still open] now, then the same under the alternative.
NOW, THEN = 0, 3
BREAKDOWNS = ("metric", "policy", "team", "channel", "day")


@dataclass
class Tally:
    """The sums so far. `names` keeps what policies were called; `saved`, `lost` and `dropped` are tickets on which something
    would have been kept, missed, or not been promised any more; `agreed` of `recorded` deadlines that were missed in truth
    were found by the replay, which found `invented` more."""

    sums: dict[str, dict[str, list[int]]] = field(default_factory=lambda: {name: {} for name in BREAKDOWNS})
    names: dict[str, list[str]] = field(default_factory=dict)
    tickets: int = 0
    saved: int = 0
    lost: int = 0
    dropped: int = 0
    unknown: int = 0
    recorded: int = 0
    agreed: int = 0
    invented: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**known) if known else cls()

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def add(self, promises: Iterable[Promise], books: Books, side: int) -> None:
        """Count one ticket's promises on one side; a missed deadline that was moved ahead again counts by its new one."""
        for promise in promises:
            column = _column(promise)
            if column is None:
                continue
            policy = books.policies[promise.version_id]
            self.names[str(policy.id)] = [policy.name, policy.name_zh]
            keys = (promise.metric, policy.id, promise.team_id, promise.channel, company_day(promise.started_at))
            for name, key in zip(BREAKDOWNS, keys, strict=True):
                self.sums[name].setdefault(str(key), [0] * 6)[side + column] += 1

    def total(self) -> list[int]:
        """The six sums over everything."""
        return [sum(column) for column in zip(*self.sums["metric"].values(), strict=True)] or [0] * 6


def _column(promise: Promise) -> int | None:
    if promise.is_withdrawn:
        return None
    if promise.result == MET:
        return 0
    if promise.result == BREACHED:
        return 1
    return 2 if promise.result == "open" else None


@dataclass(frozen=True)
class Difference:
    """A metric of a ticket that was missed a different number of times."""

    metric: str
    missed_now: int
    missed_then: int
    due_now: datetime | None
    due_then: datetime | None

    @property
    def outcome(self) -> str:
        if self.missed_then > self.missed_now:
            return "lost"
        return "dropped" if self.due_then is None else "saved"


def differences(now: Sequence[Promise], then: Sequence[Promise]) -> list[Difference]:
    """The metrics on which the two sides differ."""
    missed = [Counter(promise.metric for promise in _missed(side)) for side in (now, then)]
    found = []
    for metric in sorted(set(missed[0]) | set(missed[1])):
        if missed[0][metric] != missed[1][metric]:
            due_now, due_then = _due(now, metric), _due(then, metric)
            found.append(Difference(metric, missed[0][metric], missed[1][metric], due_now, due_then))
    return found


def _missed(promises: Iterable[Promise]) -> list[Promise]:
    return [promise for promise in promises if promise.result == BREACHED and not promise.is_withdrawn]


def _due(promises: Iterable[Promise], metric: str) -> datetime | None:
    """The first missed deadline of the metric, else the first at all."""
    mine = [promise for promise in promises if promise.metric == metric and not promise.is_withdrawn]
    return next((promise.due_at for promise in [*_missed(mine), *mine] if promise.due_at is not None), None)


def compare_with_record(tally: Tally, missed: Sequence[Promise], recorded: Counter[tuple[str, datetime]]) -> None:
    """How many of the deadlines that were really missed the replay has found, by metric and moment."""
    found = Counter((promise.metric, promise.due_at) for promise in _missed(missed) if promise.due_at is not None)
    tally.recorded += recorded.total()
    tally.agreed += (found & recorded).total()
    tally.invented += (found - recorded).total()
