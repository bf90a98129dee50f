"""Tasks of other departments: opened on a ticket, worked by their team, unseen by the customer."""

from __future__ import annotations

import pytest

from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.models import Delivery, Event
from tests.automation.conftest import House
from tests.factories import actor, make_account, make_arrival, make_team, make_ticket
from tickets.access import can_see
from tickets.errors import CannotMerge, CannotOpenSub, SubTicketSilent
from tickets.intake.arrival import Thread
from tickets.intake.services import receive
from tickets.models import Ticket
from tickets.selectors.for_customer import requests_of
from tickets.services.assignment import assign_ticket
from tickets.services.merging import merge_tickets, split_ticket
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.replying import Reply, add_note, reply_to_ticket
from tickets.services.status import set_status
from tickets.services.sub_tickets import open_sub_ticket
from tickets.sla.models import Clock
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy

pytestmark = pytest.mark.django_db
SUB = pytest.mark.req("E3", "sub-tickets")


def opened(house: House, **fields: object) -> Ticket:
    values = {"team": house.logistics, "subject": "Find the parcel", "text": "Lost since Monday", **fields}
    return open_sub_ticket(house.ticket.pk, by=actor(house.agent), **values)  # type: ignore[arg-type]


@SUB
def test_an_agent_gives_another_department_a_task(house: House) -> None:
    sub = opened(house)
    assert (sub.parent_id, sub.team_id, sub.customer_id) == (
        house.ticket.pk,
        house.logistics.pk,
        house.ticket.customer_id,
    )
    assert (sub.status_category, sub.holder) == ("new", "queue")
    note = sub.messages.get()
    assert (note.visibility, note.text) == ("internal", "Lost since Monday")
    event = Event.objects.get(name="ticket.sub_opened")
    assert (event.ticket_id, event.data["sub"], event.data["team"]) == (house.ticket.pk, sub.pk, house.logistics.pk)
    assert Event.objects.get(name="ticket.created", ticket_id=sub.pk).data["parent"] == house.ticket.pk
    assert not Delivery.objects.filter(subject_id__in=sub.messages.values("pk")).exists()


@SUB
def test_another_department_takes_its_task_writes_a_note_and_solves_it(house: House) -> None:
    sub, clerk = opened(house), actor(house.clerk)
    assign_ticket(sub.pk, to=house.clerk, by=clerk)
    add_note(sub.pk, "It is in depot 4", by=clerk)
    solved = set_status(sub.pk, "solved", by=clerk, solution="Found, on its way")
    assert (solved.owner_id, solved.status_category, solved.survey_at) == (house.clerk.pk, "solved", None)
    # the rest of the desk stays closed to them
    with pytest.raises(Forbidden):
        edit_ticket(sub.pk, by=clerk, priority="urgent")
    with pytest.raises(NotFound):
        set_status(house.ticket.pk, "solved", by=clerk)
    with pytest.raises(Forbidden):
        assign_ticket(sub.pk, to=house.agent, by=clerk)


def test_reading_roles_work_on_nothing(house: House) -> None:
    sub = opened(house)
    with pytest.raises(Forbidden):
        set_status(sub.pk, "solved", by=actor(house.quality))


@SUB
def test_the_opener_and_the_owner_watch_the_task_and_nobody_else_sees_it(house: House) -> None:
    sub = open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=actor(house.mate))
    assert set(sub.watchers.values_list("staff_id", flat=True)) == {house.agent.pk, house.mate.pk}
    assert can_see(actor(house.clerk), sub)
    assert not can_see(actor(house.clerk), house.ticket)
    assert not can_see(actor(house.payer), sub)


@SUB
def test_the_customer_never_sees_a_sub_ticket(house: House) -> None:
    sub = opened(house)
    customer = Actor.of_customer(house.ticket.customer)
    assert can_see(customer, house.ticket)
    assert not can_see(customer, sub)
    assert list(requests_of(house.ticket.customer)) == [house.ticket]


