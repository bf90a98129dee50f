"""A desk with a policy and a month of tickets, and browsers of its people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from helpdesk.accounts.models import Staff
from helpdesk.core import clock as time
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Job, LeasedState
from tests.factories import actor
from tests.sla.conftest import MONDAY, Desk, desk, everyday  # noqa: F401 - a fixture
from tickets.models import Ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla.models import Policy
from tickets.sla.services.policies import create_policy
from tickets.sla.sweep import work_due


@pytest.fixture
def as_staff() -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in


@pytest.fixture
def policy(desk: Desk) -> Policy:  # noqa: F811
    """In force since before the first ticket."""
    with time.at(MONDAY - timedelta(days=30)):
        return create_policy(everyday(desk), by=SYSTEM)


@pytest.fixture
def month(desk: Desk, policy: Policy) -> list[Ticket]:  # noqa: F811
    """Six tickets, answered after 1, 3 and almost 5 hours, 24 minutes, in the evening, and never; due after 4 hours."""
    tickets = []
    for nth, hours in enumerate((1.0, 3.0, 4.9, 0.4, 10.0, None)):
        at = MONDAY + timedelta(days=nth % 4, minutes=nth)
        ticket = desk.arrive(at, address=f"customer{nth}@customer.example")
        if hours is not None:
            with time.at(at + timedelta(hours=hours)):
                reply_to_ticket(ticket.pk, Reply("We look into it."), by=actor(desk.supervisor))
        tickets.append(ticket)
    with time.at(MONDAY + timedelta(days=20)):
        while work_due(MONDAY + timedelta(days=20), 100):
            pass
    return tickets


def work(kind: str) -> list[dict[str, Any]]:
    """Run the waiting jobs of a kind until none is left; returns their results."""
    results = []
    while (job := Job.objects.filter(kind=kind, state=LeasedState.READY).order_by("pk").first()) is not None:
        leasing.run(Job, job.pk)
        job.refresh_from_db()
        assert job.state == LeasedState.DONE, job.reason
        results.append(job.result)
    return results
