"""What the SMS gateway posts: receipts move a delivery's state, a customer's SMS becomes a message; both only when signed."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_app.inbox import process_now
from channels_app.models import InboundEvent
from channels_app.webhook.hook import sign
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, Delivery, LeasedState
from helpdesk.customers.models import Customer
from tests.factories import actor, make_account, make_arrival, make_staff
from tickets.intake.services import receive
from tickets.models import Message, Ticket
from tickets.services.releasing import release_message
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.status import close_ticket, set_status

pytestmark = pytest.mark.django_db
SECRET = "a long shared secret"
PHONE = "+8613800138000"


@pytest.fixture
def account(house: None) -> ChannelAccount:
    found = ChannelAccount.objects.get(slug="sms")
    found.set_secrets({"webhook_secret": SECRET})
    found.save()
    return found


def post(item: Any, *, secret: str = SECRET, to: str = "sms", age: int = 0) -> Any:
    body = item if isinstance(item, bytes) else json.dumps(item).encode()
    stamp = int(time.time()) - age
    headers = {"X-Helpdesk-Timestamp": str(stamp), "X-Helpdesk-Signature": sign(secret, stamp, body)}
    return Client(raise_request_exception=False).post(
        f"/hooks/sms/{to}/", body, content_type="application/json", headers=headers
    )


def work() -> None:
    for event in InboundEvent.objects.filter(state__in=["ready", "back_off"]).order_by("pk"):
        InboundEvent.objects.filter(pk=event.pk).update(state="ready", next_attempt_at=None)
        process_now(event)


@pytest.fixture
def answered(account: ChannelAccount, lin: Customer) -> Ticket:
    """A ticket by mail that an agent has answered by SMS; the gateway called that message gw-1."""
    ticket = receive(
        make_arrival(address="lin@customer.example"), by=actor(make_staff("sys", role="administrator"))
    ).ticket
    agent = actor(make_staff("ann", role="supervisor"))
    message = reply_to_ticket(ticket.pk, Reply(text="We come at nine.", account=account), by=agent)
    release_message(message.pk)
    Delivery.objects.filter(message_delivery__message=message).update(
        external_id="gw-1", status="sent", state=LeasedState.DONE
    )
    return ticket


def delivery() -> Delivery:
    return Delivery.objects.get(external_id="gw-1")


@pytest.mark.req("A7", "delivery states")
def test_sms_that_went_out_leaves_no_note_on_its_ticket(account: ChannelAccount, lin: Customer, settings: Any) -> None:
    settings.DEMO = True
    ticket = receive(
        make_arrival(address="lin@customer.example"), by=actor(make_staff("sys", role="administrator"))
    ).ticket
    by = actor(make_staff("ann", role="supervisor"))
    message = reply_to_ticket(ticket.pk, Reply(text="We come at nine.", account=account), by=by)
    release_message(message.pk)
    sent = Delivery.objects.get(message_delivery__message=message)
    leasing.run(Delivery, sent.pk)
    assert Delivery.objects.get(pk=sent.pk).status == "sent"
    assert not Message.objects.filter(ticket=ticket, visibility="internal").exists()


# --- Receipts --------------------------------------------------------------------------------------------------------
@pytest.mark.req("A7", "delivery states")
@pytest.mark.parametrize(("state", "status"), [("DELIVRD", "delivered"), ("read", "read"), ("delivered", "delivered")])
def test_receipt_moves_the_state_forward_and_the_desk_shows_it(answered: Ticket, state: str, status: str) -> None:
    assert post({"id": "gw-1", "status": state, "at": "2026-11-20T09:00:00+08:00"}).status_code == 200
    work()
    assert delivery().status == status
    desk = Client()
    desk.force_login(make_staff("boss", role="supervisor", language="en"))
    history = desk.get(f"/tickets/{answered.number}/history/").content.decode()
    assert f"Answer {status} (SMS)" in history
    assert post({"id": "gw-1", "status": "accepted"}).status_code == 200
    work()
    assert delivery().status == status, "a late receipt takes nothing back"


@pytest.mark.req("A7", "retry and reason")
def test_failed_receipt_says_why_and_the_message_can_be_sent_again(answered: Ticket) -> None:
    post({"id": "gw-1", "status": "UNDELIV", "reason": "absent subscriber"})
    work()
    assert delivery().status == "failed"
    desk = Client()
    desk.force_login(make_staff("boss", role="supervisor", language="en"))
    page = desk.get(f"/tickets/{answered.number}/").content.decode()
    assert "Not sent" in page
    assert "The phone network did not deliver the SMS (absent subscriber)." in page
    message = Message.objects.get(text="We come at nine.")
    again = desk.post(f"/tickets/{answered.number}/messages/{message.pk}/send-again/", headers={"HX-Request": "true"})
    assert again.status_code == 204
    assert delivery().status == "queued"


def test_receipt_that_came_too_early_waits_and_a_foreign_one_is_ignored_with_its_reason(answered: Ticket) -> None:
    Delivery.objects.filter(external_id="gw-1").update(external_id="")
    post({"id": "gw-1", "status": "delivered"})
    work()
    assert InboundEvent.objects.latest("pk").state == LeasedState.BACK_OFF
    Delivery.objects.filter(message_delivery__message__text="We come at nine.").update(external_id="gw-1")
    work()
    assert delivery().status == "delivered"
    post({"id": "nobody's", "status": "delivered"})
    for _try in range(4):
        work()
    event = InboundEvent.objects.latest("pk")
    assert (event.state, event.is_ignored, event.reason) == ("done", True, "a receipt about a message that is not ours")


def test_receipt_of_another_account_moves_nothing(answered: Ticket) -> None:
    other = make_account("sms-two", kind="sms", config={"gateway": "console"})
    other.set_secrets({"webhook_secret": "the other secret"})
    other.save()
    assert post({"id": "gw-1", "status": "failed"}, to="sms-two", secret="the other secret").status_code == 200
    work()
    assert delivery().status == "sent"


def test_unknown_state_is_parked_for_a_person(answered: Ticket) -> None:
    post({"id": "gw-1", "status": "teleported"})
    work()
    event = InboundEvent.objects.latest("pk")
    assert event.state == LeasedState.PARKED
    assert "teleported" in event.reason
    assert delivery().status == "sent"


# --- Messages --------------------------------------------------------------------------------------------------------
@pytest.mark.req("A6", "history over channels")
def test_customers_sms_continues_the_conversation_that_last_went_over_the_number(answered: Ticket) -> None:
    set_status(answered.pk, "pending", by=actor(make_staff("eve", role="supervisor")))
    answer = post({"id": "in-1", "from": "138 0013 8000", "text": "好的，九点见"})
    assert answer.json()["events"][0]["is_duplicate"] is False
    work()
    message = Message.objects.get(text="好的，九点见")
    assert (message.ticket_id, message.channel_kind, message.author_address) == (answered.pk, "sms", PHONE)
    assert Ticket.objects.get(pk=answered.pk).status_category == "open"
    assert post({"id": "in-1", "from": PHONE, "text": "好的，九点见"}).json()["events"][0]["is_duplicate"] is True
    work()
    assert Message.objects.filter(text="好的，九点见").count() == 1
    assert Delivery.objects.count() == Delivery.objects.exclude(account__slug="sms").count() + 1, "nothing is answered"


def test_sms_out_of_the_blue_opens_a_ticket_of_the_known_customer_or_a_new_one(
    account: ChannelAccount, lin: Customer
) -> None:
    known, stranger = {"id": "1", "from": PHONE, "text": "Is my washer there?"}, {"id": "2", "from": "+8613900139000"}
    post({"items": [known, {**stranger, "text": "Hello"}, {**stranger, "text": "twice"}]})
    work()
    mine, theirs = Ticket.objects.order_by("pk")
    assert (mine.customer_id, mine.subject, mine.channel_kind) == (lin.pk, "Is my washer there?", "sms")
    assert theirs.customer_id != lin.pk
    assert not Delivery.objects.exists()


def test_closed_or_long_past_conversations_are_not_continued(answered: Ticket) -> None:
    Message.objects.filter(ticket=answered).update(created_at=timezone.now() - timedelta(days=31))
    post({"id": "1", "from": PHONE, "text": "Much later"})
    work()
    assert Message.objects.get(text="Much later").ticket_id != answered.pk
    other = Message.objects.get(text="Much later").ticket
    by = actor(make_staff("eve", role="supervisor"))
    set_status(other.pk, "solved", by=by)
    close_ticket(other.pk)
    post({"id": "2", "from": PHONE, "text": "After closing"})
    work()
    assert Message.objects.get(text="After closing").ticket_id not in {answered.pk, other.pk}


# --- Who may post ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", [{"secret": "wrong"}, {"age": 400}, {"to": "nothing"}, {"to": "portal"}])
def test_unsigned_posts_are_refused_and_not_stored(answered: Ticket, how: dict[str, Any]) -> None:
    before = InboundEvent.objects.count()
    assert post({"id": "gw-1", "status": "failed"}, **how).status_code in {401, 404}
    assert InboundEvent.objects.count() == before


@pytest.mark.parametrize(
    "body",
    [b"nonsense", b"[]", {}, {"from": "x", "text": "y"}, {"from": PHONE}, {"from": PHONE, "text": " \x00"},
     {"status": None}, {"status": {"a": 1}, "id": ["x"]}, {"id": True, "from": PHONE, "text": 7}],
    ids=lambda body: str(body)[:30],
)  # fmt: skip
def test_signed_nonsense_is_kept_and_parked_or_taken_but_never_an_error(account: ChannelAccount, body: Any) -> None:
    assert post(body).status_code == 200
    for _try in range(4):
        work()
    event = InboundEvent.objects.get()
    assert event.state in {LeasedState.PARKED, LeasedState.DONE}
    assert event.raw is not None


def test_administrator_makes_the_secret_on_the_accounts_page(account: ChannelAccount) -> None:
    account.set_secrets({})
    account.save()
    admin = Client()
    admin.force_login(make_staff("boss", role="administrator", language="en"))
    page = admin.get("/settings/channels/sms/").content.decode()
    assert "/hooks/sms/sms/" in page
    assert "Make a secret" in page
    shown = admin.post("/settings/channels/sms/secret/")
    secret = str(ChannelAccount.objects.get(slug="sms").secrets["webhook_secret"])
    assert secret in shown.content.decode()
    assert secret not in admin.get("/settings/channels/sms/").content.decode()
    assert post({"id": "1", "from": PHONE, "text": "Hello"}, secret=secret).status_code == 200
