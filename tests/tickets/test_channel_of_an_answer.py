"""One conversation over several channels: the agent reads all of it and picks the one to answer on."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import ChannelKind, Delivery
from helpdesk.customers.models import Identity
from tests.factories import make_account, make_arrival, make_ticket
from tickets.intake.services import receive
from tickets.models import Message
from tickets.services.releasing import release_message

HTMX = {"HX-Request": "true"}


@pytest.mark.req("A6", "channel to answer on")
def test_agent_picks_the_channel_and_the_answer_goes_to_the_address_there(house: Any, as_staff: Any) -> None:
    sms = make_account("sms", kind=ChannelKind.SMS, config={"gateway": "console"})
    ticket = house.ticket
    Identity.objects.create(customer=ticket.customer, kind="phone", value="+8613800138000")
    client = as_staff(house.agent)
    page = client.get(f"/tickets/{ticket.number}/").content.decode()
    assert f'data-channel="{sms.pk}"' in page
    assert f'data-channel="{ticket.account_id}"' in page
    assert 'data-limit="500"' in page, "what the channel can take is known before sending"
    for text, account in (("By SMS", sms.pk), ("By mail", ticket.account_id)):
        sent = client.post(f"/tickets/{ticket.number}/messages/", {"text": text, "channel": account}, headers=HTMX)
        assert sent.status_code == 200
        message = Message.objects.get(text=text)
        release_message(message.pk, now=message.release_at)
    rows = Delivery.objects.filter(purpose="tickets.message", message_delivery__message__is_auto=False)
    assert list(rows.order_by("pk").values_list("account__kind", "address")) == [
        ("sms", "+8613800138000"),
        ("email", "li.na@customer.example"),
    ]


@pytest.mark.req("A6", "channel to answer on")
def test_channel_without_an_address_of_the_customer_is_neither_offered_nor_taken(house: Any, as_staff: Any) -> None:
    sms = make_account("sms", kind=ChannelKind.SMS, config={"gateway": "console"})
    client, ticket = as_staff(house.agent), house.ticket
    assert f'data-channel="{sms.pk}"' not in client.get(f"/tickets/{ticket.number}/").content.decode()
    refused = client.post(f"/tickets/{ticket.number}/messages/", {"text": "Hi", "channel": sms.pk}, headers=HTMX)
    assert refused.status_code == 400
    assert refused.json()["detail"]
    assert not Message.objects.filter(text="Hi").exists()


@pytest.mark.req("A6", "history over channels")
def test_conversations_of_every_channel_stand_beside_the_open_one(house: Any, as_staff: Any) -> None:
    form = make_account("web-form", kind=ChannelKind.FORM, team=house.team)
    earlier = receive(make_arrival(form, subject="Asked by the form"), by=SYSTEM).ticket
    other = make_ticket(house.team, address="other@customer.example", subject="Somebody else's")
    context = as_staff(house.agent).get(f"/tickets/{house.ticket.number}/context/").content.decode()
    assert earlier.subject in context
    assert other.subject not in context
