"""Who may not see customers' addresses whole: not on the ticket's page, not in a mail's source, not by guessing in a search."""

from __future__ import annotations

import re
from typing import Any

import pytest

from channels_app.models import InboundEvent
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import Role
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.models import Delivery, Event
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tests.factories import make_account, make_staff
from tickets.models import Draft, Ticket
from tickets.selectors.recipients import restored
from tickets.services.replying import Reply, reply_to_ticket

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


@pytest.fixture
def clerk(house: Any) -> Staff:
    """Answers customers without seeing their addresses."""
    return make_staff("clerk", role=Role.STORE_CLERK, teams=(house.team,))


def post(client: Any, path: str, **values: Any) -> Any:
    return client.post(path, values, headers={"HX-Request": "true"})


def composer(client: Any, ticket: Ticket) -> dict[str, str]:
    page = client.get(f"/tickets/{ticket.number}/").content.decode()
    return dict(re.findall(r'<input[^>]* name="(to|cc|bcc)" value="([^"]*)"', page))


def sent(ticket: Ticket) -> dict[str, list[str]]:
    message = ticket.messages.filter(direction="out", is_auto=False).latest("pk")
    return {name: [address for _name, address in pairs] for name, pairs in message.recipients.items()}


@pytest.fixture
def copied(house: Any, ticket: Ticket) -> Ticket:
    """The customer's mail went in copy to two people whose masked addresses look alike, one like the customer's own."""
    ticket.messages.filter(direction="in").update(
        recipients={"cc": [["", "liu@customer.example"], ["", "lin@customer.example"], ["", "zhao@other.example"]]}
    )
    return ticket


def test_composer_shows_masked_recipients_and_sends_to_the_whole_ones(
    as_staff: Any, clerk: Staff, copied: Ticket
) -> None:
    client = as_staff(clerk)
    page = client.get(f"/tickets/{copied.number}/").content.decode()
    for address in (ADDRESS, "liu@", "lin@", "zhao@"):
        assert address not in page
    lines = composer(client, copied)
    assert lines["to"] == "l•••@customer.example"
    assert lines["cc"] == "l•••@customer.example, l•••@customer.example, z•••@other.example"
    answer = post(client, f"/tickets/{copied.number}/messages/", text="Hello", mode="reply", then="pending", **lines)
    assert answer.status_code == 200
    assert ADDRESS not in answer.content.decode()
    assert sent(copied) == {
        "to": [ADDRESS],
        "cc": ["liu@customer.example", "lin@customer.example", "zhao@other.example"],
    }


def test_typed_addresses_are_taken_as_they_are_and_unknown_masks_are_refused(
    as_staff: Any, clerk: Staff, copied: Ticket
) -> None:
    client, path = as_staff(clerk), f"/tickets/{copied.number}/messages/"
    typed = {"to": "Plumber <p@plumber.example>; l•••@customer.example", "cc": "new@other.example"}
    assert post(client, path, text="Hello", mode="reply", **typed).status_code == 200
    assert sent(copied) == {"to": ["p@plumber.example", ADDRESS], "cc": ["new@other.example"]}
    count = copied.messages.count()
    refused = post(client, path, text="Hello", mode="reply", to="x•••@nowhere.example")
    assert refused.status_code == 400
    assert "x•••@nowhere.example" in refused.json()["detail"]
    assert copied.messages.count() == count


@pytest.mark.req("E5", "drafts that survive")
def test_draft_keeps_whole_addresses_and_shows_masked_ones(as_staff: Any, clerk: Staff, copied: Ticket) -> None:
    client, base = as_staff(clerk), f"/tickets/{copied.number}/"
    lines = {"to": "l•••@customer.example", "cc": "new@other.example, z•••@other.example", "bcc": ""}
    for _ in range(2):
        version = Draft.objects.values_list("updated_at", flat=True).first()
        seen = int(version.timestamp() * 1_000_000) if version else 0
        assert post(client, f"{base}draft/", text="half", mode="reply", version=seen, **lines).status_code == 200
        kept = Draft.objects.get().recipients
        assert (kept["to"], kept["cc"]) == (ADDRESS, "new@other.example, zhao@other.example")
        lines = composer(client, copied)
        assert lines["cc"] == "n•••@other.example, z•••@other.example"
    post(client, f"{base}messages/", text="whole", mode="reply", **lines)
    assert sent(copied)["cc"] == ["new@other.example", "zhao@other.example"]


