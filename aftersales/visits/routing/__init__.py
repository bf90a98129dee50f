"""The routes of a day: who goes where, in which order. `plan_routes` takes the best library that is installed."""

from aftersales.visits.routing.planning import Routes, plan_routes

__all__ = ["Routes", "plan_routes"]
