"""Every operation of the API × everybody of the cast; the operations come from the description, so none is forgotten."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.urls import get_resolver
from django.utils import timezone

from aftersales.cases.models import CaseFile
from aftersales.claims.models import Claim
from aftersales.incidents.models import Incident
from analytics.models import WhatIf
from channels_app.models import InboundEvent
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM
from helpdesk.core.api.reference import METHODS, description
from helpdesk.core.models import Delivery, Event, IdempotencyRecord, Job
from helpdesk.customers.models import Customer, Order
from tests.aftersales.factories import make_claim, make_order, make_product
from tests.api.conftest import Caller
from tests.factories import make_staff, make_ticket
from tickets.models import Attachment, Message, Ticket, TicketLink, Watcher
from tickets.services.consulting import open_consultation
from tickets.sla.models import Policy
from tickets.sla.services.presets import apply_preset

REFUSED_KEYS = ("anonymous", "revoked", "expired", "of a leaver", "forged")
# Lists and posts that name no ticket: the outsider may ask, and gets nothing of others (tested beside each).
OPEN = {"/api/v1/schema/", "/api/v1/docs/"}
# What reading takes more than a scope.
NOT_FOR_AGENTS = {
    "/api/v1/analytics/sla/",
    "/api/v1/analytics/likely/",
    "/api/v1/analytics/after-sales/",
    "/api/v1/analytics/what-ifs/",
    "/api/v1/analytics/what-ifs/{what_if}/",
    "/api/v1/incidents/",
    "/api/v1/incidents/{incident}/",
}
# For whoever pays, and nobody else.
FOR_FINANCE = {"/api/v1/payouts/", "/api/v1/payouts/{payout}/"}


def operations() -> list[tuple[str, str]]:
    """(method, path) of every operation in the description."""
    return [
        (method.upper(), path) for path, item in description()["paths"].items() for method in METHODS if method in item
    ]


def test_every_address_of_the_api_is_described() -> None:
    described = {re.sub(r"\{\w+\}", "{}", path) for path in description()["paths"]}
    wired = set()
    for pattern in next(p for p in get_resolver().url_patterns if str(p.pattern) == "api/v1/").url_patterns:
        for one in pattern.url_patterns:
            wired.add("/api/v1/" + re.sub(r"<[^>]+>", "{}", str(one.pattern)))
    assert wired - OPEN == described


def filled(path: str, ticket: Ticket) -> str:
    """The address with the ids of this ticket and of what belongs to it."""
    message = Message.objects.filter(ticket=ticket).order_by("pk")[0]
    attachment = Attachment.objects.get_or_create(message=message, defaults={"name": "a.txt", "file": "attachments/a"})[
        0
    ]
    link = TicketLink.objects.filter(source=ticket).first()
    if link is None:
        link = TicketLink.objects.create(source=ticket, target=make_ticket(ticket.team, external_id=f"l{ticket.pk}"))
    values = {
        "number": ticket.number,
        "message": message.pk,
        "attachment": attachment.pk,
        "link": link.pk,
        "username": "ana",
        "customer": ticket.customer_id,
        "breach": 1,
        "offer": 1,
        "order": an_order(ticket).pk,
        "claim": (a_case if path.startswith("/api/v1/cases/") else a_claim)(ticket).number,
        "incident": an_incident().pk,
        "approval": 1,
        "action": 1,
        "payout": 1,
        "compensation": 1,
        "consultation": a_consultation(ticket),
        "what_if": a_what_if().pk,
        "policy": (Policy.objects.first() or apply_preset("bot", by=SYSTEM)).pk,
    }
    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), path).removeprefix("/api/v1/")


def a_consultation(ticket: Ticket) -> int:
    """One on this ticket, with somebody who is asked."""
    found = ticket.consultations.first()
    if found is None:
        expert = Staff.objects.filter(username="expert").first() or make_staff("expert", role="finance")
        found = open_consultation(ticket.pk, question="?", by=SYSTEM, staff=[expert.pk])
    return found.pk


def an_order(ticket: Ticket) -> Order:
    """One of the ticket's customer."""
    return Order.objects.filter(customer=ticket.customer).first() or make_order(ticket.customer).order


def a_claim(ticket: Ticket) -> Claim:
    """One on the ticket."""
    return Claim.objects.filter(ticket=ticket).exclude(kind="case").first() or make_claim(ticket=ticket)


def a_case(ticket: Ticket) -> Claim:
    """An authority's, on the ticket."""
    known = CaseFile.objects.filter(claim__ticket=ticket).select_related("claim").first()
    if known is not None:
        return known.claim
    claim, now = make_claim("case", ticket=ticket), timezone.now()
    due = {"accept_due_at": now, "answer_due_at": now}
    CaseFile.objects.create(claim=claim, authority="12315", demand="?", received_at=now, asked_at=now, **due)
    return claim


def an_incident() -> Incident:
    return Incident.objects.first() or Incident.objects.create(
        product=make_product(),
        count=12,
        expected=0.3,
        p=1e-14,
        limit=0.001,
        window_hours=24,
        past_count=2,
        past_days=90,
    )


def a_what_if() -> WhatIf:
    """One that a supervisor started."""
    staff = Staff.objects.filter(role="supervisor").first() or make_staff("watcher", role="supervisor")
    day = date(2026, 10, 1)
    return WhatIf.objects.first() or WhatIf.objects.create(staff=staff, since=day, until=day)


def counted() -> dict[str, Any]:
    """Everything that a write could have left behind."""
    models = (
        Ticket,
        Message,
        Event,
        Delivery,
        Job,
        InboundEvent,
        Watcher,
        TicketLink,
        Attachment,
        Customer,
        IdempotencyRecord,
    )
    versions = sorted(Ticket.objects.values_list("pk", "row_version", "edit_version"))
    return {**{model.__name__: model._default_manager.count() for model in models}, "versions": versions}


