"""Who goes to customers, when they can, and each visit."""

from aftersales.visits.models.choices import OPEN_STATES, AbsenceKind, PlanEngine, PlanState, VisitResult, VisitState
from aftersales.visits.models.people import Absence, Engineer, Outlet, ServiceArea
from aftersales.visits.models.planning import DayPlan, VisitNeed, VisitWindow
from aftersales.visits.models.visits import Visit

__all__ = [
    "OPEN_STATES",
    "Absence",
    "AbsenceKind",
    "DayPlan",
    "Engineer",
    "Outlet",
    "PlanEngine",
    "PlanState",
    "ServiceArea",
    "Visit",
    "VisitNeed",
    "VisitResult",
    "VisitState",
    "VisitWindow",
]
