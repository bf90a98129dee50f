"""The generic webhook: only what its sender signed a moment ago is stored, and it becomes a ticket once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client

from channels_app.inbox import process_now
from channels_app.models import InboundEvent
from channels_app.webhook.hook import sign
from helpdesk.core.models import ChannelAccount, LeasedState
from tests.factories import make_account, make_team
from tickets.labels import ensure_labels
from tickets.models import Message, Ticket

MESSAGE = {"id": "m-1", "sender": {"id": "u-7", "name": "Bo", "email": "bo@shop.example"}, "text": "Hello 你好"}


def make_hook(slug: str = "shop", secret: str = "a long shared secret", **fields: Any) -> ChannelAccount:
    account = make_account(slug, kind="webhook", **fields)
    account.set_secrets({"webhook_secret": secret})
    account.save()
    return account


@pytest.fixture
def account(db: None) -> ChannelAccount:
    ensure_labels()
    make_team("Support", is_default=True)
    return make_hook()


def send(
    body: bytes | Any = MESSAGE,
    *,
    to: str = "shop",
    secret: str = "a long shared secret",
    age: float = 0,
    **changed: Any,
) -> Any:
    """Post as the sender does; `changed` replaces headers or the body that arrives."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = int(time.time() - age)
    headers = {"HTTP_X_HELPDESK_TIMESTAMP": str(stamp), "HTTP_X_HELPDESK_SIGNATURE": sign(secret, stamp, body)}
    headers |= {name: value for name, value in changed.items() if name.startswith("HTTP_")}
    headers = {name: value for name, value in headers.items() if value is not None}
    given = changed.get("arriving", body)
    return Client(raise_request_exception=False).post(
        f"/hooks/webhook/{to}/", given, content_type=changed.get("content_type", "application/json"), **headers
    )


def work() -> None:
    for event in InboundEvent.objects.order_by("pk"):
        process_now(event)


@pytest.mark.req("A1", "generic webhook")
def test_signed_message_is_stored_acknowledged_and_becomes_a_ticket(account: ChannelAccount) -> None:
    answer = send()
    assert answer.status_code == 200
    event = InboundEvent.objects.get()
    assert answer.json() == {"events": [{"event": event.pk, "is_duplicate": False}]}
    assert bytes(event.raw or b"") == json.dumps(MESSAGE).encode()
    assert Ticket.objects.count() == 0
    work()
    message = Message.objects.get(direction="in")
    assert (message.text, message.external_id, message.author_name) == ("Hello 你好", "m-1", "Bo")
    assert message.ticket.customer.identities.count() == 2
    again = send()
    assert again.json()["events"][0]["is_duplicate"] is True
    work()
    assert Message.objects.filter(direction="in").count() == 1


@pytest.mark.req("A1", "generic webhook")
@pytest.mark.parametrize(
    "how",
    [
        {"HTTP_X_HELPDESK_SIGNATURE": None},
        {"HTTP_X_HELPDESK_TIMESTAMP": None},
        {"HTTP_X_HELPDESK_SIGNATURE": "sha256=" + "0" * 64},
        {"HTTP_X_HELPDESK_SIGNATURE": "密"},
        {"HTTP_X_HELPDESK_TIMESTAMP": "0"},
        {"HTTP_X_HELPDESK_TIMESTAMP": "9" * 400},
        {"HTTP_X_HELPDESK_TIMESTAMP": "now"},
        {"age": 301},
        {"age": -301},
        {"secret": "the secret of another account"},
        {"secret": ""},
        {"arriving": json.dumps(MESSAGE).encode().replace(b"Hello", b"Hellp")},
        {"arriving": b""},
    ],
    ids=str,
)
def test_unproved_message_is_refused_and_not_stored(account: ChannelAccount, how: dict[str, Any]) -> None:
    make_hook("other", "the secret of another account")
    answer = send(**how)
    assert answer.status_code == 401
    assert answer.json()["code"] == "signature_refused"
    assert answer["Content-Type"] == "application/problem+json"
    assert InboundEvent.objects.count() == 0


