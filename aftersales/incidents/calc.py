"""When claims on a product or lot are more than chance: plain counts in, alarms with their figures out.

Claims come as a Poisson process whose rate per day is not known but learnt from the product's own past, so the count of the
watched days follows a negative binomial law: with a gamma prior of Jeffreys' shape 1/2, after `n` claims in `e` days (or units
exposed), the next `w` days have P(X >= k) = I_{w/(e+w)}(k, n + 1/2), the regularised incomplete beta function
(Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6). A product with little past is so judged with the caution that
its past allows. Since many products are watched at once, alarms are those that pass the step-up procedure of Benjamini and
Hochberg (1995) at the rate of false alarms that is set.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Watched:
    """One product or lot: claims in the watched time and before it, with the exposure of each (days, or unit-days in use)."""

    key: Hashable
    count: int
    exposure: float
    past_count: int
    past_exposure: float

    @property
    def expected(self) -> float:
        """How many claims the past leads to expect in the watched time."""
        return (self.past_count + 0.5) / max(self.past_exposure, self.exposure) * self.exposure


@dataclass(frozen=True)
class Alarm:
    """More than chance: `p` is the probability of so many claims or more by the past's rate, `limit` what it had to be below."""

    watched: Watched
    p: float
    limit: float

    @property
    def times(self) -> float:
        """How many times the expected number."""
        return self.watched.count / self.watched.expected


def tail(watched: Watched) -> float:
    """P(X >= count) by what the past says; 1 for none."""
    if watched.count <= 0:
        return 1.0
    from scipy.special import betainc  # loaded where it is needed: a worker, once a sweep

    past = max(watched.past_exposure, watched.exposure)
    share = watched.exposure / (past + watched.exposure)
    return float(betainc(watched.count, watched.past_count + 0.5, share))


def alarms(rows: Sequence[Watched], *, false_rate: float, least: int) -> list[Alarm]:
    """Those above their usual rate, the clearest first, such that of all alarms a share of `false_rate` at most is expected to
    be chance. A product with fewer than `least` claims raises none, however rare its claims were."""
    tested = sorted(((tail(row), place) for place, row in enumerate(rows)), key=lambda pair: pair)
    passing = 0
    for rank, (p, _place) in enumerate(tested, start=1):
        if p <= false_rate * rank / len(tested):
            passing = rank
    limit = false_rate * passing / len(tested) if tested else 0.0
    found = [Alarm(rows[place], p, limit) for p, place in tested[:passing]]
    return [alarm for alarm in found if alarm.watched.count >= least]
