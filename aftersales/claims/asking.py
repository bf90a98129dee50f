"""What waits for a named approver, whichever room asked: rooms tell it here, so that one promise covers all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from helpdesk.core.registries import Registry
from tickets.sla.metrics import Facts, Reading

# Kinds of notifications, and the page that those to approvers lead to.
ASKED, DECIDED, OVERDUE = "approval.asked", "approval.decided", "approval.overdue"
PAGE = "/approvals/"
# Of a term so much has to be left before its chip warns.
_WARNS_AT = 0.75

# name → function(facts) returning a reading for each question to an approver of the ticket's claims.
asked_readings: Registry[Callable[[Facts], list[Reading]]] = Registry("question to approvers")


def read_asked(facts: Facts) -> list[Reading]:
    """From each question to its decision."""
    return [reading for read in asked_readings.values() for reading in read(facts)]


def term_chip(asked_at: datetime, due_at: datetime | None) -> dict[str, Any] | None:
    """The chip of a term that no policy's clock counts."""
    if due_at is None:
        return None
    warn_at = asked_at + (due_at - asked_at) * _WARNS_AT
    return {"state": "running", "started_at": asked_at, "due_at": due_at, "warn_at": warn_at}
