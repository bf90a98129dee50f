"""A day's routes: the ones that there are, made better. Nobody loses a visit by it, and no window is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from aftersales.visits.calc import Duty, Stop, on_the_road, order_of, walk
from aftersales.visits.models.choices import PlanEngine
from aftersales.visits.routing.nearest import improve, place_all


@dataclass(frozen=True)
class Routes:
    """The stops of each engineer in the order in which they are made, those that nobody can make, and seconds on the road."""

    days: dict[int, list[Stop]]
    left: list[Stop]
    engine: str
    road: int


def has_ortools() -> bool:
    return find_spec("ortools") is not None


def plan_routes(
    duties: Sequence[Duty], stops: Sequence[Stop], *, seconds: float, use_ortools: bool | None = None
) -> Routes:
    """Routes for these stops within so many seconds of work. A stop that somebody has stays with somebody where anybody can
    make it; what is fixed stays where it is. `use_ortools` None: where it is installed."""
    days, waiting = _as_they_are(duties, stops)
    left = place_all(duties, days, waiting)
    improve(duties, days, seconds / 4)
    engine = PlanEngine.GREEDY
    if has_ortools() if use_ortools is None else use_ortools:
        from aftersales.visits.routing.with_ortools import solve

        engine = PlanEngine.ORTOOLS
        found = solve(duties, days, left, seconds * 3 / 4)
        if found is not None and _is_better(duties, found, days, left):
            days, left = found
    return Routes(days, left, engine, road_of(duties, days))


def _as_they_are(duties: Sequence[Duty], stops: Sequence[Stop]) -> tuple[dict[int, list[Stop]], list[Stop]]:
    """Everybody's stops as far as they can be made in one day; the rest waits for a place."""
    by_id = {duty.engineer_id: duty for duty in duties}
    days: dict[int, list[Stop]] = {duty.engineer_id: [] for duty in duties}
    waiting = []
    for stop in sorted(stops, key=order_of):
        duty = by_id.get(stop.engineer_id or 0)
        if duty is None:
            waiting.append(stop._replace(is_fixed=False))
            continue
        tried = [*days[duty.engineer_id], stop]
        if walk(duty, tried) is not None and (stop.is_fixed or duty.may_make(stop)):
            days[duty.engineer_id] = tried
        else:
            waiting.append(stop._replace(is_fixed=False))
    return days, waiting


def _is_better(
    duties: Sequence[Duty],
    found: tuple[dict[int, list[Stop]], list[Stop]],
    days: dict[int, list[Stop]],
    left: Sequence[Stop],
) -> bool:
    """Whether every day of the found routes can be walked, and they leave fewer visits, or the same with less way."""
    routes, unplaced = found
    if any(walk(duty, routes[duty.engineer_id]) is None for duty in duties):
        return False
    return (len(unplaced), road_of(duties, routes)) < (len(left), road_of(duties, days))


def road_of(duties: Sequence[Duty], days: dict[int, list[Stop]]) -> int:
    """Seconds on the road of everybody."""
    return sum(on_the_road(duty, days[duty.engineer_id]) for duty in duties)
