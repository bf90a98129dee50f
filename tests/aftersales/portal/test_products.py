"""Things are registered by their serial number, and a label that is scanned leads to everything about its thing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aftersales.warranty.labels import label_code
from aftersales.warranty.services.registering import add_labelled
from helpdesk.accounts.permissions import Role
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import Cover, Customer, Order, OrderLine, Product, RegisteredProduct
from tests.aftersales.factories import make_order, make_product
from tests.aftersales.portal.conftest import signed_in
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
SERIAL = "W10P2408B018842"


@pytest.fixture
def washer(lin: Customer, rules: None) -> OrderLine:
    """A washer with its serial number, delivered a month ago."""
    line = make_order(lin, quantity=1, delivered_at=timezone.now() - timedelta(days=30))
    OrderLine.objects.filter(pk=line.pk).update(serial=SERIAL)
    return OrderLine.objects.select_related("product", "order").get(pk=line.pk)


def register(client: Client, serial: str, **given: object):
    return client.post("/portal/products/register/", {"serial": serial} | given)


@pytest.mark.req("F7", "registered products")
def test_serial_of_an_own_order_is_registered_and_covered_from_the_delivery(client: Client, washer: OrderLine) -> None:
    response = register(client, f" {SERIAL.lower()} ")
    row = RegisteredProduct.objects.get()
    assert response["Location"] == f"/portal/products/line-{washer.pk}/"
    assert (row.serial, row.product, row.order_line, row.is_confirmed) == (SERIAL, washer.product, washer, True)
    cover = Cover.objects.get()
    assert (cover.ends_on - cover.starts_on).days in {364, 365}
    page = client.get(response["Location"]).content.decode()
    assert "In warranty until" in page
    assert "/repair/" in page
    assert register(client, SERIAL)["Location"] == response["Location"]
    assert RegisteredProduct.objects.count() == 1


@pytest.mark.req("F7", "computed")
@pytest.mark.parametrize(
    ("days", "months", "is_in"), [(30, 12, True), (500, 12, False), (500, 24, True), (30, 0, False)]
)
def test_in_or_out_of_warranty_follows_from_the_delivery_and_what_the_product_gives(
    client: Client, washer: OrderLine, days: int, months: int, is_in: bool
) -> None:
    Order.objects.filter(pk=washer.order_id).update(delivered_at=timezone.now() - timedelta(days=days))
    Product.objects.filter(pk=washer.product_id).update(warranty_months=months)
    page = client.get(f"/portal/products/line-{washer.pk}/").content.decode()
    assert ("In warranty until" in page) is is_in


@pytest.mark.req("F7", "registered products")
def test_unknown_serial_is_taken_on_the_customers_word_and_covers_nothing_until_it_is_confirmed(
    client: Client, rules: None, as_staff
) -> None:
    product = make_product("Kettle K3", warranty_months=24)
    asked = register(client, "K3-000-77")
    assert asked.status_code == 200
    assert "We do not know this number yet" in asked.content.decode()
    assert not RegisteredProduct.objects.exists()
    missing = register(client, "K3-000-77", asked="1")
    assert missing.status_code == 422
    day = date(2026, 3, 1)
    done = register(client, "K3-000-77", asked="1", product=str(product.pk), purchased_on=day.isoformat())
    row = RegisteredProduct.objects.get()
    assert done.status_code == 302
    assert (row.is_confirmed, row.purchased_on, row.covers.count()) == (False, day, 0)
    assert (
        "We have not seen a proof of purchase yet" in client.get(f"/portal/products/product-{row.pk}/").content.decode()
    )
    supervisor = as_staff(make_staff("boss", role=Role.ADMINISTRATOR))
    confirmed = supervisor.post(f"/settings/registered-products/{row.pk}/confirm/", {"purchased_on": day.isoformat()})
    assert confirmed.status_code == 302
    assert Cover.objects.get().ends_on == date(2028, 2, 29)
    assert "In warranty until" in client.get(f"/portal/products/product-{row.pk}/").content.decode()


@pytest.mark.req("F7", "computed")
def test_an_extension_that_was_bought_follows_on_the_warranty_and_counts_once(
    client: Client, washer: OrderLine, as_staff
) -> None:
    Product.objects.filter(pk=washer.product_id).update(warranty_months=12)
    register(client, SERIAL)
    row, base = RegisteredProduct.objects.get(), Cover.objects.get()
    desk = as_staff(make_staff("boss", role=Role.ADMINISTRATOR))
    path = f"/settings/registered-products/{row.pk}/extend/"
    assert desk.get(path).status_code == 200
    for _nth in range(2):
        assert desk.post(path, {"months": "24", "order_number": "EX-1"}).status_code == 302
    more = Cover.objects.get(plan__is_extension=True)
    assert more.starts_on == base.ends_on + timedelta(days=1)
    Order.objects.filter(pk=washer.order_id).update(delivered_at=timezone.now() - timedelta(days=500))
    shown = client.get(f"/portal/products/line-{washer.pk}/").content.decode()
    assert "In warranty until" in shown
    assert str(more.ends_on.year) in shown
    for wrong in ("0", "1000", "x", ""):
        assert desk.post(path, {"months": wrong}).status_code == 422, wrong
    agent = as_staff(make_staff("ann"))
    assert agent.post(path, {"months": "12"}).status_code == 403
    assert Cover.objects.count() == 2


@pytest.mark.parametrize("serial", ["", "x", "  ", "<script>", "a" * 200, "💥💥💥"])
def test_what_cannot_be_a_serial_number_is_refused_in_words(client: Client, rules: None, serial: str) -> None:
    response = register(client, serial)
    assert response.status_code == 422
    assert not RegisteredProduct.objects.exists()


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday", "0000-00-00"])
def test_purchase_in_the_future_or_on_no_day_is_refused(client: Client, rules: None, day: str) -> None:
    product = make_product()
    response = register(client, "ABC-123", asked="1", product=str(product.pk), purchased_on=day)
    assert response.status_code == 422
    assert not RegisteredProduct.objects.exists()


def test_somebody_elses_thing_is_not_told_of(other: Customer, washer: OrderLine) -> None:
    response = register(signed_in(other), SERIAL)
    page = response.content.decode()
    assert response.status_code == 422
    assert "registered to somebody else" in page
    assert "Lin" not in page
    assert not RegisteredProduct.objects.exists()


def test_serial_numbers_cannot_be_counted_through(client: Client, rules: None) -> None:
    answers = [register(client, f"TRY-{n}").status_code for n in range(21)]
    assert answers[:20] == [200] * 20
    assert answers[20] == 429


# --- Labels ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def labelled(washer: OrderLine) -> RegisteredProduct:
    """The washer's label was printed in the factory, before it was sold."""
    return add_labelled(washer.product_id, serial=SERIAL, by=SYSTEM)


