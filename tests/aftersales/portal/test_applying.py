"""A customer applies from the order: the verdict stands before it is sent, and what is sent becomes one claim on one ticket."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from aftersales.claims.models import Claim, ClaimFile
from helpdesk.customers.models import Customer, Order, OrderLine, Product
from tests.aftersales.factories import make_order, make_product
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


def test_exchange_for_another_item_of_the_same_category(client: Client, line: OrderLine) -> None:
    Product.objects.filter(pk=line.product_id).update(category="washers")
    other, elsewhere = make_product("Washer W2", category="washers"), make_product("Kettle", category="kettles")
    page = form_of(client, line)
    assert "Washer W2" in page
    assert "Kettle" not in page
    assert send(client, line, reason="defect", replacement=str(elsewhere.pk)).status_code == 422
    assert send(client, line, reason="defect", replacement=str(other.pk)).status_code == 302
    row = Claim.objects.get().loaded_lines[0]
    assert (row.replacement, row.replacement_quantity) == (other, 1)


def test_invoice_for_a_company_needs_its_tax_number(client: Client, line: OrderLine) -> None:
    given = {"invoice_for": "company", "invoice_title": "Lin & Co", "invoice_email": "lin@customer.example"}
    refused = send(client, line, "invoice", reason="other", **given)
    assert "needs its tax number" in refused.content.decode()
    sent = send(client, line, "invoice", reason="other", invoice_tax_number="91310000ma1fl5c12x", **given)
    assert sent.status_code == 302
    claim = Claim.objects.get()
    assert claim.details["invoice"] == {
        "kind": "company",
        "title": "Lin & Co",
        "tax_number": "91310000MA1FL5C12X",
        "email": "lin@customer.example",
    }


def test_price_protection_asks_for_the_difference(client: Client, line: OrderLine) -> None:
    assert "not fallen" in part_of(client, line, "price_protection", price_now="120")
    assert "You get the difference" in part_of(client, line, "price_protection", price_now="80")
    page = part_of(client, line, "price_protection", price_now="80")
    values = {"token": TOKEN, "seen": seen_on(page), "reason": "price_dropped", "quantity": "1", "price_now": "80"}
    response = client.post(f"/portal/apply/line-{line.pk}/price_protection/", values)
    assert response.status_code == 302
    claim = Claim.objects.get()
    assert (claim.verdict, claim.asked_amount) == ("allowed", Decimal(20))


def test_what_is_on_its_way_can_be_redirected(client: Client, lin: Customer, rules: None) -> None:
    line = make_order(lin, quantity=1, state="shipped")
    kinds = client.get(f"/portal/apply/line-{line.pk}/").content.decode()
    assert "/address_change/" in kinds
    assert "/exchange/" not in kinds
    given = {"wanted": "redirect", "recipient": "Lin", "phone": "13800138000", "address": "Nanjing Road 1"}
    assert send(client, line, "address_change", reason="other", **given).status_code == 302
    claim = Claim.objects.get()
    assert claim.verdict == "needs_approval"
    assert claim.details["redirect"]["address"] == "Nanjing Road 1"
    refused = client.get(f"/portal/apply/line-{line.pk}/exchange/")
    assert refused["Location"] == f"/portal/apply/line-{line.pk}/"


def test_redirecting_needs_an_address(client: Client, lin: Customer, rules: None) -> None:
    line = make_order(lin, quantity=1, state="shipped")
    refused = send(client, line, "address_change", reason="other", wanted="redirect", token="v" * 24)
    assert "Where shall it go?" in refused.content.decode()
    assert send(client, line, "address_change", reason="other", wanted="stop").status_code == 302


@pytest.mark.req("F1", "every kind of claim")
@pytest.mark.parametrize(
    ("kind", "reason", "state", "given"),
    [
        ("return", "changed_mind", "delivered", {}),
        ("exchange", "defect", "delivered", {}),
        ("repair", "defect", "delivered", {}),
        ("refund_only", "missing", "delivered", {}),
        ("missing_parts", "missing", "delivered", {"words": "The hose"}),
        ("installation", "other", "delivered", {}),
        ("delivery_installation", "other", "shipped", {}),
        ("complaint", "service", "delivered", {"words": "Nobody answered"}),
        ("return", "late", "paid", {}),
    ],
)
def test_every_kind_can_be_applied_for(
    client: Client, lin: Customer, rules: None, kind: str, reason: str, state: str, given: dict[str, str]
) -> None:
    now = timezone.now()
    line = make_order(lin, quantity=1, state=state, delivered_at=now if state == "delivered" else None)
    Product.objects.filter(pk=line.product_id).update(is_serviced_on_site=True)
    response = send(client, line, kind, reason=reason, **given)
    assert response.status_code == 302, response.content.decode()[:3000]
    assert Claim.objects.get().kind == kind


def test_complaint_needs_words(client: Client, line: OrderLine) -> None:
    assert send(client, line, "complaint", reason="service").status_code == 422
    assert not Claim.objects.exists()


def test_a_script_that_applies_on_and_on_is_stopped(client: Client, lin: Customer, rules: None) -> None:
    line = make_order(lin, quantity=50, delivered_at=timezone.now())
    codes = [send(client, line, token=f"{n:024d}").status_code for n in range(11)]
    assert codes == [302] * 10 + [429]


@pytest.mark.req("F3", "one-click application")
def test_pages_of_an_application_cost_the_same_however_much_was_bought(
    client: Client, line: OrderLine, lin: Customer, django_assert_max_num_queries
) -> None:
    for _n in range(12):
        make_order(lin, delivered_at=timezone.now())
    with django_assert_max_num_queries(9):
        first = client.get("/portal/apply/").content.decode()
    assert "cursor=" in first
    with django_assert_max_num_queries(14):
        client.get(f"/portal/apply/line-{line.pk}/")
    with django_assert_max_num_queries(20):
        form_of(client, line)
    found = client.get("/portal/apply/", {"q": line.order.number}).content.decode()
    assert f"line-{line.pk}" in found
    assert found.count('class="thing"') == 1
    assert "Nothing found" in client.get("/portal/apply/?q=zzz%00").content.decode()


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
