"""What the matcher hands over in a batch leaves the same behind as the ordinary verb, for fewer statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.models import Event
from tests.routing.conftest import Floor, online, profile, run
from tickets.models import Ticket
from tickets.routing.services.matching import match_batch
from tickets.services.assignment import assign_ticket
from tickets.sla.models import Clock, ClockEvent
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy(floor: Floor) -> None:
    around = create_calendar(by=SYSTEM, name="Around", timezone="UTC", is_24x7=True)
    metrics = ("first_response", "intervention", "resolution", "speed_of_answer")
    create_policy(
        PolicyDraft("Everyday", [TargetDraft(metric, around.pk, seconds=3600) for metric in metrics]), by=SYSTEM
    )


def left_by(ticket: Ticket, since: int) -> list[object]:
    """Clocks, lines of their ledger, events and versions, without what differs between any two tickets."""
    ticket.refresh_from_db()
    clocks = Clock.objects.filter(ticket=ticket).order_by("metric")
    return [
        list(clocks.values_list("metric", "state", "generation")),
        sorted(ClockEvent.objects.filter(clock__in=clocks).values_list("clock__metric", "kind")),
        sorted(Event.objects.filter(ticket_id=ticket.pk, pk__gt=since).values_list("name", flat=True)),
        (ticket.status_category, ticket.holder, ticket.owner_id, ticket.row_version, ticket.edit_version),
        (ticket.next_clock or {}).get("metric"),
        ticket.due_at is None,
    ]


def test_a_batch_leaves_the_same_as_assigning_one_by_one(floor: Floor) -> None:
    floor.queue(is_direct=True)
    tickets = [floor.arrive(f"c{number}@customer.example") for number in range(4)]
    since = Event.objects.order_by("pk").last().pk  # type: ignore[union-attr]
    assign_ticket(tickets[0].pk, to=floor.ann, by=SYSTEM)
    online(floor.ann)
    run()
    by_hand, *given = (left_by(ticket, since) for ticket in tickets)
    assert Clock.objects.filter(ticket=tickets[1]).count() >= 2
    assert given == [by_hand] * 3
    told = Event.objects.filter(name="ticket.assigned", ticket_id=tickets[1].pk).get()
    assert told.data["row_version"] == tickets[1].row_version


def test_a_batch_costs_the_same_statements_however_large_it_is(floor: Floor) -> None:
    floor.queue(is_direct=True)
    online(floor.ann)
    profile(floor.ann, mails=50)
    costs = []
    for number in (2, 12):
        for nth in range(number):
            floor.arrive(f"c{number}-{nth}@customer.example")
        with CaptureQueriesContext(connection) as found:
            assert match_batch(timezone.now()) == number
        costs.append(len(found))
    assert costs[1] == costs[0]