def test_scan_without_signing_in_shows_the_thing_and_nothing_of_its_owner(
    labelled: RegisteredProduct, lin: Customer
) -> None:
    register(signed_in(lin), SERIAL)
    page = Client().get(f"/portal/scan/{label_code(labelled)}/").content.decode()
    assert "Washer W1" in page
    assert "In warranty until" in page
    assert "Get help with it" in page
    assert SERIAL not in page
    assert "Lin" not in page


@pytest.mark.req("F3", "one-click application")
def test_owner_comes_from_the_label_to_a_form_that_knows_the_thing(
    client: Client, labelled: RegisteredProduct, washer: OrderLine
) -> None:
    scanned = client.get(f"/portal/scan/{label_code(labelled)}/")
    assert "Register it as mine" in scanned.content.decode()
    taken = client.post(f"/portal/scan/{label_code(labelled)}/take/")
    assert taken["Location"] == f"/portal/products/line-{washer.pk}/"
    again = client.get(f"/portal/scan/{label_code(labelled)}/")
    assert again["Location"] == taken["Location"]
    page = client.get(taken["Location"]).content.decode()
    form = f"/portal/apply/line-{washer.pk}/repair/"
    assert form in page
    assert SERIAL in client.get(f"/portal/apply/line-{washer.pk}/").content.decode()
    assert "free of charge" in client.get(form).content.decode()


@pytest.mark.parametrize("change", ["id", "proof", "short", "empty", "foreign"])
def test_forged_labels_are_not_found(labelled: RegisteredProduct, lin: Customer, change: str) -> None:
    code = label_code(labelled)
    forged = {
        "id": f"{labelled.pk + 1}-{code.partition('-')[2]}",
        "proof": code[:-1] + ("A" if code[-1] != "A" else "B"),
        "short": code[:-1],
        "empty": f"{labelled.pk}-",
        "foreign": "99999999999999999999-AAAAAAAAAAAAAAAA",
    }[change]
    for client in (Client(), signed_in(lin)):
        assert client.get(f"/portal/scan/{forged}/").status_code == 404
    assert signed_in(lin).post(f"/portal/scan/{forged}/take/").status_code == 404
    assert RegisteredProduct.objects.get().customer is None


def test_label_of_somebody_elses_thing_cannot_be_taken(
    labelled: RegisteredProduct, lin: Customer, other: Customer
) -> None:
    register(signed_in(lin), SERIAL)
    theirs = signed_in(other)
    page = theirs.get(f"/portal/scan/{label_code(labelled)}/").content.decode()
    assert "It is registered to somebody else" in page
    theirs.post(f"/portal/scan/{label_code(labelled)}/take/")
    assert RegisteredProduct.objects.get().customer == lin


def test_labels_are_made_and_printed_in_the_settings(rules: None, as_staff) -> None:
    product = make_product("Kettle K3")
    admin = as_staff(make_staff("boss", role=Role.ADMINISTRATOR))
    made = admin.post(
        "/settings/registered-products/new/", {"product": product.pk, "serials": "K3-1\nk3-2\nK3-1\n", "lot": "L7"}
    )
    assert made.status_code == 302
    assert set(RegisteredProduct.objects.values_list("serial", "lot")) == {("K3-1", "L7"), ("K3-2", "L7")}
    sheet = admin.get(made["Location"]).content.decode()
    assert sheet.count("<svg") >= 2
    assert "<style" not in sheet
    row = RegisteredProduct.objects.order_by("pk")[0]
    drawn = admin.get(f"/settings/registered-products/{row.pk}/label.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    refused = admin.post("/settings/registered-products/new/", {"product": product.pk, "serials": "??\n"})
    assert refused.status_code == 422
    agent = as_staff(make_staff("ann"))
    assert agent.get("/settings/registered-products/").status_code == 403
    assert agent.post(f"/settings/registered-products/{row.pk}/confirm/").status_code == 403


def test_simple_look_is_switched_on_and_off_and_stays_on_the_page(client: Client, rules: None) -> None:
    response = client.post(
        "/portal/simple/", {"on": "1"}, headers={"Referer": "http://testserver/portal/claims/?state=open"}
    )
    assert response["Location"] == "/portal/claims/?state=open"
    home = client.get("/portal/").content.decode()
    assert "portal-simple" in home
    assert "Something is wrong with what I bought" in home
    back = client.post("/portal/simple/", {"on": "0"}, headers={"Referer": "https://elsewhere.example/portal/../evil"})
    assert back["Location"].startswith("/portal/")
    assert "portal-simple" not in client.get("/portal/").content.decode()
