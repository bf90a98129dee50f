"""Policies with their versions, and the clocks that run by them."""

from tickets.sla.models.clocks import (
    OPEN,
    Breach,
    BreachCause,
    Clock,
    ClockEvent,
    ClockEventKind,
    ClockState,
    ClockStep,
)
from tickets.sla.models.policies import EscalationStep, Policy, PolicyBook, PolicyVersion, Target

__all__ = [
    "OPEN",
    "Breach",
    "BreachCause",
    "Clock",
    "ClockEvent",
    "ClockEventKind",
    "ClockState",
    "ClockStep",
    "EscalationStep",
    "Policy",
    "PolicyBook",
    "PolicyVersion",
    "Target",
]
