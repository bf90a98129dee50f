"""What the desk's pages cost: a fixed number of queries, whatever the data's size."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.core.actors import SYSTEM, Actor
from tests.factories import make_account, make_arrival
from tickets.intake.services import receive
from tickets.models import SavedView
from tickets.services.replying import Reply, add_note, reply_to_ticket

MOST = 12


def queries(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


def arrive(house: Any, number: int) -> None:
    account = make_account(f"box-{house.team.slug}", team=house.team)
    for nth in range(number):
        receive(make_arrival(account, address=f"c{nth}@customer.example", subject=f"Matter {nth}"), by=SYSTEM)


ADDRESSES = [
    "/tickets/",
    "/tickets/?view=mine",
    "/tickets/?priority=normal&sort=created",
    "/tickets/counts/",
    "/tickets/rows/?ids=1,2,3,4,5,6,7,8,9,10&view=open",
    "/customers/",
    "/notifications/",
    "/palette/?q=Matter",
]


@pytest.mark.req("E5", "saved views and filters")
def test_lists_cost_the_same_with_ten_and_with_two_hundred_tickets(house: Any, as_staff: Any) -> None:
    for nth in range(4):
        SavedView.objects.create(name=f"View {nth}", owner=house.agent, filters={"priority": ["high"]})
    client = as_staff(house.agent)
    arrive(house, 10)
    few = {address: queries(client, address) for address in ADDRESSES}
    arrive(house, 190)
    many = {address: queries(client, address) for address in ADDRESSES}
    assert many == few
    assert max(many.values()) <= MOST, many


@pytest.mark.req("E5", "full history")
def test_ticket_page_costs_the_same_with_two_and_with_sixty_messages(house: Any, as_staff: Any) -> None:
    number = house.ticket.number
    addresses = [
        f"/tickets/{number}/",
        f"/tickets/{number}/context/",
        f"/tickets/{number}/history/",
        f"/tickets/{number}/header/",
        f"/tickets/{number}/thread/?changes=1",
    ]
    client, by = as_staff(house.agent), Actor.of_staff(house.agent)
    reply_to_ticket(house.ticket.pk, Reply(text="first"), by=by)
    add_note(house.ticket.pk, "note", by=by)
    few = {address: queries(client, address) for address in addresses}
    for nth in range(30):
        reply_to_ticket(house.ticket.pk, Reply(text=f"answer {nth}"), by=by)
        add_note(house.ticket.pk, f"note {nth}", by=Actor.of_staff(house.teammate))
    many = {address: queries(client, address) for address in addresses}
    # never more: where nothing needs a name, its query is spared
    assert all(many[address] <= few[address] for address in addresses), (few, many)
    assert max(many.values()) <= MOST, many


@pytest.mark.req("E5", "full history")
def test_newest_twenty_messages_come_first_and_earlier_ones_on_demand(house: Any, as_staff: Any) -> None:
    for nth in range(45):
        add_note(house.ticket.pk, f"note number {nth}.", by=Actor.of_staff(house.agent))
    client = as_staff(house.agent)
    page = client.get(f"/tickets/{house.ticket.number}/").content.decode()
    assert page.count('class="note"') == 20
    assert "note number 44." in page
    assert "note number 24." not in page
    seen, address = 20, page
    while "thread/?before=" in address:
        before = address.split("thread/?before=")[1].split('"')[0]
        address = client.get(f"/tickets/{house.ticket.number}/thread/?before={before}").content.decode()
        seen += address.count('class="note"')
    assert seen == 45


@pytest.mark.req("E5", "saved views and filters")
def test_list_goes_on_page_by_page_without_a_gap(house: Any, as_staff: Any) -> None:
    arrive(house, 120)
    client = as_staff(house.agent)
    text, found = client.get("/tickets/").content.decode(), []
    while True:
        found += [part.split('"')[0] for part in text.split('data-row="')[1:]]
        if "cursor=" not in text:
            break
        cursor = text.split("cursor=")[1].split('"')[0]
        text = client.get(f"/tickets/?view=open&cursor={cursor}", headers={"HX-Request": "true"}).content.decode()
    assert len(found) == len(set(found)) == 121


@pytest.mark.req("E5", "saved views and filters")
@pytest.mark.parametrize(
    "address",
    [
        "/tickets/?cursor=nonsense",
        "/tickets/?cursor=%00",
        "/tickets/?view=team-99999",
        "/tickets/?view=%27",
        "/tickets/?status=x&owner=abc&team=9999999999999",
        "/tickets/?q=%00%F0%9F%98%80",
        "/tickets/rows/?ids=a,b,,99999999999999999999",
        "/tickets/HD-99999999999999999999/",
        "/notifications/?before=x",
        "/palette/?q=%27%22%3B--",
    ],
)
def test_addresses_that_make_no_sense_get_an_answer(address: str, house: Any, as_staff: Any) -> None:
    assert as_staff(house.agent).get(address).status_code in {200, 400, 404}
