"""Queries per request are few and do not grow with the rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Caller
from tests.factories import make_ticket
from tickets.models import Attachment, Message, Ticket

PLAIN = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")
POST = {"subject": "Washer", "body": "E21", "requester": {"name": "Li Na", "email": "li.na@customer.example"}}


def statements(work: Any) -> int:
    """How many statements the work sends, transaction control aside."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = work()
    assert answer.status_code in {200, 201}, answer.content
    return sum(not query["sql"].startswith(PLAIN) for query in queries.captured_queries)


def crowd(team: Any, ticket: Ticket, more: int) -> None:
    for nth in range(more):
        make_ticket(team, external_id=f"c{more}-{nth}", rfc_message_id=f"c{more}-{nth}@x")
        message = Message.objects.create(ticket=ticket, direction="out", author_kind="staff", text=f"answer {nth}")
        Attachment.objects.create(message=message, name=f"{nth}.txt", file="x")


@pytest.mark.req("K3", "REST API")
def test_reads_stay_within_twelve_queries_whatever_the_rows(agent: Caller, ticket: Ticket, team: Any) -> None:
    agent.get("tickets/", search="anything")
    reads = {
        "list": lambda: agent.get("tickets/"),
        "filtered": lambda: agent.get(
            "tickets/", status="new", team="support", tag="x", created_since="2020-01-01T00:00:00Z"
        ),
        "search": lambda: agent.get("tickets/", search="washer"),
        "one": lambda: agent.get(f"tickets/{ticket.number}/"),
        "messages": lambda: agent.get(f"tickets/{ticket.number}/messages/"),
        "links": lambda: agent.get(f"tickets/{ticket.number}/links/"),
        "watchers": lambda: agent.get(f"tickets/{ticket.number}/watchers/"),
        "events": lambda: agent.get("events/"),
        "customers": lambda: agent.get("customers/"),
        "staff": lambda: agent.get("staff/"),
    }
    crowd(team, ticket, 2)
    few = {name: statements(read) for name, read in reads.items()}
    crowd(team, ticket, 12)
    many = {name: statements(read) for name, read in reads.items()}
    assert many == few
    assert max(few.values()) <= 12, few
    assert few["list"] <= 3
    assert few["one"] <= 3


@pytest.mark.req("K3", "REST API")
def test_writes_send_a_fixed_number_of_statements(agent: Caller, ticket: Ticket, team: Any) -> None:
    agent.get("me/")
    path = f"tickets/{ticket.number}/messages/"
    writes = {
        "create": lambda: agent.post("tickets/", POST),
        "reply": lambda: agent.post(path, {"text": "We come today."}),
        "note": lambda: agent.post(path, {"text": "Bring a seal.", "visibility": "internal"}),
        "edit": lambda: agent.post(f"tickets/{ticket.number}/tags/", {"add": ["washer"], "remove": ["dryer"]}),
    }
    first = {name: statements(write) for name, write in writes.items()}
    crowd(team, ticket, 6)
    again = {name: statements(write) for name, write in writes.items()}
    assert all(again[name] <= first[name] for name in writes), (first, again)
    assert again["create"] <= 22, again  # with clocks, queue row and what was recognised
    assert again["reply"] <= 16, again
    assert again["note"] <= 12, again
