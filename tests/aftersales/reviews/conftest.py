"""A desk that closes claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from aftersales.claims.models import Cause, Claim, ClaimKind
from aftersales.claims.services.moving import move_claim
from aftersales.claims.services.record import change_record
from helpdesk.accounts.models import Staff, Team
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.filling import ensure_calendars
from helpdesk.customers.models import OrderLine
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Ticket


@dataclass
class Desk:
    """`line` is what the customer of `ticket` bought, three of them."""

    team: Team
    agent: Staff
    outsider: Staff
    supervisor: Staff
    admin: Staff
    ticket: Ticket
    line: OrderLine

    def claim(self, kind: str = ClaimKind.REPAIR, **fields: object) -> Claim:
        """A claim about one of the things; allowed by the policy."""
        line = fields.pop("line", None) or self.line
        ticket = fields.pop("ticket", None) or self.ticket
        claim = make_claim(kind, ticket=ticket, line=line, **fields)  # type: ignore[arg-type]
        Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
        return Claim.objects.get(pk=claim.pk)

    def closed(self, kind: str = ClaimKind.REPAIR, *, cause: str = "", lesson: str = "", **fields: object) -> Claim:
        """One that is at its end, rejected: the shortest way."""
        claim = self.claim(kind, **fields)
        move_claim(claim.pk, "reject", by=SYSTEM, arguments={"refusal": "late", "words": "It came too late."})
        if cause or lesson:
            change_record(claim.pk, {"cause": cause, "lesson": lesson}, by=SYSTEM)
        return move_claim(claim.pk, "close", by=SYSTEM)


@pytest.fixture
def desk(db: None) -> Desk:
    ensure_calendars()
    for key, group in (("pump", "quality"), ("late_answer", "process")):
        Cause.objects.get_or_create(key=key, defaults={"group": group, "name": key.title()})
    team = make_team("Care", is_default=True)
    ticket = make_ticket(team)
    return Desk(
        team,
        make_staff("ann", teams=(team,)),
        make_staff("otto", teams=(make_team("Sales"),)),
        make_staff("sue", role="supervisor"),
        make_staff("adam", role="administrator"),
        ticket,
        make_order(ticket.customer, quantity=30),
    )


@pytest.fixture
def browser(db: None) -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in
