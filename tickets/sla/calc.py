"""The arithmetic of clocks, pure: plain values and a calendar's working time in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.errors import NoWorkingHours, OutOfReach
from helpdesk.core.calendars.rules import Rules

BREACH = "breach"
WHOLE = Decimal(100)
_CHIP_WARNS = Decimal(75)
_AROUND_THE_CLOCK = WorkingTime(Rules("UTC", ((),) * 7, {}, True, 0))


@dataclass(frozen=True)
class Rung:
    """Something that happens once on a clock's way: at a share of its time, or so many working seconds after its end."""

    key: str
    share: Decimal | None = None
    after_seconds: int | None = None
    actions: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Rule:
    """A target as the clocks need it. `ladder` holds warnings, the breach and the escalation steps in their order."""

    id: int
    version_id: int
    metric: str
    calendar_id: int
    seconds: int | None
    working_days: int | None
    priorities: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    teams: frozenset[int] = frozenset()
    ladder: tuple[Rung, ...] = field(default=())

    @property
    def ends_at_closing(self) -> bool:
        return self.working_days is not None

    def fits(self, *, priority: str, kind: str, team: int) -> bool:
        return (
            (not self.priorities or priority in self.priorities)
            and (not self.kinds or kind in self.kinds)
            and (not self.teams or team in self.teams)
        )

    @property
    def warning(self) -> Rung | None:
        """The rung from which on a chip warns: the first warning at three quarters of the time or later, else the last."""
        warnings = [rung for rung in self.ladder if rung.key.startswith("warn-") and rung.share is not None]
        late = [rung for rung in warnings if rung.share is not None and rung.share >= _CHIP_WARNS]
        return late[0] if late else (warnings[-1] if warnings else None)


def ladder_of(
    warnings: Iterable[Decimal], steps: Iterable[tuple[Decimal | None, int | None, tuple[Any, ...]]]
) -> tuple[Rung, ...]:
    """Warnings, the breach, and steps given as (share, seconds after the breach, actions), in the order of time."""
    rungs = [Rung(f"warn-{share_text(share)}", share=share) for share in sorted(set(warnings))]
    rungs.append(Rung(BREACH, share=WHOLE))
    for share, after, actions in steps:
        rungs.append(Rung(f"after-{after}" if share is None else f"at-{share_text(share)}", share, after, actions))
    # at the same moment: the warning or breach first, then what follows from it
    return tuple(sorted(rungs, key=lambda rung: (rung.after_seconds or 0, rung.share or WHOLE + 1, bool(rung.actions))))


def share_text(share: Decimal) -> str:
    """`50`, `55.56`: without zeros at the end, the same however the number was written."""
    text = f"{Decimal(share):.2f}"
    return text.rstrip("0").rstrip(".")


def length_of(hours: WorkingTime, rule: Rule, start: datetime) -> int:
    """How many working seconds the target allows from `start`; for a target in days, as many as there are until then."""
    if rule.seconds is not None:
        return rule.seconds
    assert rule.working_days is not None
    return max(0, spent_between(hours, start, hours.closing_of_working_day(start, rule.working_days)))


def due_of(
    hours: WorkingTime, started_at: datetime, resumed_at: datetime, left: int, *, ends_at_closing: bool
) -> datetime:
    """When `left` working seconds from `resumed_at` are used up; for targets in days, the closing time of that day. Of a
    clock that is over its time it lies in the past, but never before its start."""
    due = _moment(hours, started_at, resumed_at, left)
    if not ends_at_closing or left <= 0:
        return due
    # a second earlier, since at the closing time itself the next one to come is tomorrow's
    return hours.closing_of_working_day(due - timedelta(seconds=1), 0)


def _moment(hours: WorkingTime, started_at: datetime, resumed_at: datetime, seconds: int) -> datetime:
    """So many working seconds after `resumed_at`, or before it; never before the clock's start, which time that was used on
    another calendar, or in an earlier round, would lead to."""
    if seconds < 0 and -seconds >= spent_between(hours, started_at, resumed_at):
        return started_at
    return max(started_at, hours.add(resumed_at, timedelta(seconds=seconds)))


def spent_between(hours: WorkingTime, start: datetime, end: datetime) -> int:
    """Working seconds from start to end, none when the end comes first."""
    return max(0, int(hours.between(start, end).total_seconds()))


def without(
    spans: Iterable[tuple[datetime, datetime]], waits: Iterable[tuple[datetime, datetime | None]]
) -> list[tuple[datetime, datetime]]:
    """The spans less the waits, both in their order. The last one reaches to the end of the spans, and is empty when a wait
    lasts until then."""
    kept = list(spans)
    until = kept[-1][1]
    for begin, end in waits:
        stop = end if end is not None and end < until else until
        cut: list[tuple[datetime, datetime]] = []
        for start, finish in kept:
            if stop <= start or begin >= finish:
                cut.append((start, finish))
                continue
            cut += [(start, begin)] if start < begin else []
            cut += [(stop, finish)] if stop < finish else []
        kept = cut
    return kept if kept and kept[-1][1] == until else [*kept, (until, until)]


def moments(
    hours: WorkingTime,
    ladder: Iterable[Rung],
    *,
    started_at: datetime,
    resumed_at: datetime,
    spent: int,
    due_at: datetime,
) -> list[tuple[datetime, Rung]]:
    """When each rung of a running clock is due, in their order. The breach is at the deadline itself."""
    total = spent + int(hours.between(resumed_at, due_at).total_seconds())
    found = []
    for rung in ladder:
        if rung.after_seconds is not None:
            moment = hours.add(due_at, timedelta(seconds=rung.after_seconds))
        elif rung.share is None or rung.share >= WHOLE:
            moment = due_at
        else:
            moment = min(due_at, _moment(hours, started_at, resumed_at, int(total * rung.share / WHOLE) - spent))
        found.append((moment, rung))
    return found


def within_reach(hours: WorkingTime, at: datetime, rule: Rule) -> WorkingTime:
    """The calendar's hours, or those around the clock where the target's time cannot be found in it: a mail is never
    refused, and no clock is missing, because too many days of a year were declared closed."""
    if hours.rules.is_24x7:
        return hours
    after = max((rung.after_seconds or 0 for rung in rule.ladder), default=0)
    try:
        hours.add(at, timedelta(seconds=(rule.seconds or 0) + after))
        hours.closing_of_working_day(at, (rule.working_days or 0) + 1)
    except (OutOfReach, NoWorkingHours):
        return _AROUND_THE_CLOCK
    return hours


def replay(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The clock's columns as its ledger tells them: each line's `row` over the ones before."""
    row: dict[str, Any] = {}
    for line in lines:
        row.update(line.get("row", {}))
    return row
