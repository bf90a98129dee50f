"""Panels of a ticket's context column: its sub-tickets, the ticket that it is a part of, and consultations."""

from __future__ import annotations

from typing import Any

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import EDIT, NOTE
from helpdesk.core.actors import Actor
from helpdesk.core.registries import Panel, panels
from tickets.access import may_let_in
from tickets.automation.selectors import consultations_of, parent_of, sub_tickets_of
from tickets.deadlines import chip_of
from tickets.panels import SLOT


def may_open_subs(staff: Staff, ticket: Any) -> bool:
    """Whether the page offers to open one; the verb asks again."""
    lives = ticket.merged_into_id is None and not ticket.is_spam and not ticket.is_finished
    return bool(lives and ticket.parent_id is None and staff.can(EDIT))


def may_consult(staff: Staff, ticket: Any) -> bool:
    """Whether the page offers to ask experts; the verb asks again."""
    return bool(
        ticket.merged_into_id is None
        and not ticket.is_spam
        and staff.can(NOTE)
        and may_let_in(Actor.of_staff(staff), ticket)
    )


def family_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """On a ticket its sub-tickets with their progress, on a sub-ticket its parent; nothing on others."""
    if ticket.parent_id is not None:
        return {"parent": parent_of(ticket.parent_id, staff), "ticket": ticket}
    found = sub_tickets_of(ticket.pk, staff)
    for sub in found:
        sub.chip = chip_of(sub.next_clock)
    if not found:
        return None
    return {
        "subs": found,
        "done": sum(1 for sub in found if sub.is_finished),
        "ticket": ticket,
        "may_add": may_open_subs(staff, ticket),
    }


def consultation_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """What experts were asked, who has answered, and what came of it."""
    found = consultations_of(ticket.pk)
    if not found:
        return None
    may_ask = may_consult(staff, ticket)
    for row in found:
        row.is_mine = any(one.staff_id == staff.pk and one.ended_at is None for one in row.invited)
        row.may_end = row.is_open and (may_ask or row.opened_by_id == staff.pk)
        row.may_write = row.is_open and staff.can(NOTE)
    return {"consultations": found, "ticket": ticket, "may_ask": may_ask, "me": staff.pk}


def register() -> None:
    """Fill the kernel's registry."""
    panels.add("automation.family", Panel("automation.family", SLOT, 24, "automation/panels/family.html", family_panel))
    panels.add(
        "automation.consultations",
        Panel("automation.consultations", SLOT, 26, "automation/panels/consultations.html", consultation_panel),
    )
