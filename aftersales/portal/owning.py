"""What a customer owns, and what happened with it before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from aftersales.claims.models import Claim
from aftersales.portal.following import rows_for_list
from aftersales.portal.things import Thing, registered_of, thing_of_line, thing_of_registered
from helpdesk.core.company import company_day
from helpdesk.customers.models import Cover, Customer, OrderLine
from tickets.models import Ticket
from tickets.selectors import for_customer

MOST = 50
MOST_EARLIER = 5


def owned_things(customer: Customer) -> list[Thing]:
    """The registered products, then what was bought with a serial number and is not registered; two queries."""
    registered = [thing_of_registered(row) for row in registered_of(customer).order_by("-pk")[:MOST]]
    known = {thing.serial for thing in registered}
    lines = (
        OrderLine.objects.filter(order__customer=customer)
        .exclude(serial="")
        .select_related("order__customer", "product")
        .order_by("-order__placed_at", "pk")[:MOST]
    )
    return registered + [thing_of_line(line) for line in lines if line.serial not in known]


def claims_about(customer: Customer, thing: Thing) -> list[dict[str, Any]]:
    """The customer's claims on this thing, the newest first, as list rows."""
    about = Q()
    if thing.serial:
        about |= Q(lines__serial=thing.serial, lines__product=thing.product)
    if thing.line is not None:
        about |= Q(lines__order_line=thing.line)
    if not about:
        return []
    rows = Claim.objects.of_customer(customer).exclude(kind="case").filter(about).distinct().order_by("-pk")
    return rows_for_list(rows[:MOST_EARLIER])


def tickets_about(customer: Customer, thing: Thing, claims: Sequence[Any]) -> list[dict[str, Any]]:
    """Earlier requests in which this thing was claimed."""
    if not claims:
        return []
    numbers = [int(row["number"].partition("-")[2]) for row in claims]
    found = Ticket.objects.of_customer(customer).filter(claims__in=numbers).distinct().order_by("-pk")
    return for_customer.rows_for_list(found[:MOST_EARLIER])


def covers_of(thing: Thing, now: datetime) -> list[dict[str, Any]]:
    """The plans that cover the thing, with their days and whether they hold today; one query."""
    if thing.registered is None:
        return []
    today = company_day(now)
    rows = Cover.objects.filter(registered=thing.registered).select_related("plan").order_by("starts_on")
    return [
        {
            "name": row.plan.label,
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "holds": row.starts_on <= today <= row.ends_on,
            "covers_accidents": row.plan.covers_accidents,
        }
        for row in rows
    ]
