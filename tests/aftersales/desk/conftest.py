"""People who work on claims, and claims to work on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aftersales.claims.models import Claim
from aftersales.policy.services.shipping import ensure_rule_sets
from helpdesk.accounts.models import Staff, Team
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Ticket


@pytest.fixture
def team(db: None) -> Team:
    return make_team("Support", is_default=True)


@pytest.fixture
def rules(db: None) -> None:
    ensure_rule_sets()


@pytest.fixture
def agent(team: Team) -> Staff:
    return make_staff("agent", teams=(team,))


@pytest.fixture
def ticket(team: Team) -> Ticket:
    return make_ticket(team)


@pytest.fixture
def claim(rules: None, ticket: Ticket) -> Claim:
    """A return within the seven days, that nobody has decided about."""
    moment = timezone.now() - timedelta(days=3)
    line = make_order(ticket.customer, delivered_at=moment, placed_at=moment - timedelta(days=2))
    return make_claim(ticket=ticket, line=line, reason="changed_mind")


@pytest.fixture
def as_staff() -> Callable[[Staff], Client]:
    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff)
        return client

    return signed_in


@pytest.fixture
def desk(agent: Staff, as_staff: Any) -> Client:
    """The agent at the desk."""
    client: Client = as_staff(agent)
    return client
