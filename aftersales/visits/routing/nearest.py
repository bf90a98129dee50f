"""Routes without a library: each visit goes where it costs the least way, then visits change hands while that saves any."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from aftersales.visits.calc import Duty, Stop, can_insert, inserted, on_the_road, order_of

Days = dict[int, list[Stop]]


def place_all(duties: Sequence[Duty], days: Days, stops: Iterable[Stop]) -> list[Stop]:
    """Put each stop where it adds the least way, those that fewest can make first; the ones that nobody can are left."""
    waiting = sorted(stops, key=lambda stop: (sum(one.may_make(stop) for one in duties), order_of(stop)))
    return [stop for stop in waiting if not _place(duties, days, stop)]


def _place(duties: Sequence[Duty], days: Days, stop: Stop) -> bool:
    best: tuple[int, int, list[Stop]] | None = None
    for duty in duties:
        day = days[duty.engineer_id]
        if not can_insert(duty, day, stop):
            continue
        new = inserted(duty, day, stop)
        assert new is not None
        cost = on_the_road(duty, new) - on_the_road(duty, day)
        if best is None or cost < best[0]:
            best = (cost, duty.engineer_id, new)
    if best is None:
        return False
    days[best[1]] = best[2]
    return True


def improve(duties: Sequence[Duty], days: Days, seconds: float) -> None:
    """Take visits out one by one and put them back where they cost less, until nothing is gained or the time is over."""
    ends = time.monotonic() + seconds
    by_id = {duty.engineer_id: duty for duty in duties}
    gained = True
    while gained:
        gained = False
        for engineer_id in list(days):
            for stop in list(days[engineer_id]):
                if time.monotonic() > ends:
                    return
                if not stop.is_fixed:
                    gained = _try_elsewhere(duties, by_id[engineer_id], days, stop) or gained


def _try_elsewhere(duties: Sequence[Duty], duty: Duty, days: Days, stop: Stop) -> bool:
    before = days[duty.engineer_id]
    without = [one for one in before if one.id != stop.id]
    saved = on_the_road(duty, before) - on_the_road(duty, without)
    days[duty.engineer_id] = without
    for other in duties:
        new = inserted(other, days[other.engineer_id], stop)
        if new is None:
            continue
        cost = on_the_road(other, new) - on_the_road(other, days[other.engineer_id])
        if cost < saved:
            days[other.engineer_id] = new
            return True
    days[duty.engineer_id] = before
    return False
