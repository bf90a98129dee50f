"""A customer's level is set by people who may, by the page and by the API, and stands on record."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from helpdesk.core.models import Event
from helpdesk.customers.models import Customer
from tests.api.conftest import Caller, agent, team  # noqa: F401
from tests.factories import make_customer, make_staff


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_staff(role=role))
    return client


def save(client: Client, customer: Customer, level: str) -> Any:
    values = {"name": customer.name, "level": level, "language": "", "region": "", "notes": ""}
    return client.post(f"/customers/{customer.pk}/edit/", values)


@pytest.mark.req("H2", "settable level")
def test_level_is_set_on_the_customers_page_and_recorded(db: None) -> None:
    customer, client = make_customer(), signed_in("supervisor")
    assert save(client, customer, "core").status_code == 302
    assert Customer.objects.get().level == "core"
    assert "level-core" in client.get(f"/customers/{customer.pk}/").content.decode()
    event = Event.objects.get(name="customer.changed")
    assert event.data["level"] == ["ordinary", "core"]
    assert save(client, customer, "golden").status_code == 422
    assert Customer.objects.get().level == "core"


@pytest.mark.req("H2", "settable level")
def test_level_is_not_set_by_those_who_only_read(db: None) -> None:
    customer = make_customer()
    assert save(signed_in("quality"), customer, "core").status_code == 403
    assert Customer.objects.get().level == "ordinary"


@pytest.mark.req("H2", "settable level")
def test_level_is_set_by_the_api(agent: Caller) -> None:  # noqa: F811
    customer = make_customer()
    path = f"customers/{customer.pk}/"
    version = agent.get(path).json()["edit_version"]
    answer = agent.call("PATCH", path, {"edit_version": version, "level": "important"})
    assert (answer.status_code, answer.json()["level"]) == (200, "important")
    refused = agent.call("PATCH", path, {"edit_version": version + 1, "level": "golden"})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["level"])
    assert Customer.objects.get().level == "important"
