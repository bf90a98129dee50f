"""Raw items are kept for 90 days (a setting); what they led to, and that they came, is kept for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from channels_app.models import InboundEvent
from helpdesk.core.models import LeasedState
from helpdesk.core.tasks import run_housekeeping
from tests.api.conftest import Caller, agent, supervisor, team  # noqa: F401
from tickets.models import Message

POST = {"subject": "s", "body": "b", "requester": "li.na@customer.example", "external_id": "shop-1"}


def aged(days: int) -> None:
    InboundEvent.objects.update(finished_at=timezone.now() - timedelta(days=days))
    run_housekeeping()


@pytest.mark.req("H5", "raw inbound is kept 90 days")
def test_source_goes_after_ninety_days_and_a_repeat_is_still_known(agent: Caller) -> None:  # noqa: F811
    first = agent.post("tickets/", POST)
    aged(89)
    assert InboundEvent.objects.get().raw is not None
    aged(91)
    event = InboundEvent.objects.get()
    assert event.raw is None
    assert event.external_id == "shop-1"
    assert Message.objects.get(direction="in").text == "b"
    again = agent.post("tickets/", POST)
    assert (again.status_code, again.json()["number"]) == (200, first.json()["number"])
    assert agent.post("tickets/", {**POST, "body": "other"}).json()["is_duplicate"] is True
    assert Message.objects.filter(direction="in").count() == 1


@pytest.mark.req("H5", "raw inbound is kept 90 days")
def test_how_long_is_a_setting_and_what_waits_for_a_person_is_not_forgotten(
    agent: Caller,  # noqa: F811
    settings: Any,
) -> None:
    agent.post("tickets/", POST)
    InboundEvent.objects.update(state=LeasedState.PARKED)
    aged(400)
    assert InboundEvent.objects.get().raw is not None
    InboundEvent.objects.update(state=LeasedState.DONE)
    settings.RAW_INBOUND_RETENTION = timedelta(days=500)
    aged(400)
    assert InboundEvent.objects.get().raw is not None
    settings.RAW_INBOUND_RETENTION = timedelta(days=30)
    aged(31)
    assert InboundEvent.objects.get().raw is None
