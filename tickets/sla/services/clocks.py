"""What clocks do when their ticket or their policy changes: start, pause, go on, be recomputed, be met or cancelled.

One question for verbs, recomputations and repairs: given the facts and the policies, which clocks should there be? The
caller holds the ticket's lock, then the clocks' (`lock_clocks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from helpdesk.core.calendars.calc import WorkingTime
from tickets.models import FINISHED
from tickets.sla.book import Book, CompiledPolicy, rules_by_id
from tickets.sla.calc import BREACH, Rule, Rung, due_of, length_of, moments, spent_between, within_reach, without
from tickets.sla.metrics import Facts, Metric, Reading, metrics
from tickets.sla.models import Clock, ClockEventKind, ClockState
from tickets.sla.selectors import unpaused_spans
from tickets.sla.services.telling import counted
from tickets.sla.services.writing import Pen

Key = tuple[str, str, int]
# The reason of a pause that lies in the record and not in the ticket's status.
WAITS = "waits"


@dataclass
class Settling:
    """Bringing the open clocks of one ticket in line with its facts. `why` says what a recomputation is due to."""

    facts: Facts
    clocks: Sequence[Clock]
    book: Book
    pen: Pen
    why: str
    # the clocks that are open when it is done
    open: list[Clock] = field(default_factory=list)

    def run(self) -> None:
        """Go through the metrics; the pen holds what must be written."""
        own = self.book.pick(self.facts)
        found = {(clock.metric, clock.subject_kind, clock.subject_id): clock for clock in self.clocks}
        running = {clock.metric for clock in self.clocks}
        for metric in self._measured():
            policy, rule = self.book.applying(metric, self.facts, own)
            if rule is None and metric.key not in running:
                continue  # nothing is promised, and nothing of it is open
            for reading in metric.read(self.facts):
                key = (metric.key, reading.subject_kind, reading.subject_id or self.facts.ticket_id)
                clock = found.pop(key, None)
                if clock is not None and self._ends(clock, metric, reading, rule):
                    clock = None
                if rule is None or policy is None:
                    continue
                if clock is not None:
                    self._keep(clock, rule, reading, pause=self._pause(metric, policy, reading))
                elif reading.is_open:
                    self._start(key, metric, policy, rule, reading)
        for clock in found.values():  # its record is gone, or the room that measured it
            self._cancel(clock, "not_needed")
        fresh = [clock for clock in self.pen.clocks if clock.pk is None and clock.ticket_id == self.facts.ticket_id]
        self.open = [clock for clock in (*self.clocks, *fresh) if clock.is_open]

    def _pause(self, metric: Metric, policy: CompiledPolicy, reading: Reading) -> str:
        """Why the clock stands still now, empty when it runs: the ticket's status, or the record waits."""
        if metric.pauses and self.facts.status_category in policy.pauses:
            return self.facts.status_category
        return WAITS if reading.is_waiting else ""

    # --- Ending ------------------------------------------------------------------------------------------------------
    def _ends(self, clock: Clock, metric: Metric, reading: Reading, rule: Rule | None) -> bool:
        """End the clock if it was met or is not needed any more; a repeating metric begins its next round instead."""
        met_at = reading.met_at
        if (
            met_at is not None
            and met_at >= clock.started_at
            and (not reading.is_open or reading.since > clock.started_at)
        ):
            if metric.repeats and reading.is_open and rule is not None:
                self._next_round(clock, met_at)
                return False
            self._meet(clock, met_at)
            return True
        if not reading.is_open or rule is None:
            self._cancel(clock, self._reason(clock, has_rule=rule is not None))
            return True
        return False

    def _reason(self, clock: Clock, *, has_rule: bool) -> str:
        facts = self.facts
        if facts.is_merged:
            return "merged"
        if facts.is_spam:
            return "spam"
        if facts.status_category in FINISHED:
            return "finished"
        if not has_rule:
            return "policy"
        return "with_bot" if not facts.is_with_people else "not_needed"

    def _close_segment(self, clock: Clock, at: datetime) -> None:
        """Count what the running segment used, and put a breach on record that no sweep has seen."""
        self.pen.take(clock)
        if clock.state != ClockState.RUNNING or clock.resumed_at is None:
            return
        self._note_breach(clock, at)
        clock.spent_seconds += spent_between(self._hours(clock), clock.resumed_at, at)
        clock.resumed_at = clock.next_fire_at = None

    def _note_breach(self, clock: Clock, at: datetime) -> None:
        if clock.due_at is None or clock.due_at > at or clock.breached_at is not None:
            return
        clock.breached_at = clock.due_at
        self.pen.note(
            clock,
            ClockEventKind.BREACHED,
            due=clock.due_at.isoformat(),
            is_late=True,
            counted=counted(clock, self.facts, clock.due_at),
        )
        self._fire(clock, BREACH)
        self.pen.miss(clock)

    def _fire(self, clock: Clock, step: str) -> None:
        if step not in _fired(clock):
            self.pen.fire(clock, step)
            clock.fired_keys = [*_fired(clock), step]  # type: ignore[attr-defined]

    def _meet(self, clock: Clock, at: datetime) -> None:
        self._close_segment(clock, at)
        self._end(clock, ClockState.MET, at)
        self.pen.note(
            clock,
            ClockEventKind.MET,
            spent=clock.spent_seconds,
            in_time=clock.breached_at is None,
            counted=counted(clock, self.facts, at),
        )

    def _cancel(self, clock: Clock, reason: str) -> None:
        at = self.pen.now
        self._close_segment(clock, at)
        self._end(clock, ClockState.CANCELLED, at)
        self.pen.note(clock, ClockEventKind.CANCELLED, reason=reason)

    def _end(self, clock: Clock, state: ClockState, at: datetime) -> None:
        clock.state, clock.ended_at = state, at
        clock.next_fire_at = clock.warn_at = clock.paused_at = None

    def _next_round(self, clock: Clock, at: datetime) -> None:
        """The same clock again from here: met, and started with a ladder of its own."""
        self._close_segment(clock, at)
        self.pen.note(
            clock,
            ClockEventKind.MET,
            spent=clock.spent_seconds,
            in_time=clock.breached_at is None,
            round=clock.generation,
            counted=counted(clock, self.facts, at),
        )
        rule = self._rule_of(clock)
        clock.generation += 1
        clock.fired_keys = []  # type: ignore[attr-defined]
        clock.breached_at = None
        clock.started_at, clock.spent_seconds = at, 0
        clock.length_seconds = length_of(self._reachable(rule, at), rule, at)
        self._run_from(clock, rule, at)
        self.pen.note(clock, ClockEventKind.STARTED)

    # --- Going on ----------------------------------------------------------------------------------------------------
    def _keep(self, clock: Clock, rule: Rule, reading: Reading, *, pause: str) -> None:
        """Recompute what no longer agrees with the policy, the calendar or the deadline that is given, then pause or go on."""
        now = self.pen.now
        is_given = reading.due_at is not None
        rule = self._bound(rule, reading)
        if not self._agrees(clock, rule) or (is_given and clock.length_seconds != rule.seconds):
            self._recompute(clock, rule)
        if pause and clock.state == ClockState.RUNNING:
            self._close_segment(clock, now)
            clock.state, clock.paused_at, clock.due_at, clock.warn_at = ClockState.PAUSED, now, None, None
            self.pen.note(clock, ClockEventKind.PAUSED, reason=pause, remaining=clock.remaining_seconds)
        elif not pause and clock.state == ClockState.PAUSED:
            self.pen.take(clock)
            left = clock.remaining_seconds
            self._run_from(clock, rule, now)
            self.pen.note(clock, ClockEventKind.RESUMED, remaining=left)

    def _bound(self, rule: Rule, reading: Reading) -> Rule:
        """The target with as much time as lies between the start and a deadline that is given; else as it is."""
        if reading.due_at is None:
            return rule
        hours = self._reachable(rule, reading.since)
        return replace(rule, seconds=spent_between(hours, reading.since, reading.due_at), working_days=None)

    def _agrees(self, clock: Clock, rule: Rule) -> bool:
        """Whether the clock's deadline was made by this target and calendar, and lies where one can."""
        return (
            clock.target_id == rule.id
            and clock.calendar_version == self.book.calendars[rule.calendar_id]
            and not is_impossible(clock, rule)
        )

    def _recompute(self, clock: Clock, rule: Rule) -> None:
        """A new deadline; the working time that was used stays used. Only a segment on the same calendar goes on."""
        now, pen = self.pen.now, self.pen
        pen.take(clock)
        old = self._rule_of(clock)
        before = (clock.due_at, clock.length_seconds)
        why = "repair" if is_impossible(clock, old) else self.why if old.id != rule.id else "calendar"
        ladder = clock.generation
        self._note_breach(clock, now)
        hours = self._reachable(rule, clock.started_at)
        if clock.resumed_at is not None and rule.calendar_id != old.calendar_id:
            clock.spent_seconds += spent_between(self._hours(clock), clock.resumed_at, now)
            clock.resumed_at = now
        is_other_length = (rule.seconds, rule.working_days) != (old.seconds, old.working_days)
        is_first_segment = clock.resumed_at == clock.started_at and clock.spent_seconds == 0
        if is_other_length or (rule.ends_at_closing and is_first_segment):
            clock.length_seconds = length_of(hours, rule, clock.started_at)
        clock.target_id, clock.policy_version_id = rule.id, rule.version_id
        clock.calendar_version = self.book.calendars[rule.calendar_id]
        if clock.resumed_at is not None:
            self._run_from(clock, rule, clock.resumed_at, is_again=True)
        pen.note(
            clock,
            ClockEventKind.RECOMPUTED,
            why=why,
            due=[moment.isoformat() if moment else None for moment in (before[0], clock.due_at)],
            length=[before[1], clock.length_seconds],
            spent=clock.spent_seconds,
            calendar=rule.calendar_id,
            **({"withdrawn": ladder} if clock.generation != ladder else {}),
        )

    def _run_from(self, clock: Clock, rule: Rule, at: datetime, *, is_again: bool = False) -> None:
        """Let the clock run from `at`; what is left of its length ends at its new deadline."""
        hours = self._reachable(rule, at)
        left = clock.length_seconds - clock.spent_seconds
        clock.state, clock.paused_at, clock.resumed_at = ClockState.RUNNING, None, at
        clock.due_at = due_of(hours, clock.started_at, at, left, ends_at_closing=rule.ends_at_closing)
        if is_again and clock.breached_at is not None and clock.due_at > self.pen.now:
            # a deadline that lies ahead again is a new one, with a ladder of its own
            self.pen.forgive(clock)
            clock.generation += 1
            clock.fired_keys = []  # type: ignore[attr-defined]
            clock.breached_at = None
        clock.next_fire_at, clock.warn_at = next_moments(clock, rule, hours)

    # --- Starting ----------------------------------------------------------------------------------------------------
    def _start(self, key: Key, metric: Metric, policy: CompiledPolicy, rule: Rule, reading: Reading) -> None:
        """A new clock. One that starts in the past counts what has been used since then, without the pauses."""
        now, since = self.pen.now, reading.since
        rule = self._bound(rule, reading)
        hours = self._reachable(rule, since)
        clock = Clock(
            ticket_id=self.facts.ticket_id,
            subject_kind=key[1],
            subject_id=key[2],
            metric=metric.key,
            policy_version_id=policy.version_id,
            target_id=rule.id,
            started_at=since,
            length_seconds=length_of(hours, rule, since),
            calendar_version=self.book.calendars[rule.calendar_id],
        )
        self.pen.take(clock)
        clock.spent_seconds = self._carried(key) if metric.carries(self.facts) else 0
        resumed_at = since
        if (metric.pauses or reading.waits) and since < now:
            spans = self._unpaused(since, now, policy) if metric.pauses else [(since, now)]
            *closed, last = without(spans, reading.waits)
            clock.spent_seconds += sum(spent_between(hours, start, end) for start, end in closed)
            resumed_at = last[0]
        self.pen.say(clock, ClockEventKind.APPLIED, policy=policy.id, target=rule.id, calendar=rule.calendar_id)
        if pause := self._pause(metric, policy, reading):
            clock.spent_seconds += spent_between(hours, resumed_at, now) if resumed_at < now else 0
            clock.state, clock.paused_at = ClockState.PAUSED, now
            self.pen.note(clock, ClockEventKind.STARTED)
            self.pen.note(clock, ClockEventKind.PAUSED, reason=pause, remaining=clock.remaining_seconds)
            return
        self._run_from(clock, rule, resumed_at)
        self.pen.note(clock, ClockEventKind.STARTED)

    def _carried(self, key: Key) -> int:
        """The time that the last clock of this promise had used when it was met."""
        metric, subject_kind, subject_id = key
        met = Clock.objects.filter(
            ticket_id=self.facts.ticket_id,
            metric=metric,
            subject_kind=subject_kind,
            subject_id=subject_id,
            state=ClockState.MET,
        )
        return met.order_by("-pk").values_list("spent_seconds", flat=True).first() or 0

    # --- What is read besides the facts; a replay of the past reads it from the past -----------------------------------
    def _measured(self) -> Iterable[Metric]:
        return metrics.values()

    def _rule_of(self, clock: Clock) -> Rule:
        """The target that made the clock's deadline, also one that counts no more."""
        return rules_by_id([clock.target_id])[clock.target_id]

    def _unpaused(self, since: datetime, until: datetime, policy: CompiledPolicy) -> list[tuple[datetime, datetime]]:
        return unpaused_spans(self.facts.ticket_id, since, until, policy.pauses)

    # --- Hours -------------------------------------------------------------------------------------------------------
    def _hours(self, clock: Clock) -> WorkingTime:
        rule = self._rule_of(clock)
        return self._reachable(rule, clock.started_at)

    def _reachable(self, rule: Rule, at: datetime) -> WorkingTime:
        return within_reach(self.book.hours(rule.calendar_id), at, rule)


