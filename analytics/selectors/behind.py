"""The tickets behind a figure: outcomes in the filters, newest first, of tickets that the reader may see."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from analytics.models import Outcome
from analytics.selectors.filters import Filters
from helpdesk.accounts.models import Staff
from helpdesk.core import keyset
from tickets.models import Ticket

OUTCOMES = ("breached", "met")
_COLUMNS = {"channel": "channel", "kind": "kind", "level": "level", "metric": "metric"}
_NUMBERS = {"account": "account_id", "policy": "policy_id", "target": "target_id"}


def outcomes_behind(filters: Filters, staff: Staff, outcome: str = "") -> QuerySet[Outcome]:
    """The outcomes that a figure counts. Of a ticket that now lies where the reader may not look, none is shown."""
    # by the moment, which the indexes are ordered by; asked for its day as well, the planner expects a handful and sorts
    rows = Outcome.objects.filter(decided_at__gte=filters.start, decided_at__lt=filters.end)
    if outcome in OUTCOMES:
        rows = rows.filter(is_met=outcome == "met")
    if filters.teams:
        rows = rows.filter(team_id__in=[int(value) for value in filters.teams])
    for name, column in _COLUMNS.items():
        if chosen := filters.of(name):
            rows = rows.filter(**{f"{column}__in": chosen})
    for name, column in _NUMBERS.items():
        if chosen := filters.of(name):
            rows = rows.filter(**{f"{column}__in": [int(value) for value in chosen]})
    if chosen := filters.of("agent"):
        rows = rows.annotate(agent=Coalesce("owner_id", 0)).filter(agent__in=[int(value) for value in chosen])
    if not staff.sees_all_tickets:
        rows = rows.filter(ticket_id__in=Ticket.objects.all().visible_to(staff).values("pk"))
    return rows


def page_behind(
    filters: Filters, staff: Staff, outcome: str, cursor: str | None, size: int = 50
) -> keyset.Page[Outcome]:
    """One page, with each ticket's customer, owner, status and team; one query."""
    rows = outcomes_behind(filters, staff, outcome).select_related(
        "ticket__customer", "ticket__owner", "ticket__status", "ticket__team"
    )
    rows = rows.defer("ticket__fields", "ticket__customer__notes")
    return keyset.page(rows, cursor, by="decided_at", size=size)
