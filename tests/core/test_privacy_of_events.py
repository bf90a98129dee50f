"""Events hold ids and names of fields; what people are called, write and answer to lies in rows that can be erased."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from helpdesk.core.dispatcher import number_events
from helpdesk.core.models import Event, EventPersonal
from tests.api.conftest import Caller, agent, supervisor, team  # noqa: F401
from tickets.models import CustomField

# Each is said once by somebody on the way.
PERSONAL = ("mei.zhou", "Zhou Mei", "13900139000", "my washer", "Ring the bell", "between us", "Nanjing Road", "Seal")


def live(agent: Caller, client: Client) -> str:  # noqa: F811
    """A ticket that everything happens to; returns its number."""
    CustomField.objects.create(key="place", name="Place")
    person = {"name": "Zhou Mei", "email": "mei.zhou@customer.example"}
    number = agent.post("tickets/", {"subject": "About my washer", "body": "Leaks", "requester": person}).json()[
        "number"
    ]
    path, page = f"tickets/{number}/", f"/tickets/{number}/"
    agent.post(f"{path}messages/", {"text": "Ring the bell"})
    agent.post(f"{path}messages/", {"text": "between us", "visibility": "internal"})
    version = agent.get(path).json()["edit_version"]
    change = {"edit_version": version, "subject": "About my washer again", "fields": {"place": "Nanjing Road 1"}}
    assert agent.call("PATCH", path, change).status_code == 200
    client.post(f"{page}edit/", {"field": "solution", "value": "Seal of Zhou Mei"}, headers={"HX-Request": "true"})
    customer = agent.get(path).json()["customer"]["id"]
    values = {"name": "Zhou Mei-Lin", "level": "core", "language": "en", "region": "Nanjing Road", "notes": "Zhou Mei"}
    assert client.post(f"/customers/{customer}/edit/", values).status_code == 302
    agent.post(f"{path}messages/", {"text": "Call me", "direction": "in", "requester": {"phone": "13900139000"}})
    return str(number)


@pytest.mark.req("H5", "events hold no personal values")
def test_nothing_that_a_person_said_or_is_called_stands_in_an_event(agent: Caller) -> None:  # noqa: F811
    client = Client()
    client.force_login(agent.staff)
    number = live(agent, client)
    number_events()
    told: list[Any] = []
    address = "events/?page_size=200"
    while address:
        page = agent.call("GET", address).json()
        told += page["results"]
        address = (page["next"] or "").partition("/api/v1/")[2]
    assert {"ticket.created", "message.written", "note.added", "ticket.edited"} <= {event["name"] for event in told}
    assert Event.objects.filter(name="customer.changed").exists()
    everything = json.dumps(told, ensure_ascii=False) + str(list(Event.objects.values()))
    assert [words for words in PERSONAL if words in everything] == []
    assert "washer again" in str(list(EventPersonal.objects.values_list("data", flat=True)))
    assert "About my washer" in client.get(f"/tickets/{number}/history/").content.decode()


@pytest.mark.req("H5", "events hold no personal values")
def test_personal_values_can_be_erased_and_the_history_still_tells_what_changed(agent: Caller) -> None:  # noqa: F811
    client = Client()
    client.force_login(agent.staff)
    number = live(agent, client)
    EventPersonal.objects.all().delete()
    history = client.get(f"/tickets/{number}/history/").content.decode()
    assert "Subject changed" in history
    assert "Fields changed" in history
    assert "Solution changed" in history