@SUB
def test_nothing_on_a_sub_ticket_can_be_sent_to_the_customer(house: House) -> None:
    sub = opened(house)
    for by in (actor(house.supervisor), SYSTEM):
        with pytest.raises(SubTicketSilent):
            reply_to_ticket(sub.pk, Reply("Hello"), by=by)
    assert sub.messages.count() == 1


def test_a_mail_that_quotes_its_number_goes_to_the_parent(house: House) -> None:
    sub = opened(house)
    arrival = make_arrival(make_account(house.ticket.account.slug), thread=Thread(ticket_ids=[sub.pk]))
    assert receive(arrival, by=SYSTEM).ticket.pk == house.ticket.pk


@SUB
def test_a_sub_ticket_has_none_of_its_own(house: House) -> None:
    sub = opened(house)
    with pytest.raises(CannotOpenSub):
        open_sub_ticket(sub.pk, team=house.finance, subject="Deeper", by=actor(house.supervisor))


@pytest.mark.parametrize("state", ["solved", "spam", "merged"])
def test_no_task_is_opened_where_nothing_is_left_to_do(house: House, state: str) -> None:
    if state == "solved":
        set_status(house.ticket.pk, "solved", by=SYSTEM)
    elif state == "spam":
        mark_spam(house.ticket.pk, is_spam=True, by=SYSTEM)
    else:
        merge_tickets(house.ticket.pk, make_ticket(house.support).pk, by=SYSTEM)
    with pytest.raises(CannotOpenSub):
        open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=SYSTEM)
    assert not Ticket.objects.filter(parent__isnull=False).exists()


def test_a_closed_team_gets_no_task(house: House) -> None:
    with pytest.raises(Invalid):
        opened(house, team=make_team("Gone", is_active=False))
    with pytest.raises(Invalid):
        opened(house, subject="  ")


def test_the_21st_open_task_is_refused(house: House) -> None:
    for nth in range(20):
        opened(house, subject=f"Task {nth}")
    with pytest.raises(CannotOpenSub):
        opened(house)


@SUB
def test_tasks_move_along_when_their_ticket_is_merged(house: House) -> None:
    sub, other = opened(house), make_ticket(house.support)
    merge_tickets(house.ticket.pk, other.pk, by=SYSTEM)
    moved = Ticket.objects.get(pk=sub.pk)
    assert moved.parent_id == other.pk
    assert moved.row_version > sub.row_version


def test_a_task_is_neither_merged_split_nor_spam(house: House) -> None:
    sub, other = opened(house), make_ticket(house.support)
    for source, target in ((sub.pk, other.pk), (other.pk, sub.pk)):
        with pytest.raises(CannotMerge):
            merge_tickets(source, target, by=SYSTEM)
    with pytest.raises(Invalid):
        split_ticket(sub.pk, [sub.messages.get().pk], subject="x", by=SYSTEM)
    with pytest.raises(Invalid):
        mark_spam(sub.pk, is_spam=True, by=SYSTEM)


def test_opening_costs_a_fixed_number_of_statements(house: House, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        opened(house)


@SUB
def test_a_task_has_clocks_of_its_own(house: House) -> None:
    around = create_calendar(by=SYSTEM, name="Around", timezone="UTC", is_24x7=True)
    targets = [TargetDraft(name, around.pk, seconds=3600) for name in ("first_response", "handover", "resolution")]
    create_policy(PolicyDraft("Everything", targets, conditions={"teams": [house.logistics.pk]}), by=SYSTEM)
    sub = opened(house)
    state = dict(Clock.objects.filter(ticket=sub).values_list("metric", "state"))
    assert state == {"handover": "running", "resolution": "running"}
    assign_ticket(sub.pk, to=house.clerk, by=actor(house.clerk))
    set_status(sub.pk, "solved", by=actor(house.clerk))
    assert dict(Clock.objects.filter(ticket=sub).values_list("metric", "state")) == {
        "handover": "met",
        "resolution": "met",
    }
    assert not Clock.objects.filter(ticket=house.ticket).exists()
