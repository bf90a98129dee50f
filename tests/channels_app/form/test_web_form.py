"""The web form: a stranger writes, gets a number at once and a mail; scripts are slowed, nothing typed is lost."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels_app.form.forms import fresh_stamp
from channels_app.models import InboundEvent
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.customers.models import Customer, Identity
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("A1", "web form")]
ADDRESS = "/form/web-form/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.fixture(autouse=True)
def patient(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test does not wait as a person does."""
    monkeypatch.setattr("channels_app.form.forms.TOO_FAST_SECONDS", -1)


def filled(**changes: object) -> dict[str, object]:
    return {
        "stamp": fresh_stamp(),
        "website": "",
        "name": "Mia Wong",
        "contact": "mia@customer.example",
        "kind": "repair",
        "subject": "Kettle leaks",
        "text": "It leaks at the lid.",
        "order": "",
        **changes,
    }


def send(client: Client, **changes: object):
    return client.post(ADDRESS, filled(**changes))


@pytest.mark.req("A4", "stored raw before acknowledged")
def test_form_becomes_a_ticket_and_the_page_says_its_number(client: Client) -> None:
    page = client.get(ADDRESS)
    assert page.status_code == 200
    assert "20 MB" in page.content.decode()
    response = send(client, attachments=[SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.txt", b"serial")])
    ticket = Ticket.objects.get()
    assert ticket.number in client.get(response["Location"]).content.decode()
    assert (ticket.kind, ticket.subject, ticket.channel_kind) == ("repair", "Kettle leaks", "form")
    assert Identity.objects.get(value="mia@customer.example").customer.name == "Mia Wong"
    message = Message.objects.get(direction="in")
    assert sorted(message.attachments.values_list("name", flat=True)) == ["a.png", "b.txt"]
    event = InboundEvent.objects.get()
    assert event.state == "done"
    assert b"It leaks at the lid" in bytes(event.raw or b"")
    assert Delivery.objects.get().address == "mia@customer.example"


@pytest.mark.req("A5", "identities")
def test_a_number_is_enough_and_becomes_e164(client: Client) -> None:
    response = send(client, contact="138 0013 8000")
    assert response.status_code == 302
    assert Identity.objects.get().value == "+8613800138000"
    assert "SMS" in client.get(response["Location"]).content.decode()


@pytest.mark.req("A5", "identities")
def test_form_never_ties_a_second_identity_to_a_profile(client: Client, lin: Customer) -> None:
    send(client, contact="lin@customer.example", phone="13911112222", email="x@y.example")
    assert set(lin.identities.values_list("value", flat=True)) == {"lin@customer.example", "+8613800138000"}


def test_form_opens_a_ticket_and_never_continues_one(client: Client, lin: Customer) -> None:
    send(client, contact="lin@customer.example")
    first = Ticket.objects.get()
    send(client, contact="lin@customer.example", subject=f"Re: [{first.number}] Kettle leaks")
    assert Ticket.objects.count() == 2


@pytest.mark.req("A4", "processed once")
def test_double_click_makes_one_ticket(client: Client) -> None:
    data = filled()
    first, second = client.post(ADDRESS, data), client.post(ADDRESS, data)
    assert first["Location"] == second["Location"]
    assert Ticket.objects.count() == 1


@pytest.mark.req("A4", "retried with back-off")
def test_when_processing_fails_the_page_says_that_we_have_it(client: Client) -> None:
    with patch("channels_app.form.inbound.receive", side_effect=RuntimeError("no database")):
        response = send(client, text="Keep me", attachments=SimpleUploadedFile("a.png", PNG))
    assert response.status_code == 202
    assert "We have your message" in response.content.decode()
    event = InboundEvent.objects.get()
    assert event.state == "back_off"
    from django.utils import timezone

    InboundEvent.objects.update(next_attempt_at=timezone.now())
    leasing.run(InboundEvent, event.pk)
    assert Message.objects.get(text="Keep me").attachments.count() == 1


def test_scripts_land_in_the_spam_view_and_nothing_is_deleted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(client, website="http://buy.example").status_code == 302
    trapped = Ticket.objects.get()
    assert (trapped.is_spam, trapped.spam_reason) == (True, "form:honeypot")
    assert not Delivery.objects.exists()
    monkeypatch.setattr("channels_app.form.forms.TOO_FAST_SECONDS", 2)
    send(client, contact="fast@customer.example")
    assert Ticket.objects.latest("pk").spam_reason == "form:too_fast"


def test_a_forged_or_missing_stamp_is_asked_to_send_again_with_the_text(client: Client) -> None:
    for stamp in ("", "forged:1:abc", "x" * 500):
        response = send(client, stamp=stamp)
        assert response.status_code == 422
        text = response.content.decode()
        assert "It leaks at the lid." in text
        again = re.search(r'name="stamp" value="([^"]+)"', text)
        assert again
        assert again[1] != stamp
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact", ""),
        ("contact", "nobody"),
        ("contact", "a@b@c"),
        ("contact", "12"),
        ("subject", ""),
        ("subject", "s" * 151),
        ("text", ""),
        ("text", "t" * 100_001),
        ("kind", "nonsense"),
        ("name", "n" * 121),
        ("order", "o" * 61),
    ],
)
def test_an_error_names_the_field_and_keeps_the_rest(client: Client, field: str, value: str) -> None:
    response = send(client, **{field: value})
    text = response.content.decode()
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text or "error-text" in text
    assert "Mia Wong" in text or field == "name"
    assert not Ticket.objects.exists()


