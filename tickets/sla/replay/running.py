"""Running the clocks over a past: the code that settles real clocks, with a pen that only remembers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tickets.sla.book import CompiledPolicy
from tickets.sla.calc import Rule
from tickets.sla.metrics import SHIPPED, Facts, Metric
from tickets.sla.models import Clock, ClockEventKind, ClockState
from tickets.sla.replay.books import Books
from tickets.sla.replay.timeline import Past, Step, status_moves, steps_of
from tickets.sla.selectors import unpaused_between
from tickets.sla.services.clocks import Key, Settling

MET, BREACHED, OPEN, CANCELLED = "met", "breached", "open", "cancelled"


@dataclass
class Promise:
    """One deadline of one ticket and how it ended: `met` in time, `breached` (answered late or not at all), still `open`, or
    `cancelled` because it was not needed any more. `is_withdrawn`: breached, but the deadline was moved ahead again."""

    metric: str
    version_id: int
    target_id: int
    started_at: datetime
    team_id: int
    channel: str
    result: str = OPEN
    due_at: datetime | None = None
    ended_at: datetime | None = None
    is_paused: bool = False
    is_withdrawn: bool = False


@dataclass
class ReplayPen:
    """Has the pen's methods and writes nothing down but how promises end."""

    now: datetime
    clocks: list[Clock] = field(default_factory=list)
    ended: list[tuple[Clock, str, datetime]] = field(default_factory=list)
    forgiven: list[Clock] = field(default_factory=list)
    rounds: list[tuple[Clock, bool]] = field(default_factory=list)
    _taken: set[int] = field(default_factory=set)

    def take(self, clock: Clock) -> None:
        if id(clock) not in self._taken:
            self._taken.add(id(clock))
            self.clocks.append(clock)

    def say(self, clock: Clock, kind: str, **data: Any) -> None:
        """A line that changes nothing."""

    def note(self, clock: Clock, kind: str, **data: Any) -> None:
        if kind == ClockEventKind.MET and "round" in data:
            self.rounds.append((clock, bool(data["in_time"])))

    def fire(self, clock: Clock, step: str) -> None:
        """No step is taken in a replay."""

    def miss(self, clock: Clock) -> None:
        """Nobody is asked for a reason."""

    def forgive(self, clock: Clock) -> None:
        self.forgiven.append(clock)


class ReplaySettling(Settling):
    """Settling on a past: its rules, its pauses and what its clocks have used come from the replay."""

    def __init__(self, run: Run, facts: Facts, clocks: Sequence[Clock], pen: ReplayPen) -> None:
        super().__init__(facts, clocks, run.books.at(pen.now), pen, "policy")  # type: ignore[arg-type]
        self.replay = run

    def _measured(self) -> Iterable[Metric]:
        return SHIPPED

    def _rule_of(self, clock: Clock) -> Rule:
        return self.replay.books.rules[clock.target_id]

    def _unpaused(self, since: datetime, until: datetime, policy: CompiledPolicy) -> list[tuple[datetime, datetime]]:
        moves = [move for move in self.replay.moves if since < move[0] <= until]
        return unpaused_between(moves, since, until, policy.pauses)

    def _carried(self, key: Key) -> int:
        return self.replay.used.get(key[0], 0)


class Run:
    """One ticket under one set of books."""

    def __init__(self, past: Past, books: Books, steps: Sequence[Step] | None = None) -> None:
        self.past, self.books = past, books
        self.steps = steps_of(past) if steps is None else steps
        self.moves = status_moves(past)
        self.used: dict[str, int] = {}
        self.promises: list[Promise] = []
        self._open: list[Clock] = []
        self._current: dict[int, Promise] = {}
        self._numbers = 0

    def until(self, end: datetime) -> list[Promise]:
        """What became of each promise by `end`."""
        facts: Facts | None = None
        for at, facts in self._marks(end):
            self._breach(at)
            self._settle(at, facts)
        if facts is not None:
            self._breach(end)
        return self.promises

    def _marks(self, end: datetime) -> list[tuple[datetime, Facts]]:
        """The moments at which the facts or the policies changed, with the facts then; the same facts twice say nothing."""
        marks: list[tuple[datetime, Facts]] = []
        turns = set(self.books.turned_between(self.steps[0].at, end)) if self.steps else set()
        for nth, step in enumerate(self.steps):
            if step.at > end:
                break
            if not marks or step.facts != marks[-1][1] or step.at in turns:
                marks.append((step.at, step.facts))
            following = self.steps[nth + 1].at if nth + 1 < len(self.steps) else None
            turned = self.books.turned_between(step.at, min(following or end, end))
            marks += [(at, step.facts) for at in turned if following is None or at < following]
        return marks

    def _breach(self, at: datetime) -> None:
        """What the sweep does every second: a deadline that has passed is a breach, from its own moment on."""
        for clock in self._open:
            if clock.state == ClockState.RUNNING and clock.breached_at is None and clock.due_at and clock.due_at <= at:
                clock.breached_at = clock.due_at
                promise = self._current[clock.pk]
                promise.result, promise.due_at = BREACHED, clock.due_at

    def _settle(self, at: datetime, facts: Facts) -> None:
        pen = ReplayPen(at)
        before = {clock.pk: (clock.generation, clock.state) for clock in self._open}
        settling = ReplaySettling(self, facts, self._open, pen)
        settling.run()
        in_time = {id(clock): in_time for clock, in_time in pen.rounds}
        forgiven = {id(clock) for clock in pen.forgiven}
        for clock in pen.clocks:
            if clock.pk is None:
                self._numbers += 1
                clock.pk = self._numbers
                self._begin(clock, facts)
            elif id(clock) in in_time:
                self._end(clock, MET if in_time[id(clock)] else BREACHED, clock.started_at)
                self._begin(clock, facts)
            elif id(clock) in forgiven and before[clock.pk][0] != clock.generation:
                self._current[clock.pk].is_withdrawn = True
                self._begin(clock, facts)
            self._follow(clock, facts)
        self._open = [clock for clock in settling.open if clock.is_open]

    def _begin(self, clock: Clock, facts: Facts) -> None:
        promise = Promise(
            clock.metric, clock.policy_version_id, clock.target_id, clock.started_at, facts.team_id, facts.channel_kind
        )
        self._current[clock.pk] = promise
        self.promises.append(promise)

    def _follow(self, clock: Clock, facts: Facts) -> None:
        """Bring the promise up to date with its clock."""
        promise = self._current[clock.pk]
        promise.version_id, promise.target_id = clock.policy_version_id, clock.target_id
        if clock.breached_at is not None:
            promise.result, promise.due_at = BREACHED, clock.breached_at
        elif clock.due_at is not None:
            promise.due_at = clock.due_at
        promise.is_paused = clock.state == ClockState.PAUSED
        if clock.state == ClockState.MET:
            self._end(clock, BREACHED if clock.breached_at is not None else MET, clock.ended_at)
            self.used[clock.metric] = clock.spent_seconds
        elif clock.state == ClockState.CANCELLED:
            self._end(clock, BREACHED if clock.breached_at is not None else CANCELLED, clock.ended_at)
        elif promise.result != BREACHED:
            promise.team_id = facts.team_id

    def _end(self, clock: Clock, result: str, at: datetime | None) -> None:
        promise = self._current[clock.pk]
        promise.result, promise.ended_at = result, at


def replay(past: Past, books: Books, until: datetime) -> list[Promise]:
    """What became of each promise of the ticket by `until` under these books."""
    return Run(past, books).until(until)
