"""Routes by OR-Tools: a vehicle routing problem with time windows, skills, areas, capacities and breaks between shifts.

Imported only where it is installed, and only by a worker that plans (0.4 s and 36 MB). It begins from the routes that are
there, so that what comes back is never worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from aftersales.visits.calc import Duty, Stop, way

# What leaving a visit with nobody costs in seconds on the road: more than any day's.
UNPLACED = 10**7


def solve(
    duties: Sequence[Duty], days: dict[int, list[Stop]], left: Sequence[Stop], seconds: float
) -> tuple[dict[int, list[Stop]], list[Stop]] | None:
    """Better routes for these days and what nobody goes to; None when none were found in the time."""
    stops = [stop for duty in duties for stop in days[duty.engineer_id]] + list(left)
    if not stops or not duties:
        return None
    model = _Model(duties, stops, days)
    return model.solve(days, seconds)


class _Model:
    """Nodes: the stops, then where each engineer begins. An engineer's day ends wherever the last visit does."""

    def __init__(self, duties: Sequence[Duty], stops: Sequence[Stop], days: dict[int, list[Stop]]) -> None:
        self.duties, self.stops = duties, stops
        count, crew = len(stops), len(duties)
        self.end = count + crew
        self.manager = pywrapcp.RoutingIndexManager(
            self.end + 1, crew, [count + nth for nth in range(crew)], [self.end] * crew
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.zero = min(duty.stretches[0][0] for duty in duties)
        self.horizon = max(duty.stretches[-1][1] for duty in duties) - self.zero
        # one table for all: ways between stops, from where each begins, and none to the end
        places = [stop.spot for stop in stops] + [duty.base for duty in duties]
        self.ways = [[way(a, b) for b in places] + [0] for a in places] + [[0] * (self.end + 1)]
        self.stays = [stop.stay for stop in stops] + [0] * (crew + 1)
        self._time()
        self._windows()
        self._who(days)

    def _time(self) -> None:
        routing, manager = self.routing, self.manager
        road = [row[:] for row in self.ways]
        taking = [[way + self.stays[at] for way in row] for at, row in enumerate(self.ways)]
        routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(road))
        routing.AddDimension(routing.RegisterTransitMatrix(taking), self.horizon, self.horizon, False, "time")
        ones = routing.RegisterUnaryTransitVector([1] * len(self.stops) + [0] * (len(self.duties) + 1))
        most = [duty.most for duty in self.duties]
        routing.AddDimensionWithVehicleCapacity(ones, 0, most, True, "visits")
        self.time = routing.GetDimensionOrDie("time")
        self.manager = manager

    def _windows(self) -> None:
        for node, stop in enumerate(self.stops):
            index = self.manager.NodeToIndex(node)
            start, end = stop.start - self.zero, stop.end - self.zero
            if stop.arrived is not None:
                start = end = stop.arrived - self.zero
            low, high = max(start, 0), min(end, self.horizon)
            if low > high:
                low = high = min(max(start, 0), self.horizon)
            self.time.CumulVar(index).SetRange(low, high)
        solver = self.routing.solver()
        for nth, duty in enumerate(self.duties):
            opens, closes = duty.stretches[0][0] - self.zero, duty.stretches[-1][1] - self.zero
            self.time.CumulVar(self.routing.Start(nth)).SetRange(opens, closes)
            self.time.CumulVar(self.routing.End(nth)).SetRange(opens, closes)
            breaks = [
                solver.FixedDurationIntervalVar(
                    one[1] - self.zero, one[1] - self.zero, other[0] - one[1], False, f"break {nth} {at}"
                )
                for at, (one, other) in enumerate(zip(duty.stretches, duty.stretches[1:], strict=False))
                if other[0] > one[1]
            ]
            if breaks:
                stays = [self.stays[self.manager.IndexToNode(at)] for at in range(self.routing.Size())]
                self.time.SetBreakIntervalsOfVehicle(breaks, nth, stays)

    def _who(self, days: dict[int, list[Stop]]) -> None:
        seat = {duty.engineer_id: nth for nth, duty in enumerate(self.duties)}
        for node, stop in enumerate(self.stops):
            index = self.manager.NodeToIndex(node)
            if stop.is_fixed and stop.engineer_id in seat:
                self.routing.VehicleVar(index).SetValues([seat[stop.engineer_id]])
                continue
            able = [nth for nth, duty in enumerate(self.duties) if duty.may_make(stop)]
            self.routing.VehicleVar(index).SetValues([-1, *able])
            self.routing.AddDisjunction([index], UNPLACED)

    def solve(self, days: dict[int, list[Stop]], seconds: float) -> tuple[dict[int, list[Stop]], list[Stop]] | None:
        settings = pywrapcp.DefaultRoutingSearchParameters()
        settings.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        settings.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        settings.time_limit.FromMilliseconds(int(seconds * 1000))
        self.routing.CloseModelWithParameters(settings)
        node_of = {stop.id: node for node, stop in enumerate(self.stops)}
        known = [[node_of[stop.id] for stop in days[duty.engineer_id]] for duty in self.duties]
        first = self.routing.ReadAssignmentFromRoutes(known, True)
        found: Any = None
        if first is not None:
            found = self.routing.SolveFromAssignmentWithParameters(first, settings)
        if found is None:
            found = self.routing.SolveWithParameters(settings)
        return self._read(found) if found is not None else None

    def _read(self, found: Any) -> tuple[dict[int, list[Stop]], list[Stop]]:
        routes: dict[int, list[Stop]] = {}
        placed = set()
        for nth, duty in enumerate(self.duties):
            route = []
            index = found.Value(self.routing.NextVar(self.routing.Start(nth)))
            while not self.routing.IsEnd(index):
                stop = self.stops[self.manager.IndexToNode(index)]
                route.append(stop)
                placed.add(stop.id)
                index = found.Value(self.routing.NextVar(index))
            routes[duty.engineer_id] = route
        return routes, [stop for stop in self.stops if stop.id not in placed]
