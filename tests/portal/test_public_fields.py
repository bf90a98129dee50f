"""Custom fields that are open to customers are asked and shown on their pages; no other field ever leaves the desk."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from channels_app.form.forms import fresh_stamp
from channels_app.models import InboundEvent
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.customers.models import Customer
from tests.factories import actor, make_staff
from tests.portal.test_requests import open_ticket, page, signed_in
from tickets.models import CustomField, Ticket
from tickets.services.properties import edit_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("E5", "custom fields")]


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_app.form.forms.TOO_FAST_SECONDS", 0)


@pytest.fixture
def fields(house: None) -> None:
    public = {"is_public": True}
    CustomField.objects.create(key="model", name="Model", name_zh="型号", kind="repair", **public)
    CustomField.objects.create(key="floor", name="Floor", name_zh="楼层", type="number", **public)
    CustomField.objects.create(key="bought", name="Bought on", name_zh="购买日期", type="date", kind="repair", **public)
    CustomField.objects.create(
        key="noise", name="Noise", name_zh="异响", type="choice", kind="repair",
        choices=["Loud", "Quiet"], choices_zh=["很响", "轻微"], **public,
    )  # fmt: skip
    CustomField.objects.create(key="lift", name="Lift", name_zh="电梯", type="boolean", **public)
    CustomField.objects.create(key="cause", name="Root cause", name_zh="根本原因")
    CustomField.objects.create(key="old", name="Old one", is_active=False, **public)


FILLED = {"field_model": "W10", "field_floor": "3", "field_bought": "2026-03-31", "field_noise": "Loud",
          "field_lift": "true"}  # fmt: skip
KEPT = {"model": "W10", "floor": "3", "bought": "2026-03-31", "noise": "Loud", "lift": True}


def ask_portal(client: Client, **values: str) -> Any:
    data = {"kind": "repair", "subject": "Noise", "text": "It rattles", "token": "n" * 20, **values}
    return client.post("/portal/requests/new/", data)


def ask_form(**values: str) -> Any:
    data = {"kind": "repair", "subject": "Noise", "text": "It rattles", "contact": "mia@customer.example",
            "stamp": fresh_stamp(), **values}  # fmt: skip
    return Client().post("/form/web-form/", data)


def test_portal_asks_for_public_fields_and_shows_them_in_the_customers_language(lin: Customer, fields: None) -> None:
    client = signed_in(lin)
    form = client.get("/portal/requests/new/").content.decode()
    for label in ("Model", "Floor", "Bought on", "Noise", "Lift"):
        assert re.search(rf">\s*{re.escape(label)}\s*<", form), label
    assert 'data-for-kind="repair"' in form
    assert "Root cause" not in form
    assert "Old one" not in form
    assert ask_portal(client, **FILLED).status_code == 302
    ticket = Ticket.objects.get()
    assert ticket.fields == KEPT
    shown = page(client, ticket)
    for words in ("W10", "March 31, 2026", "Loud", "Yes"):
        assert words in shown, words
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/portal/"})
    shown = page(client, ticket)
    for words in ("型号", "2026年3月31日", "很响", "是"):
        assert words in shown, words


def test_web_form_asks_for_them_too(fields: None) -> None:
    form = Client().get("/form/web-form/").content.decode()
    assert ">Model " in form
    assert "Root cause" not in form
    assert ask_form(**FILLED).status_code == 302
    assert Ticket.objects.get().fields == KEPT


def test_wrong_values_are_named_and_nothing_typed_is_lost(lin: Customer, fields: None) -> None:
    for answer in (
        ask_portal(signed_in(lin), field_floor="third", field_bought="31.3.", field_model="W10"),
        ask_form(field_floor="third", field_bought="31.3.", field_model="W10"),
    ):
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "Enter a number, such as 12.5." in text
        assert "Enter a date" in text
        assert 'value="W10"' in text
        assert 'value="third"' in text
    assert ask_form(field_noise="Deafening").status_code == 422
    assert not Ticket.objects.exists()


def test_fields_of_another_kind_are_left_alone(fields: None) -> None:
    assert ask_form(**{**FILLED, "kind": "enquiry", "field_noise": "Deafening"}).status_code == 302
    assert Ticket.objects.get().fields == {"floor": "3", "lift": True}


def test_nobody_can_fill_in_or_read_what_is_not_public(lin: Customer, fields: None) -> None:
    client = signed_in(lin)
    ask_portal(client, field_cause="mine", field_old="x", **FILLED)
    ticket = Ticket.objects.get()
    assert "cause" not in ticket.fields
    agent = actor(make_staff("ann", role="supervisor"))
    edit_ticket(ticket.pk, by=agent, fields={"cause": "secret-cause"})
    Delivery.objects.all().delete()
    for text in (page(client, ticket), client.get("/portal/").content.decode(),
                 client.get("/portal/requests/").content.decode(),
                 client.get(f"/portal/requests/{ticket.number}/live/").content.decode()):  # fmt: skip
        assert "secret-cause" not in text
        assert "Root cause" not in text
    CustomField.objects.filter(key="model").update(is_public=False)
    assert "W10" not in page(client, ticket)


def test_a_field_retired_while_the_request_was_on_its_way_stops_nothing(fields: None) -> None:
    from unittest.mock import patch

    from channels_app.inbox import process_now

    with patch("channels_app.form.inbound.receive", side_effect=RuntimeError("later")):
        assert ask_form(**FILLED).status_code == 202
    CustomField.objects.filter(key="model").update(is_active=False)
    CustomField.objects.filter(key="noise").update(choices=["Other"])
    event = InboundEvent.objects.get()
    assert json.loads(bytes(event.raw or b""))["fields"]["model"] == "W10"
    InboundEvent.objects.update(next_attempt_at=None, state="ready")
    process_now(InboundEvent.objects.get())
    assert Ticket.objects.get().fields == {"floor": "3", "bought": "2026-03-31", "lift": True}


def test_administrator_chooses_what_each_form_asks(fields: None) -> None:
    admin = Client()
    admin.force_login(make_staff("boss", role="administrator"))
    address = "/settings/channels/web-form/"
    text = admin.get(address).content.decode()
    assert "Fields that the form asks for" in text
    assert "Model (Repair or fault)" in text
    assert "Root cause" not in text
    form = admin.get(address).context["form"]
    base = {"name": "Web form", "name_zh": "", "brand": "", "language": "en", "grade": "core", "team": "",
            "embed_origins": "", "acknowledge": "on", "acknowledgement_en": "", "acknowledgement_zh": "",
            "seen": form["seen"].value()}  # fmt: skip
    saved = admin.post(address, {**base, "asked_fields": ["floor", "lift"]})
    assert saved.status_code == 302, saved.content
    asked = Client().get("/form/web-form/").content.decode()
    assert ">Floor " in asked
    assert ">Model " not in asked
    assert ask_form(**FILLED).status_code == 302
    assert Ticket.objects.get().fields == {"floor": "3", "lift": True}
    assert ">Model " in signed_in(open_ticket().customer).get("/portal/requests/new/").content.decode()
    CustomField.objects.create(key="fresh", name="A fresh one", is_public=True)
    assert ">A fresh one " in Client().get("/form/web-form/").content.decode()
    base["seen"] = admin.get(address).context["form"]["seen"].value()
    assert admin.post(address, {**base, "asked_fields": ["cause"]}).status_code == 422
    portal = admin.get("/settings/channels/portal/")
    assert "Fields that the form asks for" in portal.content.decode()
    assert "left_out_fields" in ChannelAccount.objects.get(slug="web-form").config