def test_signature_is_valid_up_to_five_minutes_and_with_the_former_secret(account: ChannelAccount) -> None:
    assert send(age=290).status_code == 200
    account.set_secrets({"webhook_secret": "new", "webhook_secret_former": "a long shared secret"})
    account.save()
    assert send({**MESSAGE, "id": "2"}).status_code == 200
    assert send({**MESSAGE, "id": "3"}, secret="new").status_code == 200


def test_account_without_a_secret_or_switched_off_or_of_another_kind_takes_nothing(account: ChannelAccount) -> None:
    account.set_secrets({})
    account.save()
    assert send(secret="").status_code == 401
    ChannelAccount.objects.update(is_active=False)
    assert send().status_code == 404
    make_account("mail")
    assert send(to="mail").status_code == 404
    assert Client().post("/hooks/email/mail/").status_code == 404
    assert Client().post("/hooks/strange/mail/").status_code == 404
    assert InboundEvent.objects.count() == 0


def test_only_posts_of_a_sensible_size_are_read(account: ChannelAccount, settings: Any) -> None:
    settings.WEBHOOK_MAX_BYTES = 500
    assert send({**MESSAGE, "text": "x" * 1000}).status_code == 413
    refused = Client().get("/hooks/webhook/shop/")
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    assert InboundEvent.objects.count() == 0


@pytest.mark.req("A4", "stored raw before acknowledged")
@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\x00",
        b"[]",
        b"null",
        b"[" * 10_000 + b"]" * 10_000,
        {"sender": {"id": "u"}},
        {"text": "no sender"},
        {"text": "x", "sender": 7},
        {"text": {"a": 1}, "sender": {"id": "u"}},
        {"text": " ", "sender": {"id": "u"}},
        {"messages": []},
    ],
    ids=lambda body: str(body)[:30],
)
def test_signed_nonsense_is_kept_raw_and_parked_with_a_reason(account: ChannelAccount, body: Any) -> None:
    assert send(body).status_code == 200
    work()
    event = InboundEvent.objects.get()
    assert event.state == LeasedState.PARKED
    assert event.reason
    assert send({**MESSAGE, "id": "good"}).status_code == 200
    work()
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"id": "a\x00b\ud800"},
        {"id": 2**63},
        {"subject": "s" * 5000},
        {"text": "a\x00\ud800\u202e👩‍🔧"},
        {"sent_at": "9999-99-99"},
        {"sent_at": "0001-01-01T00:00:00Z"},
        {"ticket": "HD-999999"},
        {"ticket": "x" * 5000},
        {"language": 7},
        {"sender": {"id": 7, "email": "no address", "phone": "1", "name": ["x"]}},
    ],
    ids=lambda change: str(change)[:30],
)
def test_odd_values_still_become_a_ticket(account: ChannelAccount, change: dict[str, Any]) -> None:
    assert send({**MESSAGE, **change}).status_code == 200
    work()
    assert InboundEvent.objects.get().state == LeasedState.DONE
    assert Ticket.objects.count() == 1


def test_several_messages_in_one_body_are_several_items(account: ChannelAccount) -> None:
    answer = send({"messages": [{**MESSAGE, "id": str(n)} for n in (1, 2, 2)]})
    assert len(answer.json()["events"]) == 2


def test_on_an_instant_account_the_sender_continues_their_ticket(account: ChannelAccount) -> None:
    ChannelAccount.objects.update(is_instant=True)
    for n in range(3):
        send({**MESSAGE, "id": str(n)})
    work()
    ticket = Ticket.objects.get()
    assert ticket.messages.count() == 3
    send({**MESSAGE, "id": "by number", "sender": {"email": "eve@else.example"}, "ticket": ticket.number})
    work()
    assert Ticket.objects.count() == 2
