"""Administration of webhooks and sub-tickets in the product's own pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from tests.automation.conftest import House, SignIn
from tickets.automation.models import SubTicketSetting, SubTicketTemplate, WebhookCall, WebhookEndpoint
from tickets.automation.services.webhooks import create_endpoint
from tickets.automation.webhooks.queueing import queue_call

pytestmark = pytest.mark.django_db
DATA = {"name": "ERP", "url": "https://erp.partner.example/in", "events": ["ticket.created", "clock.breached"]}


@pytest.fixture
def desk(house: House, as_staff: SignIn) -> Client:
    return as_staff(house.admin)


@pytest.mark.req("K3", "outgoing webhooks")
def test_an_endpoint_is_set_up_and_its_secret_shown_once(desk: Client) -> None:
    made = desk.post("/settings/webhooks/new/", DATA)
    row = WebhookEndpoint.objects.get()
    assert row.secret in made.content.decode()
    assert row.events == ["ticket.created", "clock.breached"]
    for path in ("/settings/webhooks/", f"/settings/webhooks/{row.pk}/", f"/settings/webhooks/{row.pk}/calls/"):
        page = desk.get(path)
        assert page.status_code == 200
        assert row.secret not in page.content.decode()
    former = row.secret
    renewed = desk.post(f"/settings/webhooks/{row.pk}/secret/")
    row.refresh_from_db()
    assert row.secret in renewed.content.decode()
    assert row.secret != former
    assert Event.objects.filter(name="webhook.secret_renewed").exists()
    assert row.secret not in str(list(Event.objects.values_list("data", flat=True)))


def test_the_log_shows_each_call_and_sends_it_again(desk: Client) -> None:
    row, _secret = create_endpoint(name="ERP", url=DATA["url"], events=[], by=SYSTEM)
    assert desk.post(f"/settings/webhooks/{row.pk}/test/").status_code == 302
    call = WebhookCall.objects.get()
    WebhookCall.objects.update(state="parked", reason="answered 500", status_code=500, answer="<b>sorry</b>")
    page = desk.get(f"/settings/webhooks/{row.pk}/calls/?state=parked").content.decode()
    assert "answered 500" in page
    assert "answered 500" not in desk.get(f"/settings/webhooks/{row.pk}/calls/?state=done").content.decode()
    detail = desk.get(f"/settings/webhooks/{row.pk}/calls/{call.pk}/").content.decode()
    assert "&lt;b&gt;sorry&lt;/b&gt;" in detail
    assert "&quot;event&quot;: &quot;ping&quot;" in detail
    assert desk.post(f"/settings/webhooks/{row.pk}/calls/{call.pk}/retry/").status_code == 302
    assert WebhookCall.objects.get().state == "ready"
    assert desk.get(f"/settings/webhooks/{row.pk + 1}/calls/{call.pk}/").status_code == 404


def test_switching_changing_and_deleting(desk: Client) -> None:
    row, _secret = create_endpoint(name="ERP", url=DATA["url"], events=["*"], by=SYSTEM)
    desk.post(f"/settings/webhooks/{row.pk}/switch/", {"active": "no"})
    assert not WebhookEndpoint.objects.get().is_active
    desk.post(f"/settings/webhooks/{row.pk}/switch/", {"active": "yes"})
    desk.post(f"/settings/webhooks/{row.pk}/", {**DATA, "everything": "on"})
    assert WebhookEndpoint.objects.get().events == ["*"]
    queue_call(row, "ping")
    assert desk.post(f"/settings/webhooks/{row.pk}/delete/").status_code == 302
    assert (WebhookEndpoint.objects.count(), WebhookCall.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "data",
    [{}, {**DATA, "url": "http://127.0.0.1/"}, {**DATA, "url": "javascript:alert(1)"}, {**DATA, "events": ["x"]},
     {**DATA, "name": ""}, {**DATA, "url": "\x00"}],
)  # fmt: skip
def test_what_cannot_be_called_is_refused_and_what_was_typed_is_kept(desk: Client, data: dict[str, Any]) -> None:
    answer = desk.post("/settings/webhooks/new/", data)
    assert answer.status_code == 422
    assert "error-text" in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_a_list_costs_the_same_whatever_its_length(desk: Client, house: House) -> None:
    row, _secret = create_endpoint(name="ERP", url=DATA["url"], events=[], by=SYSTEM)
    paths = ["/settings/webhooks/", f"/settings/webhooks/{row.pk}/calls/", "/settings/sub-tickets/"]

    def costs() -> list[int]:
        found = []
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(path).status_code == 200
            found.append(len(queries))
        return found

    costs()
    few = costs()
    for nth in range(12):
        create_endpoint(name=f"E{nth}", url=DATA["url"], events=[], by=SYSTEM)
        queue_call(row, "ping")
        SubTicketTemplate.objects.create(name=f"T{nth}", team=house.logistics, subject="x")
    assert costs() == few
    assert max(few) <= 8


def test_templates_and_the_rule_of_solving(desk: Client, house: House) -> None:
    assert desk.post("/settings/sub-tickets/", {"when_solving": "refuse"}).status_code == 302
    assert SubTicketSetting.objects.get().when_solving == "refuse"
    assert desk.post("/settings/sub-tickets/", {"when_solving": "maybe"}).status_code == 422
    data = {"name": "Trace", "name_zh": "查件", "team": house.logistics.pk, "subject": "Trace it", "is_active": "on"}
    assert desk.post("/settings/sub-tickets/new/", data).status_code == 302
    row = SubTicketTemplate.objects.get()
    again = desk.post("/settings/sub-tickets/new/", data)
    assert again.status_code == 422
    assert "There is a template of this name already." in again.content.decode()
    assert desk.post(f"/settings/sub-tickets/{row.pk}/", {**data, "subject": "Trace the parcel"}).status_code == 302
    assert SubTicketTemplate.objects.get().subject == "Trace the parcel"
    assert desk.post(f"/settings/sub-tickets/{row.pk}/delete/").status_code == 302
    assert not SubTicketTemplate.objects.exists()
