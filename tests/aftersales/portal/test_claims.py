"""The customer follows their claim: its steps with their dates, what they can do now, its photos, and what they say of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Delivery
from helpdesk.core.registries import renderers
from helpdesk.customers.models import Customer, OrderLine
from tests.aftersales.portal.conftest import picture, signed_in
from tests.aftersales.portal.test_applying import send
from tickets.models import Message, Satisfaction, StatusCategory, Ticket
from tickets.services.status import set_status
from tickets.services.surveys import ask_by_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(client: Client, line: OrderLine) -> Claim:
    response = send(client, line, photos=[picture(), picture("label.jpg", (1, 2, 3))])
    assert response.status_code == 302
    return Claim.objects.get()


def page(client: Client, claim: Claim) -> str:
    response = client.get(f"/portal/claims/{claim.number}/")
    assert response.status_code == 200
    return response.content.decode()


def move(client: Client, claim: Claim, name: str, **given: str):
    claim.refresh_from_db()
    return client.post(f"/portal/claims/{claim.number}/move/{name}/", {"row_version": str(claim.row_version)} | given)


def labels(text: str) -> list[tuple[str, str]]:
    """(state, label) of the stepper's steps."""
    found = re.findall(r'<li class="step" data-state="(\w+)".*?<span class="step-label">\s*(.*?)\s*<', text, flags=re.S)
    return [(state, label) for state, label in found]


@pytest.mark.req("F3", "progress step by step")
def test_stepper_shows_what_was_what_is_and_what_comes(client: Client, claim: Claim) -> None:
    assert labels(page(client, claim)) == [
        ("current", "Applied"),
        ("todo", "Decided"),
        ("todo", "Goods on the way to us"),
        ("todo", "Arrived and checked"),
        ("todo", "On the way to you"),
        ("todo", "You confirm"),
    ]
    move_claim(claim.pk, "approve", by=SYSTEM)
    text = page(client, claim)
    assert labels(text)[:2] == [("done", "Applied"), ("current", "Decided")]
    assert "Please send the goods to us" in text
    assert text.count("<time datetime=") >= 3


@pytest.mark.req("F3", "message at each step")
def test_each_step_is_told_in_the_conversation(client: Client, claim: Claim) -> None:
    move_claim(claim.pk, "approve", by=SYSTEM)
    move(client, claim, "send_back", carrier="other", tracking="SF1234567890")
    said = list(
        Message.objects.filter(ticket=claim.ticket, direction="out").order_by("pk").values_list("text", flat=True)
    )
    assert "We have your application" in said[0]
    assert any("approved" in text for text in said)
    assert any("on their way to us" in text for text in said)
    conversation = client.get(f"/portal/requests/{claim.ticket.number}/").content.decode()
    assert "is approved" in conversation


@pytest.mark.req("F4", "every move logged")
def test_customer_withdraws_and_the_goods_can_be_claimed_again(client: Client, claim: Claim, line: OrderLine) -> None:
    assert move(client, claim, "cancel", note="It works again").status_code == 302
    claim.refresh_from_db()
    line.refresh_from_db()
    assert (claim.state, line.claimed_quantity) == ("cancelled", 0)
    last = claim.moves.order_by("-pk")[0]
    assert (last.name, last.by_kind, last.by_id, last.note) == (
        "cancel",
        "customer",
        claim.customer_id,
        "It works again",
    )
    assert "Withdrawn" in page(client, claim)


def test_objection_needs_words_and_is_possible_once(client: Client, claim: Claim) -> None:
    move_claim(claim.pk, "reject", by=SYSTEM, arguments={"refusal": "scratched", "words": "It is scratched."})
    refused = move(client, claim, "appeal", words=" ")
    assert refused.status_code == 422
    assert "Write a few words" in refused.content.decode()
    assert move(client, claim, "appeal", words="It came like that").status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.appeals) == ("submitted", 1)
    move_claim(claim.pk, "reject", by=SYSTEM, arguments={"refusal": "scratched", "words": "Still."})
    assert "/move/appeal/" not in page(client, claim)
    again = move(client, claim, "appeal", words="Please")
    assert again.status_code == 422
    assert "objected to before" in again.content.decode()


def test_move_of_a_stale_page_is_refused_with_the_page_as_it_is_now(client: Client, claim: Claim) -> None:
    stale = claim.row_version
    move_claim(claim.pk, "approve", by=SYSTEM)
    response = client.post(f"/portal/claims/{claim.number}/move/cancel/", {"row_version": str(stale)})
    assert response.status_code == 422
    assert "This has moved on in the meantime" in response.content.decode()
    assert Claim.objects.get().state == "awaiting_goods"


@pytest.mark.parametrize("name", ["approve", "receive", "settled", "no_such_move", "inspect"])
def test_moves_of_others_are_refused(client: Client, claim: Claim, name: str) -> None:
    moves = claim.moves.count()
    assert move(client, claim, name).status_code == 422
    assert claim.moves.count() == moves


