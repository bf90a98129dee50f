"""Canned replies as the composer offers them: filtered, and with their variables filled."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When

from helpdesk.accounts.models import Staff
from tickets.models import CannedReply, Ticket

MOST = 8
_VARIABLE = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")


def canned_replies(ticket: Ticket, staff: Staff, text: str) -> list[dict[str, str]]:
    """At most eight replies that this person may use, those in the customer's language first."""
    usable = (
        Q(owner_id=staff.pk) | Q(owner__isnull=True, team__isnull=True) | Q(owner__isnull=True, team_id=ticket.team_id)
    )
    rows = CannedReply.objects.filter(usable)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(body__icontains=text))
    start = (ticket.language or "en")[:2]
    fits = Case(When(language__startswith=start, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = rows.annotate(fits=fits).order_by("fits", "-used", "title")[:MOST]
    values = variables(ticket, staff)
    return [{"label": reply.title, "hint": reply.body[:80], "text": filled(reply.body, values)} for reply in found]


def variables(ticket: Ticket, staff: Staff) -> dict[str, str]:
    """What `{{ … }}` stands for."""
    return {
        "customer.name": ticket.customer.name,
        "agent.name": staff.name,
        "ticket.number": ticket.number,
        "ticket.subject": ticket.subject,
        "team.name": ticket.team.label,
    }


def filled(body: str, values: dict[str, Any]) -> str:
    """The text with its variables; an unknown one stays as it is, so that nobody sends a gap."""
    return _VARIABLE.sub(lambda found: str(values.get(found[1], found[0])), body)
