"""Keeping facts of claims and their totals in line with the event log, each change counted once.

The new fact of a claim is compared with the one that is kept, and the totals get the difference. So an event that is heard
twice changes nothing, and making everything anew from the claims ends with the same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from aftersales.claims.models import Claim
from analytics.aftersales.cuts import OF_OPEN, cells_of
from analytics.aftersales.facts import read_facts
from analytics.calc import Histogram, bucket_of
from analytics.models import ClaimFact, ClaimTotal, OpenClaims
from analytics.services.outcomes import lock_totals
from helpdesk.core.models import Event

CHANGES = frozenset({"claim.opened", "claim.moved", "claim.recorded", "claim.reviewed"})
# With these a claim's ticket may be another team's.
_MOVED_TICKETS = frozenset({"ticket.transferred", "ticket.merged"})
_FIELDS = [one.attname for one in ClaimFact._meta.concrete_fields if not one.primary_key]
_SUMS = ("opened", "ended", "kept", "worked", "fixed", "repeats")
Cell = tuple[date, str, str, str]
OpenCell = tuple[str, str, str, str, date]


def follow_claims(events: Sequence[Event]) -> int:
    """Bring the claims that these events name in line; returns how many facts changed. A dozen statements at most."""
    ids = {event.data["claim"] for event in events if event.name in CHANGES}
    if tickets := {event.ticket_id for event in events if event.name in _MOVED_TICKETS and event.ticket_id}:
        ids |= set(Claim.objects.filter(ticket_id__in=tickets).values_list("pk", flat=True))
    return bring_in_line(ids) if ids else 0


@transaction.atomic
def bring_in_line(ids: Collection[int]) -> int:
    """Make the facts of these claims, and their totals, what the claims say; returns how many were not."""
    lock_totals()
    kept = ClaimFact.objects.in_bulk(list(ids))
    wanted = read_facts(ids, kept)
    changes, gone, written = Changes(), [], []
    for pk in ids:
        old, new = kept.get(pk), wanted.get(pk)
        if old is not None and new is not None and _same(old, new):
            continue
        if old is not None:
            changes.add(old, -1)
            if new is None:
                gone.append(pk)
        if new is not None:
            changes.add(new, 1)
            written.append(new)
    if gone:
        ClaimFact.objects.filter(pk__in=gone).delete()
    ClaimFact.objects.bulk_create(written, update_conflicts=True, unique_fields=["claim"], update_fields=_FIELDS)
    changes.write()
    return len(gone) + len(written)


def _same(one: ClaimFact, other: ClaimFact) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _FIELDS)


@dataclass
class Sum:
    """A difference to one day's total."""

    numbers: Counter[str] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    histogram: Histogram = field(default_factory=Counter)

    @property
    def is_nothing(self) -> bool:
        return not (any(self.numbers.values()) or self.cost or any(self.histogram.values()))


