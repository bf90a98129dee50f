"""What counts customers' contacts leaves the tasks behind them out: statistics, complaint history, the last agent, queues."""

from __future__ import annotations

import pytest

from analytics.consuming import roll_up
from analytics.models import DayCount, Happening
from analytics.services.rebuilding import rebuild
from helpdesk.core import dispatcher
from helpdesk.core.actors import SYSTEM
from tests.automation.conftest import House
from tests.factories import actor, make_account, make_arrival
from tickets.intake.services import receive
from tickets.models import Kind, Ticket, Tone
from tickets.routing.models import QueueEntry
from tickets.routing.recognition.models import Recognition
from tickets.routing.selectors.waiting import last_agents
from tickets.routing.services.checking import mend
from tickets.services.assignment import assign_ticket
from tickets.services.replying import add_note
from tickets.services.status import set_status
from tickets.services.sub_tickets import open_sub_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("E3", "sub-tickets")]


def task(house: House) -> Ticket:
    return open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find the parcel", by=actor(house.agent))


def counted(what: str) -> list[tuple[int, int]]:
    rows = DayCount.objects.filter(what=what).order_by("staff_id")
    return [(row.staff_id, row.number) for row in rows]


@pytest.mark.req("J2", "SLA dashboard")
def test_a_day_opens_and_solves_customers_tickets_and_everybodys_work_is_handled(house: House) -> None:
    sub, clerk = task(house), actor(house.clerk)
    assign_ticket(sub.pk, to=house.clerk, by=clerk)
    add_note(sub.pk, "It is in depot 4", by=clerk)
    set_status(sub.pk, "solved", by=clerk, solution="Found")
    set_status(house.ticket.pk, "solved", by=actor(house.agent), solution="On its way")
    dispatcher.run_once({"analytics": roll_up})
    assert (counted("opened"), counted("solved")) == ([(0, 1)], [(house.agent.pk, 1)])
    assert dict(counted("handled"))[house.clerk.pk] == 1
    assert set(Happening.objects.filter(ticket_id=sub.pk).values_list("what", flat=True)) == {"handled"}
    assert not rebuild().any


@pytest.mark.req("B1", "three-way recognition")
def test_a_task_behind_a_complaint_is_no_second_complaint(house: House) -> None:
    Ticket.objects.filter(pk=house.ticket.pk).update(kind=Kind.COMPLAINT)
    sub = task(house)
    Ticket.objects.filter(pk=sub.pk).update(tone=Tone.THREAT)
    assert sub.kind == Kind.COMPLAINT
    again = again_from(house)
    row = Recognition.objects.get(ticket=again)
    assert not row.is_high_risk
    assert "risk" not in row.reasons or ["complaints", 2] not in row.reasons["risk"]


@pytest.mark.req("C2", "skills, load, level")
def test_who_did_a_task_is_not_the_customers_last_agent(house: House) -> None:
    assign_ticket(house.ticket.pk, to=house.agent, by=actor(house.agent))
    assign_ticket(task(house).pk, to=house.clerk, by=actor(house.clerk))
    customer = house.ticket.customer_id
    assert last_agents([customer]) == {customer: house.agent.pk}


@pytest.mark.req("J1", "wallboard")
def test_a_task_waits_under_no_channel_of_customers(house: House) -> None:
    sub = task(house)
    assert QueueEntry.objects.get(ticket=sub).channel == "internal"
    QueueEntry.objects.filter(ticket=sub).update(channel=sub.channel_kind)
    assert mend([sub.pk])["stale"] == 1
    assert QueueEntry.objects.get(ticket=sub).channel == "internal"
    assert mend([sub.pk])["stale"] == 0


def again_from(house: House) -> Ticket:
    """The same customer writes about something else."""
    address = house.ticket.customer.identities.filter(kind="email").values_list("value", flat=True)[0]
    account = make_account(team=house.ticket.team)
    return receive(make_arrival(account, address=address, subject="Another matter"), by=SYSTEM).ticket
