"""Two departments, their people, and a customer's ticket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from helpdesk.accounts.models import Membership, Staff, Team
from tests.factories import make_staff, make_team, make_ticket
from tickets.labels import ensure_labels
from tickets.models import Ticket


@dataclass
class House:
    """`ticket` lies with `support` and belongs to `agent`; `clerk` (warehouse) and `payer` (finance) work elsewhere."""

    support: Team
    logistics: Team
    finance: Team
    agent: Staff
    mate: Staff
    lead: Staff
    clerk: Staff
    payer: Staff
    supervisor: Staff
    quality: Staff
    admin: Staff
    ticket: Ticket


@pytest.fixture
def house(db: None) -> House:
    cache.clear()
    ensure_labels()
    support, logistics = make_team("Support", is_default=True), make_team("Logistics")
    finance = make_team("Finance")
    agent = make_staff("agent", teams=(support,), name="Chen Yu")
    lead = make_staff("lead", role="lead", name="Lena")
    Membership.objects.create(staff=lead, team=support, is_lead=True)
    ticket = make_ticket(support)
    Ticket.objects.filter(pk=ticket.pk).update(owner=agent, holder="agent")
    return House(
        support,
        logistics,
        finance,
        agent,
        make_staff("mate", teams=(support,), name="He Min"),
        Staff.objects.get(pk=lead.pk),
        make_staff("clerk", role="warehouse", teams=(logistics,), name="Wu Lin"),
        make_staff("payer", role="finance", teams=(finance,), name="Fang Hua"),
        make_staff("supervisor", role="supervisor", name="Zhao Qian"),
        make_staff("quality", role="quality", name="Zhou Qi"),
        make_staff("admin", role="administrator", name="Admin"),
        Ticket.objects.get(pk=ticket.pk),
    )


SignIn = Callable[[Staff | None], Client]


@pytest.fixture
def as_staff(db: None) -> SignIn:
    """A test browser in which this person is signed in (None: nobody)."""

    def go(staff: Staff | None, **headers: Any) -> Client:
        client = Client(**headers)
        if staff is not None:
            client.force_login(Staff.objects.get(pk=staff.pk))
        return client

    return go
