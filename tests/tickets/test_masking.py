"""Who may not see customers' addresses whole: not on the ticket's page, not in a mail's source, not by guessing in a search."""

from __future__ import annotations

from typing import Any

import pytest

from channels_app.models import InboundEvent
from helpdesk.core.models import Event
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tests.factories import make_account
from tickets.models import Ticket

pytestmark = pytest.mark.req("H5", "masking by role")
ADDRESS = "li.na@customer.example"


@pytest.fixture
def ticket(house: Any) -> Ticket:
    make_account("support", address="support@company.example")
    line = mail_in(make_mail("The washer leaks"))
    return Ticket.objects.get(pk=int(line["ticket"].removeprefix("HD-")))


def pages_of(ticket: Ticket) -> list[str]:
    message = ticket.messages.filter(direction="in").get()
    base = f"/tickets/{ticket.number}/"
    return [
        base,
        f"{base}print/",
        f"{base}messages/{message.pk}/source/",
        f"{base}messages/{message.pk}/source/?download=1",
    ]


def test_addresses_are_whole_for_those_who_may_see_them_and_masked_for_others(
    house: Any, as_staff: Any, ticket: Ticket
) -> None:
    whole, masked = as_staff(house.supervisor), as_staff(house.quality)
    for page in pages_of(ticket):
        assert masked.get(page).status_code == 200, page
        assert ADDRESS not in masked.get(page).content.decode(), page
    assert ADDRESS in whole.get(pages_of(ticket)[0]).content.decode()
    assert ADDRESS in whole.get(pages_of(ticket)[2]).content.decode()


@pytest.mark.req("K4", "by whom, from where")
def test_reading_a_mails_source_is_recorded_with_who_and_from_where(house: Any, as_staff: Any, ticket: Ticket) -> None:
    shown, downloaded = pages_of(ticket)[2:]
    as_staff(house.outsider).get(shown)
    assert not Event.objects.filter(name="inbound.source_read").exists()
    as_staff(house.agent, REMOTE_ADDR="192.0.2.7").get(downloaded)
    as_staff(house.quality).get(downloaded)
    rows = Event.objects.filter(name="inbound.source_read").order_by("pk")
    expected = [(house.agent.pk, "192.0.2.7", True), (house.quality.pk, "127.0.0.1", False)]
    assert [(row.actor_id, row.origin, row.data["whole"]) for row in rows] == expected
    assert {(row.ticket_id, row.subject_id) for row in rows} == {
        (ticket.pk, ticket.messages.get(direction="in").inbound_event_id)
    }
    assert "source" in as_staff(house.agent).get(f"/tickets/{ticket.number}/history/").content.decode()


@pytest.mark.req("H5", "raw inbound is kept 90 days")
def test_a_source_that_is_not_kept_any_more_is_not_recorded_as_read(house: Any, as_staff: Any, ticket: Ticket) -> None:
    InboundEvent.objects.update(raw=None)
    assert b"dropped" in as_staff(house.agent).get(pages_of(ticket)[2]).content
    assert not Event.objects.filter(name="inbound.source_read").exists()


@pytest.mark.parametrize(("q", "finds"), [("li.n", False), ("@cust", False), (ADDRESS, True)])
def test_what_is_masked_cannot_be_guessed_part_by_part(
    house: Any, as_staff: Any, ticket: Ticket, q: str, finds: bool
) -> None:
    ticket.customer.name = "Somebody"
    ticket.customer.save()
    customer, whole, masked = f"/customers/{ticket.customer_id}/", as_staff(house.supervisor), as_staff(house.quality)
    assert customer in whole.get("/customers/", {"q": q}).content.decode()
    assert (customer in masked.get("/customers/", {"q": q}).content.decode()) is finds
    assert (customer in masked.get("/palette/", {"q": q}).content.decode()) is finds
