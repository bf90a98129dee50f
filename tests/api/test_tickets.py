"""Tickets by the API: open, list, search, read, edit, converse."""

from __future__ import annotations

import pytest
from django.utils import timezone

from channels_app.models import InboundEvent
from helpdesk.core.dispatcher import number_events
from helpdesk.core.models import LeasedState
from tests.api.conftest import Caller
from tests.factories import make_ticket
from tickets.models import CustomField, Message, Ticket, TicketFieldValue

POST = {
    "subject": "Washer stops with E21",
    "body": "Water on the floor. 洗衣机漏水",
    "requester": {"name": "Li Na", "email": "Li.Na@customer.example"},
    "external_id": "shop-1",
}


@pytest.mark.req("A1", "API")
def test_post_opens_a_ticket_and_answers_with_its_number(agent: Caller) -> None:
    answer = agent.post("tickets/", POST)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    ticket = Ticket.objects.get()
    assert body["number"] == ticket.number == f"HD-{ticket.pk}"
    assert (ticket.subject, ticket.channel_kind, ticket.customer.name) == (POST["subject"], "api", "Li Na")
    event = InboundEvent.objects.get(pk=body["event"])
    assert (event.handler, event.state, event.ticket_id) == ("api.message", LeasedState.DONE, ticket.pk)
    messages = agent.get(f"tickets/{body['number']}/messages/").json()["results"]
    assert [(m["external_id"], m["direction"], m["text"]) for m in messages] == [("shop-1", "in", POST["body"])]
    assert messages[0]["created_at"].endswith("Z")
    assert messages[0]["author"]["address"] == "li.na@customer.example"


