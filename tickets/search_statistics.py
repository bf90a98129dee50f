"""What the database knows of the words in messages: how common each is, and how the rows spread over time."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from helpdesk.core.search import Term

KEPT_SECONDS = 300
# The share that is assumed of a word that the statistics do not list, when they list none at all.
UNKNOWN = 0.0005


@dataclass(frozen=True)
class Statistics:
    """`frequency`: share of rows with the word, for the listed (commonest) words; `moments`: bounds of equal shares of
    the rows from the oldest to the newest; `rows`: how many there are, 0 when never counted."""

    rows: int = 0
    frequency: Mapping[str, float] = field(default_factory=dict)
    moments: Sequence[datetime] = ()

    def shares(self, terms: Sequence[Term]) -> tuple[float, float]:
        """The likely share of rows that hold all terms, and the most it can be.

        Pairs of one Chinese word come together, so its rarest pair decides; separate words are taken as independent.
        """
        by_run: dict[int, float] = {}
        for term in terms:
            by_run[term.run] = min(by_run.get(term.run, 1.0), self._share(term))
        likely = 1.0
        for share in by_run.values():
            likely *= share
        return likely, min(by_run.values(), default=0.0)

    def _share(self, term: Term) -> float:
        rarest = min(self.frequency.values(), default=UNKNOWN)
        if not term.is_prefix:
            return self.frequency.get(term.text, rarest / 2)
        listed = sum(share for word, share in self.frequency.items() if word.startswith(term.text))
        return min(1.0, listed or rarest / 2)

    def moment_before(self, moment: datetime | None, share: float) -> datetime | None:
        """The moment since which, up to `moment` (None: now), about `share` of all rows were written; None for all time."""
        if len(self.moments) < 2:
            return None
        steps = len(self.moments) - 1
        end = float(steps)
        if moment is not None:
            end = float(min(steps, bisect_left(self.moments, moment)))
        start = end - share * steps
        if start <= 0:
            return None
        whole = int(start)
        low, high = self.moments[whole], self.moments[min(steps, whole + 1)]
        return low + timedelta(seconds=(high - low).total_seconds() * (start - whole))


_kept: dict[str, tuple[float, Statistics]] = {}


def statistics() -> Statistics:
    """The statistics of the last ANALYZE, kept in this process for five minutes."""
    name = str(connection.settings_dict["NAME"])
    at, known = _kept.get(name, (0.0, Statistics()))
    if not at or time.monotonic() - at > KEPT_SECONDS:
        known = read_statistics()
        _kept[name] = (time.monotonic(), known)
    return known


def forget() -> None:
    """Read them anew next time."""
    _kept.clear()


def read_statistics() -> Statistics:
    """Ask the catalogue; empty where the table was never analysed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.reltuples, s.attname, s.most_common_elems::text::text[], s.most_common_elem_freqs,
                      CASE WHEN s.attname = 'at' THEN s.histogram_bounds::text::timestamptz[] END
               FROM pg_class c LEFT JOIN pg_stats s
                 ON s.schemaname = current_schema() AND s.tablename = c.relname AND s.attname IN ('vector', 'at')
               WHERE c.oid = 'tickets_searchentry'::regclass"""
        )
        found = cursor.fetchall()
    rows, frequency, moments = 0, {}, []
    for reltuples, column, words, shares, bounds in found:
        rows = max(0, int(reltuples))
        if column == "vector" and words:
            # the last entries of the list are the smallest and largest share, not words
            frequency = dict(zip(words, shares, strict=False))
        elif column == "at" and bounds:
            moments = bounds
    return Statistics(rows, frequency, moments)