def test_files_that_are_too_many_or_too_large_are_told(client: Client, settings) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    large = send(client, attachments=SimpleUploadedFile("big.mov", b"x" * (1024 * 1024 + 1)))
    assert large.status_code == 422
    assert "big.mov" in large.content.decode()
    many = send(client, attachments=[SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)])
    assert many.status_code == 422
    assert "It leaks at the lid." in many.content.decode()


def test_limits_per_contact_and_per_asker_keep_the_text(client: Client) -> None:
    codes = [send(client, text=f"Nr {n}").status_code for n in range(6)]
    assert codes == [302] * 5 + [429]
    last = [send(client, contact=f"c{n}@customer.example").status_code for n in range(15)]
    assert last[-1] == 429
    refused = send(client, contact="one.more@customer.example", text="My text stays")
    assert refused.status_code == 429
    assert refused["Retry-After"]
    assert "My text stays" in refused.content.decode()
    assert Ticket.objects.count() == 5 + last.count(302)


@pytest.mark.parametrize("text", ["\x00", "🧺", "\u202eabc", "<img src=x onerror=alert(1)>", "a" * 99_999])
def test_odd_text_is_a_clear_answer_or_a_ticket(client: Client, text: str) -> None:
    assert send(client, text=text).status_code in {302, 422}
    assert send(client, subject=text[:150], name=text[:100]).status_code in {302, 422}


def test_header_injection_stays_text(client: Client) -> None:
    send(client, subject="Hello\r\nBcc: all@customer.example", name="A\r\nB")
    ticket = Ticket.objects.get()
    assert "\n" not in ticket.subject
    assert "\r" not in ticket.subject


def test_unknown_or_closed_forms_are_not_found(client: Client) -> None:
    assert client.get("/form/nothing/").status_code == 404
    assert client.get("/form/support/").status_code == 404
    ChannelAccount.objects.filter(slug="web-form").update(is_active=False)
    assert client.get(ADDRESS).status_code == 404


def test_number_on_the_thank_you_page_cannot_be_made_up(client: Client) -> None:
    response = client.get(f"{ADDRESS}sent/?r=HD-1|mail:forged")
    assert response.status_code == 302


def test_form_may_be_framed_only_by_the_sites_of_its_account(client: Client) -> None:
    closed = client.get(ADDRESS)
    assert closed["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in closed["Content-Security-Policy"]
    ChannelAccount.objects.filter(slug="web-form").update(
        config={"embed_origins": ["https://shop.example", "javascript:alert(1)", "https://a b; script-src *"]}
    )
    opened = client.get(ADDRESS)
    assert "X-Frame-Options" not in opened
    assert "frame-ancestors 'self' https://shop.example;" in opened["Content-Security-Policy"] + ";"
    assert "script-src 'self'" in opened["Content-Security-Policy"]
    framed = Client(enforce_csrf_checks=True)
    assert framed.post(ADDRESS, filled(), headers={"Origin": "https://shop.example"}).status_code == 302


@pytest.mark.req("K1", "Chinese and English")
def test_language_follows_the_browser_and_the_switch(client: Client) -> None:
    assert "给我们留言" in client.get(ADDRESS, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "Write to us" in client.get(ADDRESS, headers={"Accept-Language": "fr"}).content.decode()
    switched = client.post(f"{ADDRESS}language/", {"language": "zh-hans"})
    assert switched["Location"] == f"{ADDRESS}?lang=zh-hans"
    assert "给我们留言" in Client().get(switched["Location"]).content.decode()


@pytest.mark.req("K1", "Chinese and English")
def test_receipt_speaks_the_language_of_the_message(client: Client) -> None:
    send(client, subject="水壶漏水", text="盖子的地方一直漏水，请问怎么处理？")
    message = Message.objects.get(is_auto=True)
    assert message.language.startswith("zh")