@pytest.mark.req("A1", "API")
def test_repeated_external_id_gives_the_same_ticket_with_200(agent: Caller) -> None:
    first = agent.post("tickets/", POST)
    again = agent.post("tickets/", {**POST, "body": "other words"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["number"] == first.json()["number"]
    assert again.json()["is_duplicate"] is True
    assert Message.objects.get().text == POST["body"]


@pytest.mark.parametrize("requester", ["li.na@customer.example", "+86 138 0013 8000", {"phone": "13800138000"}])
def test_requester_may_be_an_address_a_number_or_an_object(agent: Caller, requester: object) -> None:
    answer = agent.post("tickets/", {"body": "Hello", "requester": requester})
    assert answer.status_code == 201, answer.content
    assert Ticket.objects.get().subject == "Hello"


def test_two_posts_without_an_id_are_two_tickets(agent: Caller) -> None:
    body = {"body": "Hello", "requester": "li.na@customer.example"}
    assert {agent.post("tickets/", body).status_code for _ in range(2)} == {201}
    assert Ticket.objects.count() == 2


def test_failing_handler_answers_202_and_the_work_goes_on(agent: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from channels_app.api_channel import handler

    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError("intake is broken")

    with monkeypatch.context() as patched:
        patched.setattr(handler, "receive", broken)
        answer = agent.post("tickets/", POST)
    assert answer.status_code == 202
    assert answer.json()["number"] is None
    event = InboundEvent.objects.get(pk=answer.json()["event"])
    assert event.state == LeasedState.BACK_OFF
    InboundEvent.objects.update(next_attempt_at=timezone.now())
    again = agent.post("tickets/", POST)
    assert again.status_code == 200
    assert again.json()["number"] == Ticket.objects.get().number


def test_over_long_subject_is_cut_for_the_ticket_and_kept_in_the_message(agent: Caller) -> None:
    long = "长" * 900
    assert agent.post("tickets/", {**POST, "subject": long}).status_code == 201
    assert Ticket.objects.get().subject == long[:250]
    assert Message.objects.get().subject == long
    refused = agent.post("tickets/", {**POST, "external_id": "x", "subject": "长" * 999})
    assert refused.status_code == 400
    assert "subject" in refused.json()["fields"]


@pytest.mark.req("K3", "REST API")
def test_list_filters_and_pages_by_cursor(agent: Caller, team: object) -> None:
    tickets = [make_ticket(team, external_id=f"m{n}", rfc_message_id=f"r{n}") for n in range(5)]  # type: ignore[arg-type]
    first = agent.get("tickets/", page_size=2).json()
    second = agent.call("GET", first["next"].partition("/api/v1/")[2]).json()
    third = agent.call("GET", second["next"].partition("/api/v1/")[2]).json()
    numbers = [row["number"] for page in (first, second, third) for row in page["results"]]
    assert numbers == [ticket.number for ticket in reversed(tickets)]
    assert third["next"] is None
    pk = tickets[2].pk
    Ticket.objects.filter(pk=pk).update(status_category="pending", priority="high", tags=["a", "b"], owner=agent.staff)
    for query in (
        {"status": "pending,solved"},
        {"priority": "high"},
        {"owner": "me"},
        {"owner": agent.staff.username},  # type: ignore[union-attr]
        {"tag": ["a", "b"]},
        {"status": "pending", "team": "support", "customer": tickets[2].customer_id, "kind": "other"},
    ):
        assert [row["number"] for row in agent.get("tickets/", **query).json()["results"]] == [f"HD-{pk}"], query
    assert len(agent.get("tickets/", channel="box-support").json()["results"]) == 5
    assert len(agent.get("tickets/", owner="none").json()["results"]) == 4
    assert agent.get("tickets/", created_since="2999-01-01T00:00:00Z").json()["results"] == []
    assert len(agent.get("tickets/", updated_since="2020-01-01T00:00:00+08:00").json()["results"]) == 5


@pytest.mark.parametrize(
    "query",
    [
        {"status": "strange"},
        {"cursor": "nonsense"},
        {"cursor": "W10"},
        {"page_size": "0"},
        {"page_size": "9" * 5000},
        {"customer": "9" * 30},
        {"owner": "9" * 25},
        {"team": "9" * 25},
        {"created_since": "yesterday"},
        {"created_since": "0000-00-00T99:00:00Z"},
        {"created_since": "0001-01-01T00:00:00+23:59"},
        {"order": "subject"},
        {"field.unknown": "x"},
    ],
)
def test_query_that_makes_no_sense_is_refused_by_name(agent: Caller, query: dict[str, str]) -> None:
    answer = agent.get("tickets/", **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["fields"]) == list(query)


def test_custom_fields_can_be_set_and_filtered(agent: Caller, ticket: Ticket) -> None:
    CustomField.objects.create(key="serial", name="Serial")
    CustomField.objects.create(key="weight", name="Weight", type="number")
    answer = agent.call(
        "PATCH", f"tickets/{ticket.number}/", {"edit_version": 1, "fields": {"serial": "LT-1", "weight": 7.5}}
    )
    assert answer.status_code == 200, answer.content
    assert TicketFieldValue.objects.get().number == 7.5
    assert agent.get("tickets/", **{"field.serial": "LT-1", "field.weight": "7.50"}).json()["results"]
    assert not agent.get("tickets/", **{"field.serial": "LT-2"}).json()["results"]


@pytest.mark.req("E5", "full-text search")
def test_search_finds_by_number_words_chinese_and_customer(agent: Caller, ticket: Ticket, team: object) -> None:
    other = make_ticket(
        team, text="The dryer squeaks. 烘干机异响", subject="Dryer", address="bo@else.example", name="Bo"
    )  # type: ignore[arg-type]

    def numbers(words: str) -> list[str]:
        return [row["number"] for row in agent.get("tickets/", search=words).json()["results"]]

    assert numbers(ticket.number) == [ticket.number]
    assert numbers(f"#{ticket.pk}") == [ticket.number]
    assert numbers("washer e21") == [ticket.number]
    assert numbers("漏水") == [ticket.number]
    assert numbers("异响") == [other.number]
    assert numbers("bo@else.example") == [other.number]
    assert numbers("li.na@customer") == [ticket.number]
    assert numbers("Li Na") == [ticket.number]
    assert numbers("nothing like this") == []
    assert numbers("'\"\\:*&|!()<->") == []


def test_search_pages_without_doubling_and_honours_filters(agent: Caller, team: object) -> None:
    tickets = [make_ticket(team, external_id=f"m{n}", rfc_message_id=f"r{n}") for n in range(7)]  # type: ignore[arg-type]
    for ticket in tickets[:3]:
        agent.post(f"tickets/{ticket.number}/messages/", {"text": "washer again", "visibility": "internal"})
    found: list[str] = []
    address = "tickets/?search=washer&page_size=2"
    while address:
        page = agent.call("GET", address).json()
        found += [row["number"] for row in page["results"]]
        address = (page["next"] or "").partition("/api/v1/")[2]
    assert found == [t.number for t in [*reversed(tickets[:3]), *reversed(tickets[3:])]]
    assert agent.get("tickets/", search="washer", status="solved").json()["results"] == []


@pytest.mark.req("E5", "full history")
def test_edit_with_an_old_version_is_refused_with_the_current_values(agent: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.number}/"
    assert agent.call("PATCH", path, {"edit_version": 1, "priority": "high"}).status_code == 200
    lost = agent.call("PATCH", path, {"edit_version": 1, "priority": "low", "subject": "x"})
    assert (lost.status_code, lost.json()["code"]) == (409, "ticket_changed")
    assert lost.json()["current"]["priority"] == "high"
    assert lost.json()["current"]["edit_version"] == 2
    assert Ticket.objects.get().subject == ticket.subject


@pytest.mark.req("A1", "API")
def test_reply_note_and_customer_message(agent: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.number}/messages/"
    reply = agent.post(path, {"text": "We come today.", "status": "pending", "external_id": "r-1"})
    assert reply.status_code == 201, reply.content
    assert reply.json()["direction"] == "out"
    assert reply.json()["deliveries"][0]["status"] == "queued"
    assert Ticket.objects.get().status_category == "pending"
    assert agent.post(path, {"text": "We come today.", "external_id": "r-1"}).status_code == 200
    note = agent.post(path, {"text": "Bring a seal.", "visibility": "internal"}).json()
    assert (note["visibility"], note["author"]["name"]) == ("internal", "Ana")
    more = agent.post(path, {"text": "Thank you!", "direction": "in", "external_id": "c-2"})
    assert more.status_code == 201, more.content
    assert more.json()["number"] == ticket.number
    assert Ticket.objects.get().status_category == "open"
    assert agent.post(path, {"text": "Thank you!", "direction": "in", "external_id": "c-2"}).status_code == 200
    listed = agent.get(path, page_size=4).json()
    rest = agent.call("GET", listed["next"].partition("/api/v1/")[2]).json()
    texts = [m["text"] for m in [*listed["results"], *rest["results"]]]
    assert texts[2:] == ["We come today.", "Bring a seal.", "Thank you!"]


def test_events_give_ids_and_words_in_order_to_those_who_may_see(
    agent: Caller, outsider: Caller, ticket: Ticket
) -> None:
    agent.post(f"tickets/{ticket.number}/assign/", {"owner": "ana"})
    number_events()
    rest = agent.get("events/", page_size=2).json()
    events = rest["results"]
    while rest["next"]:
        rest = agent.call("GET", rest["next"].partition("/api/v1/")[2]).json()
        events += rest["results"]
    names = [event["name"] for event in events]
    assert [event["position"] for event in events] == sorted({event["position"] for event in events})
    assert names[0] == "ticket.created"
    assert "ticket.assigned" in names
    assert not any(word in str(events).lower() for word in ("washer", "li.na", "li na"))
    again = agent.get("events/", after=rest["position"]).json()
    assert (again["results"], again["next"]) == ([], None)
    hidden = outsider.get("events/").json()
    assert (hidden["results"], hidden["position"]) == ([], rest["position"])
