"""Lengths of time as a histogram that can be added up: log-spaced buckets, percentiles with a known error.

Each bucket is a tenth wider than the one before, and answers with the value that is equally far, in shares, from both of
its ends. So a percentile is off by at most (1.1 - 1) / (1.1 + 1) = 4.8 per cent of itself, whatever its size
(the idea of DDSketch: Masson, Rim and Lee, VLDB 2019). Lengths of less than a second are the bucket 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

GROWTH = 1.1
ERROR = (GROWTH - 1) / (GROWTH + 1)
_LOG = math.log(GROWTH)

Histogram = Counter[int]


def bucket_of(seconds: float) -> int:
    """The bucket of a length; bucket n holds from 1.1^(n-1) up to 1.1^n seconds."""
    return 0 if seconds < 1 else math.floor(math.log(seconds) / _LOG + 1e-9) + 1


def seconds_of(bucket: int) -> float:
    """What a bucket's lengths are taken for."""
    return 0.0 if bucket <= 0 else GROWTH ** (bucket - 1) * 2 * GROWTH / (GROWTH + 1)


def percentile(histogram: Mapping[int, int], share: float) -> float | None:
    """The length that `share` (0 to 1) of all do not exceed, in seconds; None of nothing."""
    total = sum(histogram.values())
    if total <= 0:
        return None
    rank, seen = max(1, math.ceil(share * total)), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= rank:
            return seconds_of(bucket)
    return seconds_of(max(histogram))
