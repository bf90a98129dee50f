"""What waits for a named approver, whichever room asked: rooms tell it here, so that one promise covers all of it."""

from __future__ import annotations

from collections.abc import Callable

from helpdesk.core.registries import Registry
from tickets.sla.metrics import Facts, Reading

# name → function(facts) returning a reading for each question to an approver of the ticket's claims.
asked_readings: Registry[Callable[[Facts], list[Reading]]] = Registry("question to approvers")


def read_asked(facts: Facts) -> list[Reading]:
    """From each question to its decision."""
    return [reading for read in asked_readings.values() for reading in read(facts)]
