"""Writing clocks and their ledger set-wise: one statement for the changed rows, one for the new, one for the lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, QuerySet

from tickets.sla.models import OPEN, Breach, BreachCause, Clock, ClockEvent, ClockStep

# What the ledger tells of a clock, with the type of each column.
COLUMNS = {
    "policy_version_id": "bigint",
    "target_id": "bigint",
    "state": "varchar",
    "generation": "smallint",
    "started_at": "timestamptz",
    "resumed_at": "timestamptz",
    "paused_at": "timestamptz",
    "spent_seconds": "bigint",
    "length_seconds": "bigint",
    "calendar_version": "uuid",
    "due_at": "timestamptz",
    "ended_at": "timestamptz",
    "breached_at": "timestamptz",
}
_WRITTEN = {**COLUMNS, "next_fire_at": "timestamptz", "warn_at": "timestamptz"}


def plain(value: Any) -> Any:
    """A column's value as the ledger keeps it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def row_of(clock: Clock) -> dict[str, Any]:
    """The clock's columns as the ledger keeps them."""
    return {name: plain(getattr(clock, name)) for name in COLUMNS}


def with_fired(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    """The clocks with the keys of the steps that have fired in their generation, as `fired_keys`."""
    fired = ClockStep.objects.filter(clock=OuterRef("pk"), generation=OuterRef("generation")).values("step")
    return clocks.annotate(fired_keys=ArraySubquery(fired))


def lock_clocks(ticket_ids: Iterable[int]) -> dict[int, list[Clock]]:
    """The open clocks of these tickets, locked in the order of their ids; the caller holds the tickets' locks."""
    found: dict[int, list[Clock]] = {}
    rows = with_fired(Clock.objects.filter(OPEN, ticket_id__in=list(ticket_ids))).order_by("pk")
    for clock in rows.select_for_update(no_key=True, of=("self",)):
        found.setdefault(clock.ticket_id, []).append(clock)
    return found


@dataclass
class Pen:
    """Collects what is to be written about clocks, so that any number of them costs the same statements."""

    now: datetime
    clocks: list[Clock] = field(default_factory=list)
    lines: list[tuple[Clock, str, dict[str, Any]]] = field(default_factory=list)
    steps: list[ClockStep] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    moved: list[tuple[int, int]] = field(default_factory=list)
    _known: dict[int, dict[str, Any]] = field(default_factory=dict)

    def take(self, clock: Clock) -> None:
        """Say that this clock may change from here on."""
        if id(clock) not in self._known:
            self._known[id(clock)] = {} if clock.pk is None else row_of(clock)
            self.clocks.append(clock)

    def say(self, clock: Clock, kind: str, **data: Any) -> None:
        """A line of the ledger that changes no column."""
        self.lines.append((clock, kind, data))

    def note(self, clock: Clock, kind: str, **data: Any) -> None:
        """A line of the ledger, with the columns that changed since the clock's last one."""
        before, after = self._known[id(clock)], row_of(clock)
        changed = {name: value for name, value in after.items() if name not in before or before[name] != value}
        self._known[id(clock)] = after
        self.lines.append((clock, kind, {**data, "row": changed} if changed else data))

    def fire(self, clock: Clock, step: str) -> None:
        """A step of the clock's ladder that fires now."""
        self.steps.append(ClockStep(clock=clock, generation=clock.generation, step=step, fired_at=self.now))

    def miss(self, clock: Clock) -> None:
        """The clock's deadline has passed: from now on it wants a reason."""
        assert clock.due_at is not None
        self.breaches.append(
            Breach(
                clock=clock,
                generation=clock.generation,
                ticket_id=clock.ticket_id,
                metric=clock.metric,
                due_at=clock.due_at,
            )
        )

    def forgive(self, clock: Clock) -> None:
        """The deadline that was missed lies ahead again: nobody has to say why."""
        self.moved.append((clock.pk, clock.generation))

    def write(self) -> None:
        """Carry it out: what ended first, so that a new round of the same promise finds its place free."""
        old = [clock for clock in self.clocks if clock.pk is not None]
        update_clocks(old)
        Clock.objects.bulk_create([clock for clock in self.clocks if clock.pk is None])
        ClockEvent.objects.bulk_create(
            ClockEvent(clock_id=clock.pk, at=self.now, kind=kind, data=data) for clock, kind, data in self.lines
        )
        if self.steps:
            ClockStep.objects.bulk_create(self.steps)
        if self.breaches:
            Breach.objects.bulk_create(self.breaches)
        self._forgive()

    def _forgive(self) -> None:
        for clock_id, generation in self.moved:
            missed = Breach.objects.filter(clock_id=clock_id, generation=generation, cause="")
            missed.update(cause=BreachCause.MOVED, explained_at=self.now)


def update_clocks(clocks: Sequence[Clock]) -> None:
    """Write the columns of locked clocks in one statement."""
    if not clocks:
        return
    names = list(_WRITTEN)
    sets = ", ".join(f"{name} = given.{name}" for name in names)
    arrays = ", ".join(f"%s::{kind}[]" for kind in _WRITTEN.values())
    values = [[_sql(getattr(clock, name)) for clock in clocks] for name in names]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE sla_clock c SET {sets}
                FROM unnest(%s::bigint[], {arrays}) AS given(id, {", ".join(names)}) WHERE c.id = given.id""",
            [[clock.pk for clock in clocks], *values],
        )


def _sql(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
