"""Consultations as the API writes them."""

from __future__ import annotations

from typing import Any

from helpdesk.accounts.models import Staff
from helpdesk.core.errors import NotFound
from tickets.api.output import moment
from tickets.automation.selectors import consultations_of


def colleague(staff: Staff | None) -> dict[str, Any] | None:
    return {"username": staff.username, "name": staff.name} if staff is not None else None


def consultation(row: Any) -> dict[str, Any]:
    """One row of `consultations_of`."""
    return {
        "id": row.pk,
        "question": row.question,
        "state": row.state,
        "opened_by": colleague(row.opened_by),
        "opened_at": moment(row.opened_at),
        "conclusion": row.conclusion,
        "ended_by": colleague(row.ended_by),
        "ended_at": moment(row.ended_at),
        "invited": [
            {
                "username": one.staff.username,
                "name": one.staff.name,
                "team": one.team.slug if one.team else None,
                "invited_at": moment(one.invited_at),
                "answered_at": moment(one.answered_at),
                "ended_at": moment(one.ended_at),
            }
            for one in row.invited
        ],
    }


def one_consultation(ticket_id: int, consultation_id: int) -> dict[str, Any]:
    """A consultation of this ticket as it is now; `NotFound` when it has no such one."""
    for row in consultations_of(ticket_id):
        if row.pk == consultation_id:
            return consultation(row)
    raise NotFound
