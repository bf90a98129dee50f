"""Where the actions of this room can be reached besides its pages: the palette, the page of background work, list rows."""

from __future__ import annotations

import pytest

from helpdesk.core.actors import SYSTEM
from helpdesk.core.reasons import tell
from tests.automation.conftest import House, SignIn
from tests.factories import actor
from tickets.automation.models import WebhookCall
from tickets.automation.services.webhooks import create_endpoint
from tickets.automation.webhooks.queueing import queue_call
from tickets.services.sub_tickets import open_sub_ticket

pytestmark = pytest.mark.django_db


def test_the_palette_offers_the_verbs_of_the_open_ticket(house: House, as_staff: SignIn) -> None:
    def labels(client: object, number: str) -> list[str]:
        groups = client.get("/palette/", {"q": "", "ticket": number}).json()["groups"]  # type: ignore[attr-defined]
        return [item["label"] for group in groups for item in group["items"] if item.get("event") == "dialog:load"]

    number = house.ticket.number
    assert labels(as_staff(house.agent), number) == ["Open a sub-ticket", "Ask experts", "Open a claim"]
    assert labels(as_staff(house.clerk), number) == []
    assert labels(as_staff(house.quality), number) == []
    assert labels(as_staff(house.agent), "HD-'; DROP") == []


def test_a_call_that_was_given_up_stands_on_the_page_of_background_work(house: House, as_staff: SignIn) -> None:
    endpoint, _secret = create_endpoint(name="ERP", url="https://erp.partner.example/", events=[], by=SYSTEM)
    call = queue_call(endpoint, "ping", ticket_id=house.ticket.pk)
    WebhookCall.objects.update(state="parked", reason="TryAgain: answered 503")
    desk = as_staff(house.admin)
    page = desk.get("/work/").content.decode()
    assert "Call a webhook: ping" in page
    assert "The other system answered 503." in page
    assert desk.get(f"/work/webhook/{call.pk}/").status_code == 200
    assert desk.post(f"/work/webhook/{call.pk}/retry/").status_code == 302
    assert WebhookCall.objects.get().state == "ready"


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ("Permanent: this endpoint is switched off", "endpoint_off"),
        ("the endpoint rests after failures or a slow answer", "endpoint_rests"),
        ("Permanent: answered 302: redirects are not followed", "endpoint_redirects"),
        ("Permanent: answered 410: the other side wants no more calls", "endpoint_gone"),
        ("TryAgain: answered 500", "endpoint_status"),
        ("TryAgain: no answer: ConnectionRefusedError", "endpoint_silent"),
        ("Permanent: this address is not public", "endpoint_inner"),
        ("Permanent: the endpoint's secret cannot be read; make a new one", "endpoint_secret"),
    ],
)
def test_each_reason_is_told_in_words(raised: str, code: str) -> None:
    assert tell(raised).code == code


def test_a_row_in_the_list_says_that_it_is_a_sub_ticket(house: House, as_staff: SignIn) -> None:
    sub = open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=actor(house.agent))
    rows = as_staff(house.clerk).get("/tickets/").content.decode()
    assert sub.number in rows
    assert "Sub-ticket</span>" in rows