@pytest.mark.req("I1", "satisfaction record")
def test_customer_is_asked_after_the_claim_is_closed_and_answers_once(client: Client, claim: Claim) -> None:
    settled(claim)
    assert move(client, claim, "confirm").status_code == 302
    text = page(client, claim)
    assert "How satisfied are you with how we settled this?" in text
    row = Satisfaction.objects.get(subject_kind="claim")
    assert (row.subject_id, row.ticket_id, row.subject_number) == (claim.pk, claim.ticket_id, claim.number)
    wrong = client.post(f"/portal/claims/{claim.number}/rate/", {"score": "9", "comment": "Kind"})
    assert wrong.status_code == 422
    assert "Kind" in wrong.content.decode()
    values = {"score": "4", "reason": "speed", "comment": "Quick"}
    assert client.post(f"/portal/claims/{claim.number}/rate/", values).status_code == 302
    row.refresh_from_db()
    assert (row.score, row.reason, row.comment) == (4, "speed", "Quick")
    client.post(f"/portal/claims/{claim.number}/rate/", {"score": "1"})
    row.refresh_from_db()
    assert row.score == 4
    assert "How satisfied" not in page(client, claim)


def settled(claim: Claim) -> None:
    """The claim as it is when the customer has what they were to get."""
    move_claim(claim.pk, "approve", by=SYSTEM)
    for state in ("returning", "received", "inspected", "dispatching", "dispatched", "delivered"):
        Claim.objects.filter(pk=claim.pk).update(state=state)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/portal/claims/{n}/"),
        ("get", "/portal/claims/{n}/live/"),
        ("post", "/portal/claims/{n}/move/cancel/"),
        ("post", "/portal/claims/{n}/rate/"),
        ("get", "/portal/claims/{n}/files/{f}/"),
    ],
)
def test_each_door_of_a_claim_opens_for_its_customer_alone(
    client: Client, claim: Claim, other: Customer, method: str, path: str
) -> None:
    file = claim.files.order_by("pk")[0]
    theirs = getattr(signed_in(other), method)(path.format(n=claim.number, f=file.pk))
    nobodys = getattr(signed_in(other), method)(path.format(n="AS-999999", f=file.pk))
    assert theirs.status_code == nobodys.status_code == 404
    stranger = getattr(Client(), method)(path.format(n=claim.number, f=file.pk))
    assert stranger.status_code == 302
    assert stranger["Location"].startswith("/portal/sign-in/")
    assert Claim.objects.get().state == "submitted"


@pytest.mark.parametrize("number", ["AS-0", "AS-", "x", "AS-9223372036854775808", "AS-1%00", "١٢"])
def test_numbers_that_make_no_sense_are_not_found(client: Client, claim: Claim, number: str) -> None:
    assert client.get(f"/portal/claims/{number}/").status_code == 404


def test_photo_is_shown_and_the_file_of_another_claim_is_not(client: Client, claim: Claim) -> None:
    file = claim.files.order_by("pk")[0]
    shown = client.get(f"/portal/claims/{claim.number}/files/{file.pk}/?show=1")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert client.get(f"/portal/claims/{claim.number}/files/{file.pk + 100}/").status_code == 404


def test_list_and_home_show_where_claims_stand_in_a_fixed_number_of_queries(
    client: Client, claim: Claim, django_assert_max_num_queries
) -> None:
    move_claim(claim.pk, "approve", by=SYSTEM)
    with django_assert_max_num_queries(6):
        listed = client.get("/portal/claims/").content.decode()
    assert "Please send the goods to us" in listed
    assert claim.number in client.get("/portal/").content.decode()
    assert claim.number not in client.get("/portal/claims/?state=done").content.decode()
    assert client.get("/portal/claims/?cursor=nonsense").status_code == 200
    with django_assert_max_num_queries(16):
        page(client, claim)


def test_request_leads_to_its_claim_and_the_claim_to_its_request(client: Client, claim: Claim) -> None:
    address = f"/portal/requests/{claim.ticket.number}/"
    assert f"/portal/claims/{claim.number}/" in client.get(address).content.decode()
    assert address in page(client, claim)


@pytest.mark.req("I1", "satisfaction record")
def test_question_goes_out_by_mail_with_a_link_that_answers_once(client: Client, claim: Claim) -> None:
    settled(claim)
    move(client, claim, "confirm")
    delivery = Delivery.objects.get(purpose="tickets.satisfaction")
    assert delivery.address == "lin@customer.example"
    mail = renderers.get(delivery.purpose)(delivery)
    assert claim.number in mail.text
    link = re.search(r"/portal/rate/[^/]+/", mail.text)
    assert link
    asked = Client().get(link[0]).content.decode()
    assert claim.number in asked
    assert Client().post(link[0], {"score": "5", "reason": "result", "comment": "Good"}).status_code == 200
    Client().post(link[0], {"score": "1"})
    row = Satisfaction.objects.get(subject_kind="claim")
    assert (row.score, row.reason) == (5, "result")


def test_nobody_is_asked_about_the_request_as_well(client: Client, claim: Claim) -> None:
    settled(claim)
    move(client, claim, "confirm")
    now = timezone.now()
    set_status(claim.ticket_id, StatusCategory.SOLVED, by=SYSTEM)
    Ticket.objects.filter(pk=claim.ticket_id).update(survey_at=now)
    assert ask_by_mail(claim.ticket_id, now=now + timedelta(seconds=1)) is False
    assert Delivery.objects.filter(purpose="tickets.satisfaction").count() == 1


def test_number_typed_without_capitals_leads_to_the_page(client: Client, claim: Claim) -> None:
    response = client.get(f"/portal/claims/as-{claim.pk}/")
    assert response["Location"] == f"/portal/claims/{claim.number}/"
