"""The arithmetic of days on the road: who can be where and when. Pure: values in, values out.

Moments are whole seconds since 1970 (UTC). A day is walked in the order of its windows; the engineer goes on to the next stop
as soon as they can and waits where they come too early. A stop is kept when they arrive within its window and the work fits
into a stretch of their shift.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

MINUTE = 60
# What is known without a map: some way within an area, a longer one to another.
WITHIN_AREA = 20 * MINUTE
BETWEEN_AREAS = 40 * MINUTE
# As the crow flies to as streets go, at a speed of towns, and what parking and finding the door takes.
DETOUR, METRES_A_SECOND, AT_THE_DOOR = 1.4, 28 / 3.6, 5 * MINUTE
EARTH = 6_371_000


class Spot(NamedTuple):
    """Where somebody is or goes: a point (degrees) where it is known, and the area it lies in."""

    area_id: int | None = None
    latitude: float | None = None
    longitude: float | None = None


class Stop(NamedTuple):
    """A visit as the arithmetic takes it: arrive between `start` and `end`, stay for `stay` seconds. `skill_id` and the area
    say who may make it; `arrived` is when somebody did, which nothing can change any more."""

    id: int
    start: int
    end: int
    stay: int
    spot: Spot
    skill_id: int | None = None
    engineer_id: int | None = None
    is_fixed: bool = False
    arrived: int | None = None


class Duty(NamedTuple):
    """An engineer's day: the stretches in which they work, from where they begin, and the most visits that they make."""

    engineer_id: int
    stretches: tuple[tuple[int, int], ...]
    base: Spot
    most: int
    skill_ids: frozenset[int] = frozenset()
    area_ids: frozenset[int] = frozenset()

    def may_make(self, stop: Stop) -> bool:
        """Whether they know what it needs and go where it is."""
        if stop.skill_id is not None and stop.skill_id not in self.skill_ids:
            return False
        return not self.area_ids or stop.spot.area_id in self.area_ids


@lru_cache(maxsize=262_144)
def way(start: Spot, end: Spot) -> int:
    """Seconds on the road from one place to another, estimated; nothing when it is not known where somebody begins."""
    if start == end:
        return AT_THE_DOOR if start.latitude is not None else (0 if start.area_id is None else WITHIN_AREA)
    if start.latitude is not None and end.latitude is not None:
        return AT_THE_DOOR + int(_metres(start, end) * DETOUR / METRES_A_SECOND)
    if start.area_id is None:
        return 0
    return WITHIN_AREA if start.area_id == end.area_id else BETWEEN_AREAS


def _metres(start: Spot, end: Spot) -> float:
    """Along the great circle (haversine)."""
    assert start.latitude is not None
    assert start.longitude is not None
    assert end.latitude is not None
    assert end.longitude is not None
    one, other = math.radians(start.latitude), math.radians(end.latitude)
    across = math.radians(end.longitude - start.longitude)
    half = math.sin((other - one) / 2) ** 2 + math.cos(one) * math.cos(other) * math.sin(across / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(half, 1.0)))


def order_of(stop: Stop) -> tuple[int, int, int]:
    """In which order a day is walked: what has happened first, then by windows."""
    return (stop.arrived if stop.arrived is not None else stop.start, stop.end, stop.id)


def walk(duty: Duty, stops: Sequence[Stop]) -> list[int] | None:
    """When each stop is reached, in the order in which they are given; None when one of them cannot be."""
    if len(stops) > duty.most or (stops and not duty.stretches):
        return None
    reached: list[int] = []
    place, free = duty.base, duty.stretches[0][0] if duty.stretches else 0
    for stop in stops:
        arrival = stop.arrived if stop.arrived is not None else _arrival(duty, stop, free + way(place, stop.spot))
        if arrival is None:
            return None
        reached.append(arrival)
        place, free = stop.spot, arrival + stop.stay
    return reached


def _arrival(duty: Duty, stop: Stop, earliest: int) -> int | None:
    """The first moment at which the work can begin, in a stretch that it fits into and within the window."""
    arrival = max(earliest, stop.start)
    for opens, closes in duty.stretches:
        begun = max(arrival, opens)
        if begun > stop.end:
            return None
        if begun + stop.stay <= closes:
            return begun
    return None


def on_the_road(duty: Duty, stops: Sequence[Stop]) -> int:
    """Seconds between the stops, from where the day begins."""
    total, place = 0, duty.base
    for stop in stops:
        total += way(place, stop.spot)
        place = stop.spot
    return total


def inserted(duty: Duty, stops: Sequence[Stop], new: Stop) -> list[Stop] | None:
    """The day with one stop more, in walking order, where that can be done; the others keep their windows.

    `stops` are in walking order. Among places that work, the one with the least way wins.
    """
    if not duty.may_make(new):
        return None
    best: list[Stop] | None = None
    least = 0
    at = bisect_right([order_of(stop) for stop in stops], order_of(new))
    for place in _places(stops, new, at):
        tried = [*stops[:place], new, *stops[place:]]
        if walk(duty, tried) is None:
            continue
        road = on_the_road(duty, tried)
        if best is None or road < least:
            best, least = tried, road
    return best


def can_insert(duty: Duty, stops: Sequence[Stop], new: Stop) -> bool:
    """Whether the day takes one stop more, without asking for the best place."""
    if not duty.may_make(new) or len(stops) >= duty.most:
        return False
    at = bisect_right([order_of(stop) for stop in stops], order_of(new))
    return any(walk(duty, [*stops[:place], new, *stops[place:]]) is not None for place in _places(stops, new, at))


def _places(stops: Sequence[Stop], new: Stop, at: int) -> list[int]:
    """Where it may stand: after what ends before it begins, before what begins after it ends."""
    low, high = at, at
    while low > 0 and stops[low - 1].arrived is None and stops[low - 1].end > new.start:
        low -= 1
    while high < len(stops) and stops[high].start < new.end:
        high += 1
    return [at, *(place for place in range(low, high + 1) if place != at)]
