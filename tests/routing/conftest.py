"""A team whose queue is matched, people who are there, and customers who write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import Membership, Presence, Skill, Staff, StaffSkill, Team, WorkProfile
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import Customer, CustomerLevel
from tests.factories import make_account, make_arrival, make_staff, make_team
from tickets.intake.services import receive
from tickets.labels import ensure_labels
from tickets.models import Ticket
from tickets.routing.models import Offer, OfferState, QueueSettings, Strategy
from tickets.routing.services.matching import match_batch


@dataclass
class Floor:
    """`ann` and `bob` are agents of the team, `lena` leads it; nobody is online until `online` says so."""

    team: Team
    other: Team
    ann: Staff
    bob: Staff
    lena: Staff
    sue: Staff

    def arrive(self, address: str = "li.na@customer.example", *, level: str = "", **fields: Any) -> Ticket:
        """A customer's first mail."""
        account = fields.pop("account", None) or make_account(team=self.team)
        ticket = receive(make_arrival(account, address=address, **fields), by=SYSTEM).ticket
        if level:
            Customer.objects.filter(pk=ticket.customer_id).update(level=level)
        return ticket

    def vip(self, address: str) -> Customer:
        """A core customer who is known before they write."""
        from tests.factories import make_customer

        return make_customer("VIP", address, level=CustomerLevel.CORE)

    def queue(self, strategy: str = Strategy.LEAST_LOADED, *, team: Team | None = None, **fields: Any) -> QueueSettings:
        row, _made = QueueSettings.objects.update_or_create(
            team=team or self.team, defaults={"strategy": strategy, **fields}
        )
        return row


def online(staff: Staff, *, minutes: float = 1, state: str = "online", **fields: Any) -> Presence:
    """The person is connected for so long, in this state."""
    until = timezone.now() + timedelta(minutes=minutes)
    row, _made = Presence.objects.update_or_create(
        staff=staff, defaults={"state": state, "connected_until": until, "changed_at": timezone.now(), **fields}
    )
    return row


def profile(staff: Staff, **fields: Any) -> None:
    WorkProfile.objects.update_or_create(staff=staff, defaults=fields)


def knows(staff: Staff, name: str, level: int = 2) -> Skill:
    skill, _made = Skill.objects.get_or_create(name=name)
    StaffSkill.objects.update_or_create(staff=staff, skill=skill, defaults={"level": level})
    return skill


def run() -> int:
    """Let the matcher work until nothing fits."""
    done = 0
    while number := match_batch(timezone.now()):
        done += number
    return done


def offered(ticket: Ticket) -> Staff | None:
    """To whom the ticket is offered now."""
    row = Offer.objects.filter(ticket=ticket, state=OfferState.OPEN).select_related("staff").first()
    return row.staff if row else None


@pytest.fixture
def floor(db: None) -> Floor:
    ensure_labels()
    team, other = make_team("Support", is_default=True, name_zh="客服"), make_team("Repairs")
    lena = make_staff("lena", role="lead")
    Membership.objects.create(staff=lena, team=team, is_lead=True)
    return Floor(
        team,
        other,
        make_staff("ann", teams=(team,)),
        make_staff("bob", teams=(team,)),
        lena,
        make_staff("sue", role="supervisor"),
    )


@pytest.fixture
def as_staff() -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in
