"""Writes that are repeated under one Idempotency-Key are done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.accounts.models import Team
from helpdesk.core import idempotency
from helpdesk.core.models import Delivery, Event, IdempotencyRecord
from tests.api.conftest import Caller, key_of
from tests.factories import make_ticket
from tickets.api.external_ids import own_id
from tickets.models import Message, Ticket

POST = {"subject": "s", "body": "b", "requester": "li.na@customer.example"}


@pytest.mark.req("K3", "idempotent writes")
def test_repeat_gets_the_same_answer_and_does_nothing(agent: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.number}/messages/"
    first = agent.post(path, {"text": "hello"}, idempotency_key="k-1")
    before = (Message.objects.count(), Event.objects.count(), Delivery.objects.count())
    again = agent.post(path, {"text": "hello"}, idempotency_key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert (Message.objects.count(), Event.objects.count(), Delivery.objects.count()) == before


def test_other_body_or_address_under_the_same_key_is_refused(agent: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.number}/"
    assert agent.post(f"{path}messages/", {"text": "a"}, idempotency_key="k").status_code == 201
    for other, body in ((f"{path}messages/", {"text": "b"}), (f"{path}assign/", {"text": "a"})):
        refused = agent.post(other, body, idempotency_key="k")
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert Message.objects.filter(text="b").count() == 0


def test_keys_of_two_api_keys_do_not_meet(agent: Caller, ticket: Ticket) -> None:
    other = Caller(key_of(agent.staff))  # type: ignore[arg-type]
    path = f"tickets/{ticket.number}/messages/"
    assert agent.post(path, {"text": "a"}, idempotency_key="k").status_code == 201
    assert other.post(path, {"text": "b"}, idempotency_key="k").status_code == 201


def test_refused_write_is_not_kept(agent: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.number}/assign/"
    assert agent.post(path, {"owner": "nobody"}, idempotency_key="k").status_code == 400
    assert IdempotencyRecord.objects.count() == 0
    assert agent.post(path, {"owner": "ana"}, idempotency_key="k").status_code == 200


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb"])
def test_key_that_cannot_be_kept_is_named(agent: Caller, ticket: Ticket, key: str) -> None:
    refused = agent.post(f"tickets/{ticket.number}/assign/", {"owner": "ana"}, idempotency_key=key)
    assert refused.status_code == 400
    assert "Idempotency-Key" in refused.json()["fields"]


def test_key_stands_in_for_the_external_id_of_a_new_ticket(agent: Caller) -> None:
    first = agent.post("tickets/", POST, idempotency_key="order-1")
    again = agent.post("tickets/", POST, idempotency_key="order-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["external_id"] == "order-1"
    # the answer was lost before it was kept: the stored event knows
    IdempotencyRecord.objects.all().delete()
    third = agent.post("tickets/", POST, idempotency_key="order-1")
    assert (third.status_code, third.json()["number"]) == (200, first.json()["number"])
    IdempotencyRecord.objects.all().delete()
    assert agent.post("tickets/", {**POST, "body": "other"}, idempotency_key="order-1").status_code == 422
    assert Ticket.objects.count() == 1


@pytest.mark.req("K3", "idempotent writes")
@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize("given", ["order-1", "x" * 250])
def test_external_ids_of_others_tell_nothing_and_lose_nothing(
    agent: Caller, outsider: Caller, supervisor: Caller, given: str
) -> None:
    theirs = {**POST, "external_id": given}
    mine = {"subject": "mine", "body": "another matter", "requester": "zhao@customer.example", "external_id": given}
    first = agent.post("tickets/", theirs)
    assert first.status_code == 201
    answers = [outsider.post("tickets/", mine) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert [answer.json()["is_duplicate"] for answer in answers] == [False, True]
    assert {answer.json()["external_id"] for answer in answers} == {given}
    (number,) = {answer.json()["number"] for answer in answers}
    assert number != first.json()["number"]
    assert Ticket.objects.count() == 2
    # their own repeats, and those of a key whose owner may see the ticket, find it
    assert agent.post("tickets/", theirs).json()["number"] == first.json()["number"]
    assert supervisor.post("tickets/", theirs).json()["number"] == first.json()["number"]
    (message,) = supervisor.get(f"tickets/{number}/messages/").json()["results"]
    assert message["text"] == "another matter"
    assert message["external_id"][:100] == given[:100]
    assert own_id(f"{'x' * 249}y", 7) != own_id("x" * 250, 7)


def test_a_callers_own_message_stays_theirs_when_they_come_to_see_the_other(
    agent: Caller, outsider: Caller, other_team: Team
) -> None:
    first = agent.post("tickets/", {**POST, "external_id": "o"}).json()["number"]
    own = outsider.post("tickets/", {**POST, "external_id": "o"}).json()["number"]
    Ticket.objects.update(team=other_team)
    assert outsider.post("tickets/", {**POST, "external_id": "o"}).json()["number"] == own != first


def test_passing_on_a_message_under_anothers_external_id_tells_nothing(
    agent: Caller, outsider: Caller, other_team: Team
) -> None:
    agent.post("tickets/", {**POST, "external_id": "o"})
    own = make_ticket(other_team, address="zhao@customer.example")
    answer = outsider.post(f"tickets/{own.number}/messages/", {"direction": "in", "text": "more", "external_id": "o"})
    assert (answer.status_code, answer.json()["number"]) == (201, own.number)
    assert own.messages.filter(text="more").exists()


def test_sweep_keeps_a_day_and_forgets_after_two(agent: Caller, ticket: Ticket) -> None:
    agent.post(f"tickets/{ticket.number}/assign/", {"owner": "ana"}, idempotency_key="k")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=30))
    assert idempotency.sweep() == 0
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=49))
    assert idempotency.sweep() == 1


def together(count: int, work: Any) -> list[Any]:
    """Run `work(n)` in threads that start at once; their answers."""
    gate, answers = threading.Barrier(count), []

    def run(nth: int) -> None:
        gate.wait()
        try:
            answers.append(work(nth))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(nth,)) for nth in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("K3", "idempotent writes")
def test_concurrent_replies_under_one_key_write_one_message(agent: Caller, ticket: Ticket) -> None:
    path = f"tickets/{ticket.number}/messages/"
    answers = together(6, lambda _n: agent.post(path, {"text": "hello"}, idempotency_key="k"))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert Message.objects.filter(text="hello").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("A1", "API")
def test_concurrent_posts_of_one_external_id_open_one_ticket(agent: Caller) -> None:
    body = {**POST, "external_id": "once"}
    answers = together(6, lambda _n: agent.post("tickets/", body))
    assert sorted({answer.status_code for answer in answers} - {202}) in ([200, 201], [201])
    assert sum(answer.status_code == 201 for answer in answers) == 1
    assert Ticket.objects.count() == Message.objects.filter(direction="in").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("A5", "one customer, one profile")
def test_ten_first_messages_of_one_address_make_one_customer(agent: Caller) -> None:
    from helpdesk.customers.models import Customer

    answers = together(10, lambda n: agent.post("tickets/", {**POST, "external_id": f"m{n}"}))
    assert {answer.status_code for answer in answers} <= {201, 202}
    assert Customer.objects.count() == 1
