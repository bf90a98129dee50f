"""What settled a matter stands in one line wherever the customer's story is told: ticket, profile, portal, API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from helpdesk.core.models import Event
from helpdesk.customers.sessions import start_session
from tickets.models import StatusLabel, Ticket

HTMX = {"HX-Request": "true"}
LINE = "Door seal replaced"


def write_down(client: Any, ticket: Ticket, value: str) -> Any:
    return client.post(f"/tickets/{ticket.number}/edit/", {"field": "solution", "value": value}, headers=HTMX)


@pytest.mark.req("E6", "solution line")
def test_solution_stands_on_the_ticket_the_profile_and_the_customers_page(house: Any, as_staff: Any) -> None:
    client, ticket = as_staff(house.agent), house.ticket
    assert "How it was solved" in client.get(f"/tickets/{ticket.number}/dialog/solution/").content.decode()
    answer = write_down(client, ticket, f" {LINE}\n")
    assert re.search(rf">\s*{LINE}\s*<", answer.content.decode()), "the facts beside the conversation follow at once"
    assert Ticket.objects.get(pk=ticket.pk).solution == LINE
    solved = StatusLabel.objects.get(category="solved", is_default=True)
    client.post(f"/tickets/{ticket.number}/edit/", {"field": "status", "value": solved.pk}, headers=HTMX)
    assert LINE in client.get(f"/tickets/{ticket.number}/").content.decode()
    assert LINE in client.get(f"/customers/{ticket.customer_id}/").content.decode()
    assert f"Solution: {LINE}" in client.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert LINE not in str(list(Event.objects.values_list("data", flat=True)))
    portal = Client()
    portal.cookies["portal_session"] = start_session(ticket.customer, ticket.customer.identities.get())
    assert f"{LINE}. Not right yet?" in portal.get(f"/portal/requests/{ticket.number}/").content.decode()


@pytest.mark.req("E6", "solution line")
def test_customer_reads_no_solution_before_the_request_is_solved(house: Any, as_staff: Any) -> None:
    write_down(as_staff(house.agent), house.ticket, LINE)
    customer, portal = house.ticket.customer, Client()
    portal.cookies["portal_session"] = start_session(customer, customer.identities.get())
    assert LINE not in portal.get(f"/portal/requests/{house.ticket.number}/").content.decode()


@pytest.mark.req("E6", "solution line")
def test_solution_is_short_and_written_by_those_who_may(house: Any, as_staff: Any) -> None:
    refused = write_down(as_staff(house.agent), house.ticket, "x" * 301)
    assert (refused.status_code, "300" in refused.json()["detail"]) == (400, True)
    assert write_down(as_staff(house.quality), house.ticket, LINE).status_code == 403
    assert write_down(as_staff(house.outsider), house.ticket, LINE).status_code == 404
    assert Ticket.objects.get(pk=house.ticket.pk).solution == ""