@dataclass
class Changes:
    """Differences to totals and to what is open, gathered and then written in a few statements."""

    sums: dict[Cell, Sum] = field(default_factory=dict)
    open: Counter[OpenCell] = field(default_factory=Counter)

    def add(self, fact: ClaimFact, sign: int) -> None:
        """Take a fact in (1) or out (-1)."""
        if fact.is_open:
            for scope, a, b in cells_of(fact, OF_OPEN):
                self.open[scope, a, b, fact.state, fact.opened_day] += sign
        for scope, a, b in cells_of(fact):
            self._sum((fact.opened_day, scope, a, b)).numbers["opened"] += sign
            if fact.is_counted and fact.ended_day is not None:
                self._end(self._sum((fact.ended_day, scope, a, b)), fact, sign)

    def _sum(self, cell: Cell) -> Sum:
        return self.sums.setdefault(cell, Sum())

    def _end(self, sum_: Sum, fact: ClaimFact, sign: int) -> None:
        for name, counts in (
            ("ended", True),
            ("kept", fact.is_kept),
            ("worked", fact.is_worked),
            ("fixed", fact.is_fixed),
            ("repeats", fact.is_repeat),
        ):
            sum_.numbers[name] += sign * counts
        sum_.cost += sign * fact.cost
        sum_.histogram[bucket_of(fact.cycle_seconds or 0)] += sign

    def write(self) -> None:
        """Add the differences to what is kept; what falls to nothing goes."""
        self._write_open()
        cells = sorted(cell for cell, sum_ in self.sums.items() if not sum_.is_nothing)
        if not cells:
            return
        kept = _kept(cells)
        rows = [_added(kept.get(cell), cell, self.sums[cell]) for cell in cells]
        gone = [row.pk for row in rows if row.pk and not _is_filled(row)]
        if gone:
            ClaimTotal.objects.filter(pk__in=gone).delete()
        filled = [row for row in rows if _is_filled(row)]
        for row in filled:
            row.pk = None
        ClaimTotal.objects.bulk_create(
            filled,
            batch_size=2000,
            update_conflicts=True,
            unique_fields=["scope", "day", "a", "b"],
            update_fields=[*_SUMS, "cost", "buckets", "numbers"],
        )

    def _write_open(self) -> None:
        cells = sorted(cell for cell, number in self.open.items() if number)
        if not cells:
            return
        columns = [list(column) for column in zip(*cells, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO analytics_openclaims (scope, a, b, state, day, number)
                   SELECT * FROM unnest(%s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[], %s::date[], %s::int[])
                   ON CONFLICT (scope, a, b, state, day)
                   DO UPDATE SET number = analytics_openclaims.number + excluded.number""",
                [*columns, [self.open[cell] for cell in cells]],
            )
        OpenClaims.objects.filter(number=0).delete()


def _kept(cells: Sequence[Cell]) -> dict[Cell, ClaimTotal]:
    days, scopes, first, second = (list(column) for column in zip(*cells, strict=True))
    rows = ClaimTotal.objects.raw(
        """SELECT t.* FROM analytics_claimtotal t
           JOIN unnest(%s::date[], %s::varchar[], %s::varchar[], %s::varchar[]) AS given(day, scope, a, b)
           USING (scope, day, a, b)""",
        [days, scopes, first, second],
    )
    return {(row.day, row.scope, row.a, row.b): row for row in rows}


def _added(kept: ClaimTotal | None, cell: Cell, sum_: Sum) -> ClaimTotal:
    day, scope, a, b = cell
    row = kept or ClaimTotal(day=day, scope=scope, a=a, b=b)
    for name in _SUMS:
        setattr(row, name, getattr(row, name) + sum_.numbers[name])
    row.cost += sum_.cost
    histogram = Counter(dict(zip(row.buckets, row.numbers, strict=True)))
    for bucket, number in sum_.histogram.items():
        histogram[bucket] += number
    row.buckets = sorted(bucket for bucket, number in histogram.items() if number)
    row.numbers = [histogram[bucket] for bucket in row.buckets]
    return row


def _is_filled(row: ClaimTotal) -> bool:
    return bool(row.opened or row.ended)


# --- Anew --------------------------------------------------------------------------------------------------------------
@transaction.atomic
def total_claims_anew(day: date) -> bool:
    """Make a day's totals from the facts; returns whether they were wrong."""
    lock_totals()
    changes = Changes()
    for fact in ClaimFact.objects.filter(opened_day=day) | ClaimFact.objects.filter(ended_day=day):
        changes.add(fact, 1)
    changes.open.clear()
    changes.sums = {cell: sum_ for cell, sum_ in changes.sums.items() if cell[0] == day}
    wanted = {cell: _values(_added(None, cell, sum_)) for cell, sum_ in changes.sums.items()}
    kept = {(row.day, row.scope, row.a, row.b): _values(row) for row in ClaimTotal.objects.filter(day=day)}
    if wanted == kept:
        return False
    ClaimTotal.objects.filter(day=day).delete()
    changes.write()
    return True


@transaction.atomic
def count_open_anew() -> bool:
    """Count what is open from the facts; returns whether it was wrong."""
    lock_totals()
    wanted: Counter[OpenCell] = Counter()
    for fact in ClaimFact.objects.filter(is_open=True).iterator(chunk_size=2000):
        wanted.update((*cell, fact.state, fact.opened_day) for cell in cells_of(fact, OF_OPEN))
    rows = OpenClaims.objects.values_list("scope", "a", "b", "state", "day", "number")
    if {tuple(row[:-1]): row[-1] for row in rows} == dict(wanted):
        return False
    OpenClaims.objects.all().delete()
    Changes(open=wanted).write()
    return True


def drop_foreign() -> int:
    """Facts of claims that do not exist: after a restore of something else, never in a healthy house."""
    ids = list(ClaimFact.objects.exclude(pk__in=Claim.objects.values("pk")).values_list("pk", flat=True)[:10_000])
    return bring_in_line(ids) if ids else 0


def _values(row: ClaimTotal) -> tuple[Any, ...]:
    return (*(getattr(row, name) for name in _SUMS), row.cost, tuple(row.buckets), tuple(row.numbers))
