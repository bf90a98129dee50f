"""Recognition in the API: read by those who see the ticket, corrected by those who may edit it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Caller
from tickets.models import Ticket
from tickets.routing.recognition.models import KindLabel, Recognition

pytestmark = pytest.mark.django_db


@pytest.mark.req("B1", "three-way recognition")
def test_the_api_tells_what_a_ticket_was_recognised_as(agent: Caller, ticket: Ticket) -> None:
    Recognition.objects.filter(ticket=ticket).update(guesses=[["repair", 0.4]], needs_triage=True, is_high_value=True)
    found = agent.get(f"tickets/{ticket.number}/recognition/").json()
    assert found["guesses"] == [{"kind": "repair", "share": 0.4}]
    assert (found["needs_triage"], found["is_high_value"], found["kind_source"]) == (True, True, "nobody")


@pytest.mark.req("B2", "triage")
def test_a_correction_by_the_api_is_a_persons_word(agent: Caller, ticket: Ticket) -> None:
    answer = agent.post(f"tickets/{ticket.number}/recognition/", {"kind": "return", "tone": "churn"})
    assert answer.status_code == 200
    assert (answer.json()["kind"], answer.json()["kind_source"]) == ("return", "person")
    assert (answer.json()["tone"], answer.json()["tone_source"]) == ("churn", "person")
    assert KindLabel.objects.get(ticket=ticket).tone == "churn"
    for body in ({}, {"kind": "x"}, {"tone": 1}, {"kind": "repair", "edit_version": 0}):
        assert agent.post(f"tickets/{ticket.number}/recognition/", body).status_code in {400, 409}


def test_readers_read_and_strangers_find_nothing(
    as_caller: Any,
    agent: Caller,
    outsider: Caller,
    ticket: Ticket,
) -> None:
    reader: Caller = as_caller(agent.staff, "tickets:read")
    assert reader.get(f"tickets/{ticket.number}/recognition/").status_code == 200
    assert reader.post(f"tickets/{ticket.number}/recognition/", {"kind": "repair"}).status_code == 403
    assert outsider.get(f"tickets/{ticket.number}/recognition/").status_code == 404
    assert outsider.post(f"tickets/{ticket.number}/recognition/", {"kind": "repair"}).status_code == 404