def is_impossible(clock: Clock, rule: Rule) -> bool:
    """Whether an open clock stands as none can: due before its start, where earlier releases left some, or running to a
    deadline that nothing would notice (a rule without any rung is a replay's, in which nothing rings)."""
    if clock.due_at is not None and clock.due_at < clock.started_at:
        return True
    is_silent = clock.breached_at is None and clock.next_fire_at is None
    return clock.state == ClockState.RUNNING and is_silent and bool(rule.ladder)


def _fired(clock: Clock) -> list[str]:
    return getattr(clock, "fired_keys", [])


def next_moments(clock: Clock, rule: Rule, hours: WorkingTime) -> tuple[datetime | None, datetime | None]:
    """When the next rung of a running clock's ladder is due (None when all have fired), and since when its chip warns."""
    fired, warning = set(_fired(clock)), rule.warning
    rungs = rungs_of(clock, rule, hours)
    following = min((moment for moment, rung in rungs if rung.key not in fired), default=None)
    return following, next((moment for moment, rung in rungs if rung is warning), None)


def rungs_of(clock: Clock, rule: Rule, hours: WorkingTime) -> list[tuple[datetime, Rung]]:
    """When each rung of a running clock's ladder is due."""
    assert clock.resumed_at is not None
    assert clock.due_at is not None
    return moments(
        hours,
        rule.ladder,
        started_at=clock.started_at,
        resumed_at=clock.resumed_at,
        spent=clock.spent_seconds,
        due_at=clock.due_at,
    )
