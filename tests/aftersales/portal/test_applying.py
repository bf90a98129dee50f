"""A customer applies from the order: the verdict stands before it is sent, and what is sent becomes one claim on one ticket."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from aftersales.claims.models import Claim, ClaimFile
from helpdesk.customers.models import Customer, Order, OrderLine
from tests.aftersales.factories import make_order
from tests.aftersales.portal.conftest import picture, signed_in
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
TOKEN = "t" * 24


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def form_of(client: Client, line: OrderLine, kind: str = "exchange", **given: str) -> str:
    response = client.get(f"/portal/apply/line-{line.pk}/{kind}/", given)
    assert response.status_code == 200
    return response.content.decode()


def part_of(client: Client, line: OrderLine, kind: str = "exchange", **given: str) -> str:
    """What the page asks for while the form is being filled in."""
    response = client.get(f"/portal/apply/line-{line.pk}/{kind}/", given, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, line: OrderLine, kind: str = "exchange", **given: object):
    reason = str(given.get("reason", "defect"))
    photos = {"photos": "photo"} if given.get("photos") else {}
    answers = {name: str(value) for name, value in given.items() if name.startswith("is_") or name == "quantity"}
    page = part_of(client, line, kind, reason=reason, **photos, **answers)
    values = {"token": TOKEN, "seen": seen_on(page), "reason": reason, "quantity": "1", "words": ""}
    return client.post(f"/portal/apply/line-{line.pk}/{kind}/", values | given)


@pytest.mark.req("F3", "one-click application")
@pytest.mark.req("F1", "hangs on ticket and lines")
def test_three_steps_lead_from_the_order_to_a_claim_with_its_photos(
    client: Client, line: OrderLine, lin: Customer
) -> None:
    home = client.get("/portal/").content.decode()
    assert f"/portal/apply/line-{line.pk}/" in home
    kinds = client.get(f"/portal/apply/line-{line.pk}/").content.decode()
    assert f"/portal/apply/line-{line.pk}/exchange/" in kinds
    page = form_of(client, line)
    assert "A fault within 7 days of delivery" in page
    assert "Three guarantees" in page
    photos = [picture("front.jpg"), picture("label.jpg", (200, 10, 10))]
    response = send(client, line, reason="defect", words="It does not start", photos=photos)
    claim = Claim.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/portal/claims/{claim.number}/?new=1"
    assert (claim.kind, claim.reason, claim.verdict, claim.words) == (
        "exchange",
        "defect",
        "allowed",
        "It does not start",
    )
    assert claim.customer == lin
    assert claim.ticket.customer == lin
    assert claim.loaded_lines[0].order_line == line
    assert ClaimFile.objects.filter(claim=claim, purpose="application").count() == 2
    line.refresh_from_db()
    assert line.claimed_quantity == 1
    followed = client.get(response["Location"]).content.decode()
    assert "We have your application" in followed
    assert followed.count("data-viewer") == 2
    assert "Three guarantees" in followed


@pytest.mark.req("F2", "explain themselves")
def test_each_kind_shows_its_verdict_with_rule_and_version_before_anything_is_filled_in(
    client: Client, line: OrderLine
) -> None:
    Order.objects.filter(pk=line.order_id).update(delivered_at=timezone.now() - timedelta(days=30))
    page = client.get(f"/portal/apply/line-{line.pk}/").content.decode()
    assert "The rules do not allow this" in page
    assert "please apply for a repair" in page
    assert re.search(r"By “Three guarantees”, version\s+1", page)
    assert page.index("/repair/") < page.index("/exchange/"), "what can be had stands first"


@pytest.mark.req("F2", "what is allowed")
def test_verdict_follows_the_reason_while_the_form_is_open(client: Client, line: OrderLine) -> None:
    assert "at our cost" in part_of(client, line, reason="defect")
    assert "at your cost" in part_of(client, line, reason="changed_mind")
    assert "without a reason" in part_of(client, line, "return", reason="changed_mind")


def test_question_is_asked_only_where_its_answer_changes_the_verdict(client: Client, line: OrderLine) -> None:
    assert "Is everything that came with it" not in part_of(client, line, reason="defect")
    asked = part_of(client, line, "return", reason="changed_mind")
    assert "Is everything that came with it" in asked
    assert "Has the package been opened" not in asked
    assert "A person decides" in part_of(client, line, "return", reason="changed_mind", is_complete="no")
    line.product.traits = ["hygiene"]
    line.product.save()
    assert "Has the package been opened" in part_of(client, line, "return", reason="changed_mind")


def test_photos_count_for_the_verdict_as_soon_as_they_are_chosen(client: Client, line: OrderLine) -> None:
    assert "A person decides" in part_of(client, line, reason="damaged")
    assert "You can have this" in part_of(client, line, reason="damaged", photos="[object File]")


def test_what_was_not_seen_is_not_taken(client: Client, line: OrderLine) -> None:
    """The reason was changed without script, or the last day passed while the form was open."""
    seen = seen_on(form_of(client, line))
    values = {"token": TOKEN, "seen": seen, "reason": "changed_mind", "quantity": "1", "words": "Too loud"}
    address = f"/portal/apply/line-{line.pk}/exchange/"
    response = client.post(address, values)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Something else applies" in page
    assert "Too loud" in page
    assert Claim.objects.count() == Ticket.objects.count() == 0
    response = client.post(address, values | {"seen": seen_on(page)})
    assert response.status_code == 302
    assert Claim.objects.get().reason == "changed_mind"


def test_refused_application_is_taken_for_a_person_to_look_at_with_a_reason(client: Client, line: OrderLine) -> None:
    Order.objects.filter(pk=line.order_id).update(delivered_at=timezone.now() - timedelta(days=30))
    response = send(client, line, "return", reason="changed_mind")
    assert response.status_code == 422
    assert "Ask a person to look" in response.content.decode()
    assert not Claim.objects.exists()
    response = send(client, line, "return", reason="changed_mind", words="I was in hospital")
    assert response.status_code == 302
    assert Claim.objects.get().verdict == "refused"


@pytest.mark.req("F1", "hangs on ticket and lines")
def test_sending_twice_makes_one_claim_and_one_ticket(client: Client, line: OrderLine) -> None:
    first = send(client, line, words="Once")
    again = send(client, line, words="Once")
    assert first["Location"] == again["Location"]
    assert (Claim.objects.count(), Ticket.objects.count(), Message.objects.filter(direction="in").count()) == (1, 1, 1)


def test_same_thing_cannot_be_claimed_twice(client: Client, line: OrderLine) -> None:
    send(client, line)
    refused = send(client, line, token="u" * 24)
    assert refused.status_code == 409
    assert "the rest is in a claim already" in refused.content.decode()
    assert Claim.objects.count() == Ticket.objects.count() == 1
    assert "There is an open application for this" in client.get(f"/portal/apply/line-{line.pk}/").content.decode()


def test_more_than_was_bought_is_refused(client: Client, lin: Customer, rules: None) -> None:
    line = make_order(lin, quantity=3, delivered_at=timezone.now() - timedelta(days=1))
    refused = send(client, line, quantity="4")
    assert refused.status_code == 422
    assert not Claim.objects.exists()
    assert send(client, line, quantity="3").status_code == 302
    line.refresh_from_db()
    assert line.claimed_quantity == 3


@pytest.mark.parametrize(
    ("name", "data"),
    [("photo.jpg", b"GIF89a not at all"), ("photo.png", b"%PDF-1.7"), ("evil.svg", b"<svg onload='alert(1)'/>")],
)
def test_photos_that_are_none_are_refused_with_the_words_kept(
    client: Client, line: OrderLine, name: str, data: bytes
) -> None:
    file = SimpleUploadedFile(name, data, "image/jpeg")
    response = send(client, line, reason="defect", words="A long story", photos=[picture(), file])
    page = response.content.decode()
    assert response.status_code == 422
    assert "is no picture" in page
    assert "A long story" in page
    assert Claim.objects.count() == Ticket.objects.count() == 0


@pytest.mark.parametrize("key", ["line-0", "line-999999999999999999999", "line-x", "product-1", "x", "line--1"])
def test_things_of_nobody_are_not_found(client: Client, line: OrderLine, key: str) -> None:
    for path in (f"/portal/apply/{key}/", f"/portal/apply/{key}/exchange/"):
        assert client.get(path).status_code == 404


def test_somebody_elses_order_is_not_found_at_any_door(line: OrderLine, other: Customer) -> None:
    theirs = signed_in(other)
    for kind in ("", "exchange/"):
        assert theirs.get(f"/portal/apply/line-{line.pk}/{kind}").status_code == 404
    posted = theirs.post(f"/portal/apply/line-{line.pk}/exchange/", {"reason": "defect", "token": TOKEN})
    assert posted.status_code == 404
    assert not Claim.objects.exists()
    stranger = Client().get(f"/portal/apply/line-{line.pk}/")
    assert stranger["Location"].startswith("/portal/sign-in/")
