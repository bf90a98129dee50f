"""Keeping outcomes and their totals: what a clock's lines or events say, each outcome counted once.

The new state of an outcome is compared with the one that is kept, and the totals get the difference. So a line that
is heard twice changes nothing, and making everything anew from the ledger ends with the same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from analytics.calc import Histogram, bucket_of
from analytics.models import Outcome, OutcomeTotal
from analytics.scopes import cells_of
from helpdesk.core.company import company_day
from tickets.sla.models import PolicyVersion

# Held by whoever changes outcomes or totals, for as long as one batch takes.
TOTALS_LOCK = 715_031

Key = tuple[int, int]
Cell = tuple[date, str, str, str, int]
_FIELDS = [
    "ticket_id", "metric", "policy_id", "version_id", "target_id", "team_id", "owner_id", "account_id", "channel", "kind",
    "level", "decided_at", "day", "is_met", "used_seconds",
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What one line says of a deadline: `met` (in time or late), `breached`, or `withdrawn`. `counted` is what
    `tickets.sla.services.telling` put into it; a withdrawal has none."""

    clock_id: int
    ticket_id: int
    metric: str
    kind: str
    generation: int
    is_late: bool = False
    counted: Mapping[str, Any] = field(default_factory=dict)


def lock_totals() -> None:
    """Wait until nobody else changes outcomes or totals; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TOTALS_LOCK])


@transaction.atomic
def take_in(lines: Sequence[Said]) -> int:
    """Bring outcomes and totals in line with what was said, in this order; returns how many outcomes changed."""
    if not lines:
        return 0
    lock_totals()
    kept = _kept({(said.clock_id, said.generation) for said in lines})
    policies = policies_of({said.counted["version"] for said in lines if said.counted})
    wanted: dict[Key, Outcome | None] = dict(kept)
    for said in lines:
        key = (said.clock_id, said.generation)
        wanted[key] = next_outcome(wanted.get(key), said, policies)
    return put(kept, wanted)


def _kept(keys: Iterable[Key]) -> dict[Key, Outcome]:
    pairs = sorted(keys)
    rows = Outcome.objects.filter(clock_id__in={pair[0] for pair in pairs})
    return {key: row for row in rows if (key := (row.clock_id, row.generation)) in set(pairs)}


def policies_of(version_ids: set[int]) -> dict[int, int]:
    """The policy of each version."""
    return dict(PolicyVersion.objects.filter(pk__in=version_ids).values_list("pk", "policy_id"))


def next_outcome(now: Outcome | None, said: Said, policies: Mapping[int, int]) -> Outcome | None:
    """The outcome after this line."""
    if said.kind == "withdrawn":
        return None
    fresh = _outcome(said, policies)
    if said.kind == "met" and said.is_late:
        # the breach stays where it was counted; only now is it known how long it took
        fresh.used_seconds = int(said.counted["spent"])
        if now is not None:
            fresh = _copy(now)
            fresh.used_seconds = int(said.counted["spent"])
        return fresh
    if said.kind == "breached" and now is not None and not now.is_met:
        fresh.used_seconds = now.used_seconds
    return fresh


def _copy(row: Outcome) -> Outcome:
    return Outcome(
        pk=row.pk, clock_id=row.clock_id, generation=row.generation, **{name: getattr(row, name) for name in _FIELDS}
    )


def _outcome(said: Said, policies: Mapping[int, int]) -> Outcome:
    of = said.counted
    decided_at = datetime.fromisoformat(of["at"])
    is_met = said.kind == "met" and not said.is_late
    return Outcome(
        clock_id=said.clock_id,
        generation=said.generation,
        ticket_id=said.ticket_id,
        metric=said.metric,
        policy_id=policies[of["version"]],
        version_id=of["version"],
        target_id=of["target"],
        team_id=of["team"],
        owner_id=of["owner"],
        account_id=of["account"],
        channel=of["channel"],
        kind=of["kind"],
        level=of["level"],
        decided_at=decided_at,
        day=company_day(decided_at),
        is_met=is_met,
        used_seconds=int(of["spent"]) if is_met else None,
    )


def _same(one: Outcome, other: Outcome) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _FIELDS)


def put(kept: Mapping[Key, Outcome], wanted: Mapping[Key, Outcome | None]) -> int:
    """Write what differs, and its difference to the totals; the caller holds the lock. Returns how many outcomes differ."""
    totals = Totals()
    gone: list[int] = []
    written: list[Outcome] = []
    for key, row in wanted.items():
        old = kept.get(key)
        if old is not None and row is not None and _same(old, row):
            continue
        if old is not None:
            totals.add(old, -1)
            if row is None:
                gone.append(old.pk)
        if row is not None:
            totals.add(row, 1)
            written.append(row)
    if gone:
        Outcome.objects.filter(pk__in=gone).delete()
    for row in written:
        row.pk = None
    Outcome.objects.bulk_create(
        written, update_conflicts=True, unique_fields=["clock_id", "generation"], update_fields=_FIELDS
    )
    totals.write()
    return len(gone) + len(written)


@dataclass
class Sum:
    """A difference to one total."""

    row: Outcome
    ended: int = 0
    met: int = 0
    used_number: int = 0
    used_seconds: int = 0
    histogram: Histogram = field(default_factory=Counter)

    def add(self, row: Outcome, sign: int) -> None:
        self.ended += sign
        self.met += sign * row.is_met
        if row.used_seconds is not None:
            self.used_number += sign
            self.used_seconds += sign * row.used_seconds
            self.histogram[bucket_of(row.used_seconds)] += sign


@dataclass
class Totals:
    """Differences to totals, gathered and then written in two statements."""

    sums: dict[Cell, Sum] = field(default_factory=dict)

    def add(self, row: Outcome, sign: int) -> None:
        for scope, a, b in cells_of(row):
            cell = (row.day, scope, a, b, row.target_id)
            found = self.sums.get(cell)
            if found is None:
                found = self.sums[cell] = Sum(row)
            found.add(row, sign)

    def write(self) -> None:
        """Add the differences to what is kept; a total that falls to nothing goes."""
        cells = sorted(
            cell for cell, sum_ in self.sums.items() if sum_.ended or sum_.met or any(sum_.histogram.values())
        )
        if not cells:
            return
        kept = self._kept(cells)
        gone, rows = [], []
        for cell in cells:
            row = _added(kept.get(cell), cell, self.sums[cell])
            if row.ended:
                rows.append(row)
            elif row.pk:
                gone.append(row.pk)
        if gone:
            OutcomeTotal.objects.filter(pk__in=gone).delete()
        for row in rows:
            row.pk = None
        OutcomeTotal.objects.bulk_create(
            rows,
            batch_size=2000,
            update_conflicts=True,
            unique_fields=["scope", "day", "a", "b", "target_id"],
            update_fields=["ended", "met", "used_number", "used_seconds", "buckets", "numbers"],
        )

    def _kept(self, cells: Sequence[Cell]) -> dict[Cell, OutcomeTotal]:
        days, scopes, first, second, targets = (list(column) for column in zip(*cells, strict=True))
        rows = OutcomeTotal.objects.raw(
            """SELECT t.* FROM analytics_outcometotal t
               JOIN unnest(%s::date[], %s::varchar[], %s::varchar[], %s::varchar[], %s::bigint[])
                    AS given(day, scope, a, b, target_id)
               USING (scope, day, a, b, target_id)""",
            [days, scopes, first, second, targets],
        )
        return {(row.day, row.scope, row.a, row.b, row.target_id): row for row in rows}


def _added(kept: OutcomeTotal | None, cell: Cell, sum_: Sum) -> OutcomeTotal:
    day, scope, a, b, target_id = cell
    row = kept or OutcomeTotal(
        day=day, scope=scope, a=a, b=b, target_id=target_id, version_id=sum_.row.version_id,
        policy_id=sum_.row.policy_id, metric=sum_.row.metric,
    )  # fmt: skip
    row.ended += sum_.ended
    row.met += sum_.met
    row.used_number += sum_.used_number
    row.used_seconds += sum_.used_seconds
    histogram = Counter(dict(zip(row.buckets, row.numbers, strict=True)))
    for bucket, number in sum_.histogram.items():
        histogram[bucket] += number
    filled = sorted(bucket for bucket, number in histogram.items() if number)
    row.buckets, row.numbers = filled, [histogram[bucket] for bucket in filled]
    return row


@transaction.atomic
def total_day_anew(day: date) -> bool:
    """Make a day's totals from its outcomes; returns whether they were wrong."""
    lock_totals()
    totals = Totals()
    for row in Outcome.objects.filter(day=day).iterator(chunk_size=2000):
        totals.add(row, 1)
    wanted = {cell: _values(_added(None, cell, sum_)) for cell, sum_ in totals.sums.items()}
    kept = {
        (row.day, row.scope, row.a, row.b, row.target_id): _values(row) for row in OutcomeTotal.objects.filter(day=day)
    }
    if wanted == kept:
        return False
    OutcomeTotal.objects.filter(day=day).delete()
    totals.write()
    return True


def _values(row: OutcomeTotal) -> tuple[Any, ...]:
    return (row.version_id, row.policy_id, row.metric, row.ended, row.met, row.used_number, row.used_seconds,
            tuple(row.buckets), tuple(row.numbers))  # fmt: skip
