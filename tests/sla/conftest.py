"""A team, its people, calendars, and a policy; `at` moves the verbs' time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.models import BusinessCalendar
from tests.factories import make_account, make_arrival, make_staff, make_team
from tickets.intake.arrival import Thread
from tickets.intake.services import receive
from tickets.labels import ensure_labels
from tickets.models import Ticket
from tickets.sla.models import Clock, Policy
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy

HOUR = 3600
# A Monday, 10:00 in Shanghai.
MONDAY = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass
class Desk:
    """`around` is 24×7, `office` Monday to Friday 9–12 and 13–18 in Shanghai."""

    team: Team
    other: Team
    agent: Staff
    lead: Staff
    supervisor: Staff
    admin: Staff
    around: BusinessCalendar
    office: BusinessCalendar

    def arrive(self, at: datetime, **fields: Any) -> Ticket:
        """A customer's first mail at this moment."""
        with clock.at(at):
            account = fields.pop("account", None) or make_account(team=self.team)
            return receive(make_arrival(account, **fields), by=SYSTEM).ticket

    def write_again(self, ticket: Ticket, at: datetime) -> None:
        """The customer writes once more, by answering."""
        with clock.at(at):
            arrival = make_arrival(make_account(team=self.team), thread=Thread(ticket_ids=[ticket.pk]))
            receive(arrival, by=SYSTEM)


@pytest.fixture
def desk(db: None) -> Desk:
    ensure_labels()
    team, other = make_team("Support", is_default=True), make_team("Finance")
    lead = make_staff("lena", role="lead")
    Membership.objects.create(staff=lead, team=team, is_lead=True)
    blocks = (Hours(9 * 60, 12 * 60), Hours(13 * 60, 18 * 60))
    return Desk(
        team,
        other,
        make_staff("ann", teams=(team,)),
        lead,
        make_staff("sue", role="supervisor"),
        make_staff("adam", role="administrator"),
        create_calendar(by=SYSTEM, name="Around", timezone="UTC", is_24x7=True),
        create_calendar(by=SYSTEM, name="Office", timezone="Asia/Shanghai", week=(blocks,) * 5 + ((),) * 2),
    )


MakePolicy = Callable[..., Policy]


@pytest.fixture
def policy(desk: Desk) -> Policy:
    """First response 4 h around the clock, next response 2 h, resolution 24 h, with a ladder of three rungs."""
    return create_policy(everyday(desk), by=SYSTEM)


def everyday(desk: Desk, *, name: str = "Everyday", hours: int = 4, **fields: object) -> PolicyDraft:
    """A policy for everything, as a draft that tests vary."""
    steps = [
        StepDraft([{"do": "notify", "to": ["lead"]}], share=80),
        StepDraft([{"do": "notify", "to": ["supervisor"]}, {"do": "raise_priority"}], share=100),
        StepDraft([{"do": "notify", "to": ["manager"]}], after_seconds=HOUR),
    ]
    targets = [
        TargetDraft("first_response", desk.around.pk, seconds=HOUR, priorities=("urgent",)),
        TargetDraft("first_response", desk.around.pk, seconds=hours * HOUR, steps=steps),
        TargetDraft("next_response", desk.around.pk, seconds=2 * HOUR),
        TargetDraft("resolution", desk.office.pk, seconds=24 * HOUR),
    ]
    return PolicyDraft(name, targets, **fields)  # type: ignore[arg-type]


def clock_of(ticket: Ticket, metric: str) -> Clock:
    """The ticket's latest clock of a metric."""
    return Clock.objects.filter(ticket=ticket, metric=metric).latest("pk")


def after(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def as_staff(db: None) -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in