def body_of(method: str, path: str) -> Any:
    """The example of the description."""
    operation = description()["paths"][path][method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    for described in content.values():
        for example in described.get("examples", {}).values():
            return example["value"]
    return {}


@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize(("method", "path"), operations())
def test_who_has_no_usable_key_is_refused_and_changes_nothing(
    cast: dict[str, Caller], ticket: Ticket, method: str, path: str
) -> None:
    address, body = filled(path, ticket), body_of(method, path)
    before = counted()
    for name in REFUSED_KEYS:
        answer = cast[name].call(method, address, None if method == "GET" else body)
        assert answer.status_code == 401, (name, answer.content)
        assert answer.json()["code"] in {"not_authenticated", "authentication_failed"}
        assert answer["WWW-Authenticate"].startswith("Bearer")
    needs_scope = path not in {"/api/v1/me/", "/api/v1/events/"}
    narrow = cast["without scope"].call(method, address, None if method == "GET" else body)
    assert (narrow.status_code == 403) is needs_scope, narrow.content
    assert counted() == before


@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize(
    ("method", "path"), [one for one in operations() if "{number}" in one[1] or "{attachment}" in one[1]]
)
def test_another_teams_ticket_is_the_same_404_as_one_that_is_not_there(
    cast: dict[str, Caller], ticket: Ticket, method: str, path: str
) -> None:
    address, body = filled(path, ticket), body_of(method, path)
    missing = address.replace(ticket.number, "HD-999999").replace("attachments/", "attachments/9999")
    before = counted()
    theirs = cast["outsider"].call(method, address, None if method == "GET" else body)
    nothing = cast["outsider"].call(method, missing, None if method == "GET" else body)
    if theirs.status_code == 400:
        # the example names what this installation does not have; the ticket is not even looked at
        assert nothing.status_code == 400
    else:
        assert theirs.status_code == nothing.status_code == 404, theirs.content
    same = [{**answer.json(), "request_id": ""} for answer in (theirs, nothing)]
    assert same[0] == same[1]
    assert {k: v for k, v in theirs.headers.items() if k != "X-Request-Id"} == {
        k: v for k, v in nothing.headers.items() if k != "X-Request-Id"
    }
    assert counted() == before


@pytest.mark.parametrize(("method", "path"), [one for one in operations() if one[0] == "GET"])
def test_those_who_may_read_do(cast: dict[str, Caller], ticket: Ticket, method: str, path: str) -> None:
    if path.endswith("/content/"):
        return
    for name in ("agent", "teammate", "supervisor", "administrator"):
        answer = cast[name].get(filled(path, ticket))
        is_open = path not in FOR_FINANCE and (name not in {"agent", "teammate"} or path not in NOT_FOR_AGENTS)
        assert answer.status_code == (200 if is_open else 403), (name, answer.content)


def test_lists_give_an_outsider_nothing_of_others(cast: dict[str, Caller], ticket: Ticket) -> None:
    outsider = cast["outsider"]
    assert outsider.get("tickets/").json()["results"] == []
    for words in (ticket.number, "washer", "漏水", "li.na@customer.example", "Li Na"):
        assert outsider.get("tickets/", search=words).json()["results"] == []
    assert cast["agent"].get("tickets/", search=ticket.number).json()["results"] != []


def test_verbs_refuse_to_reach_into_tickets_that_the_caller_cannot_see(
    cast: dict[str, Caller], ticket: Ticket, other_team: Any
) -> None:
    hidden = make_ticket(other_team, external_id="hidden", rfc_message_id="hidden@x")
    before = counted()
    agent = cast["agent"]
    for verb, body in (
        ("merge", {"into": hidden.number}),
        ("links", {"target": hidden.number}),
    ):
        assert agent.post(f"tickets/{ticket.number}/{verb}/", body).status_code == 404
    message = Message.objects.filter(ticket=hidden).values_list("pk", flat=True)[0]
    assert agent.post(f"tickets/{ticket.number}/split/", {"messages": [message]}).status_code == 400
    assert counted() == before


def test_role_without_the_permission_is_refused(as_caller: Any, ticket: Ticket, team: Any) -> None:
    from helpdesk.accounts.permissions import Role
    from tests.factories import make_staff

    engineer = as_caller(make_staff("eve", role=Role.ENGINEER, teams=(team,)))
    before = counted()
    assert engineer.get(f"tickets/{ticket.number}/").status_code == 200
    number = ticket.number
    for method, path, body in (
        ("POST", f"tickets/{number}/messages/", {"text": "hello"}),
        ("POST", f"tickets/{number}/messages/", {"text": "hello", "direction": "in"}),
        ("PATCH", f"tickets/{number}/", {"edit_version": 1, "priority": "low"}),
        ("POST", f"tickets/{number}/assign/", {"owner": "eve"}),
        ("POST", f"tickets/{number}/status/", {"status": "solved"}),
        ("POST", "tickets/", {"body": "x", "requester": "a@b.example"}),
        ("POST", "customers/", {"email": "a@b.example"}),
        ("PATCH", f"customers/{ticket.customer_id}/", {"edit_version": 0, "level": "core"}),
    ):
        assert engineer.call(method, path, body).status_code == 403, path
    assert counted() == before
    address = engineer.get(f"tickets/{number}/messages/").json()["results"][0]["author"]["address"]
    assert address == "l•••@customer.example"
    identities = engineer.get(f"customers/{ticket.customer_id}/").json()["identities"]
    assert [one["value"] for one in identities] == ["l•••@customer.example"]