def test_an_answer_that_was_taken_back_shows_masked_recipients_and_reaches_them_after_all(
    as_staff: Any, clerk: Staff, copied: Ticket
) -> None:
    client, base = as_staff(clerk), f"/tickets/{copied.number}/"
    post(client, f"{base}messages/", text="Hello", mode="reply", then="send", to="p@plumber.example")
    message = copied.messages.filter(direction="out", is_auto=False).latest("pk")
    assert post(client, f"{base}messages/{message.pk}/withdraw/").status_code == 200
    lines = composer(client, copied)
    assert lines["to"] == "p•••@plumber.example"
    post(client, f"{base}messages/", text="Hello", mode="reply", then="send", **lines)
    assert sent(copied)["to"] == ["p@plumber.example"]


def test_forms_that_quote_or_begin_with_an_address_mask_it_too(as_staff: Any, clerk: Staff, ticket: Ticket) -> None:
    client, message = as_staff(clerk), ticket.messages.filter(direction="in").get()
    ticket.messages.update(author_name="")
    page = client.get(f"/tickets/{ticket.number}/messages/{message.pk}/forward/").content.decode()
    assert "l•••@customer.example" in page
    assert ADDRESS not in page
    path = f"/tickets/new/?customer={ticket.customer_id}"
    page = client.get(path).content.decode()
    assert "l•••@customer.example" in page
    assert ADDRESS not in page
    values = {
        "address": "l•••@customer.example",
        "account": ticket.account_id,
        "team": ticket.team_id,
        "subject": "You called",
        "priority": "normal",
        "mode": "message",
        "text": "Hello",
    }
    assert client.post(path, values).status_code == 302
    fresh = Ticket.objects.get(subject="You called")
    assert fresh.customer_id == ticket.customer_id
    assert fresh.participants.get(role="requester").address == ADDRESS
    assert client.post("/tickets/new/", values).status_code == 422


def test_reasons_of_failed_deliveries_are_masked(house: Any, as_staff: Any, clerk: Staff, ticket: Ticket) -> None:
    message = reply_to_ticket(ticket.pk, Reply(text="Hi"), by=Actor.of_staff(house.agent))
    delivery = Delivery.objects.get(subject_id=message.pk)
    Delivery.objects.filter(pk=delivery.pk).update(status="failed", reason=f"550 <{ADDRESS}> unknown")
    key = create_api_key(clerk, ["tickets:read"], by=SYSTEM)[1]
    bearer = {"Authorization": f"Bearer {key}"}
    page = as_staff(clerk).get(f"/tickets/{ticket.number}/").content.decode()
    listed = as_staff(None).get(f"/api/v1/tickets/{ticket.number}/messages/", headers=bearer).content.decode()
    for text in (page, listed):
        assert "550" in text
        assert ADDRESS not in text
    assert ADDRESS in as_staff(house.agent).get(f"/tickets/{ticket.number}/").content.decode()


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("", ""),
        ("a•••@x.example", "anna@x.example"),
        ("A•••@X.example", "anna@x.example"),
        ("a•••@x.example, a•••@x.example", "anna@x.example, alan@x.example"),
        ("Anna <a•••@x.example>；new@y.example", "Anna <anna@x.example>；new@y.example"),
        ("q•••@x.example", "q•••@x.example"),
        ("a•••@x.example, a•••@x.example, a•••@x.example", "anna@x.example, alan@x.example, a•••@x.example"),
    ],
)
def test_masked_recipients_stand_for_known_ones_in_their_order(line: str, whole: str) -> None:
    assert restored(line, ["anna@x.example", "alan@x.example", "bob@y.example"]) == whole


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
