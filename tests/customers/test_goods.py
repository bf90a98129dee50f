"""Products, orders and serial numbers as other systems tell of them: by API, webhook and table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels_app.inbox import handlers
from channels_app.models import InboundEvent
from channels_app.webhook.hook import sign
from helpdesk.accounts.models import Staff
from helpdesk.core.errors import Permanent
from helpdesk.core.jobs import work_job
from helpdesk.core.models import ChannelAccount, Job, LeasedState
from helpdesk.customers.models import Customer, Import, Order, OrderLine, Product, RegisteredProduct
from helpdesk.customers.services import imports
from tests.aftersales.factories import make_claim
from tests.api.conftest import Caller, key_of
from tests.factories import make_account, make_staff, make_ticket

pytestmark = pytest.mark.django_db
LINE = {"line": "1", "sku": "W1", "quantity": 2, "unit_price": "100.00", "paid": "180.00"}
ORDER: dict[str, Any] = {
    "number": "SO-1",
    "shop": "mall",
    "customer": {"email": "li.na@customer.example", "name": "Li Na"},
    "state": "delivered",
    "placed_at": "2026-05-01T02:00:00Z",
    "delivered_at": "2026-05-03T07:20:00Z",
    "updated_at": "2026-05-03T08:00:00Z",
    "lines": [LINE],
    "payments": [{"method": "online", "amount": "180.00"}],
}


@pytest.fixture
def shop() -> Caller:
    """A shop's key: its owner sets up after-sales."""
    owner = make_staff("integration", role="administrator")
    return Caller(key_of(owner), owner)


@pytest.fixture
def washer(shop: Caller) -> Product:
    answer = shop.post(
        "products/", {"sku": "W1", "name": "Washer", "warranty_months": 36, "traits": ["three_guarantees"]}
    )
    assert answer.status_code == 201
    return Product.objects.get(sku="W1")


def test_telling_an_order_twice_is_telling_it_once(shop: Caller, washer: Product) -> None:
    first, second = shop.post("orders/", ORDER), shop.post("orders/", ORDER)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    order = Order.objects.get()
    assert (order.total, order.state, order.customer.name) == (Decimal("180.00"), "delivered", "Li Na")
    assert [(line.quantity, line.paid_amount) for line in order.lines.all()] == [(2, Decimal("180.00"))]
    assert order.payments.count() == 1
    assert [row["number"] for row in shop.get("orders/", number="SO-1").json()["results"]] == ["SO-1"]


def test_an_older_record_changes_nothing(shop: Caller, washer: Product) -> None:
    shop.post("orders/", ORDER)
    late = ORDER | {"state": "shipped", "updated_at": "2026-05-02T08:00:00Z", "delivered_at": ""}
    assert shop.post("orders/", late).status_code == 200
    assert Order.objects.get().state == "delivered"


@pytest.mark.req("F1", "hangs on ticket and lines")
def test_an_order_that_changes_after_the_claim_keeps_what_is_claimed(shop: Caller, washer: Product) -> None:
    shop.post("orders/", ORDER)
    line = OrderLine.objects.get()
    ticket = make_ticket()
    Order.objects.update(customer=ticket.customer)
    make_claim(ticket=ticket, line=line, quantity=2)
    for lines, field in (
        ([LINE | {"quantity": 1, "paid": "90.00"}], "lines.0.quantity"),
        ([LINE | {"line": "2"}], "lines"),
    ):
        answer = shop.post("orders/", ORDER | {"lines": lines})
        assert answer.status_code == 400
        assert field in answer.json()["fields"]
    line.refresh_from_db()
    assert (line.quantity, line.claimed_quantity) == (2, 2)


def test_a_line_that_nobody_claimed_can_go_and_another_come(shop: Caller, washer: Product) -> None:
    shop.post("orders/", ORDER)
    answer = shop.post("orders/", ORDER | {"lines": [LINE | {"line": "2", "quantity": 1}]})
    assert [line["line"] for line in answer.json()["lines"]] == ["2"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": ""}, "number"),
        ({"customer": {}}, "customer.email"),
        ({"customer": {"email": "nobody"}}, "customer.email"),
        ({"lines": []}, "lines"),
        ({"lines": "all"}, "lines"),
        ({"lines": [LINE | {"sku": "NONE"}]}, "sku"),
        ({"lines": [LINE | {"quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [LINE | {"unit_price": "12.345"}]}, "lines.0.unit_price"),
        ({"lines": [LINE, LINE]}, "lines"),
        ({"state": "eaten"}, "state"),
        ({"delivered_at": "yesterday"}, "delivered_at"),
        ({"currency": "yuan"}, "currency"),
        ({"payments": [{"amount": "-1"}]}, "payments.0.amount"),
    ],
)
def test_a_mistake_is_named_by_its_field(shop: Caller, washer: Product, change: dict[str, Any], field: str) -> None:
    answer = shop.post("orders/", ORDER | change)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["fields"]
    assert not Order.objects.exists()


def test_an_order_does_not_pass_to_another_customer(shop: Caller, washer: Product) -> None:
    shop.post("orders/", ORDER)
    answer = shop.post("orders/", ORDER | {"customer": {"email": "mallory@customer.example"}})
    assert answer.status_code == 409
    assert answer.json()["code"] == "order_of_another"


@pytest.mark.parametrize(("role", "reads"), [("agent", True), ("supervisor", True), ("outlet", False)])
def test_only_those_who_set_up_after_sales_write_goods(role: str, reads: bool) -> None:
    person = make_staff("somebody", role=role)
    caller = Caller(key_of(person), person)
    assert (caller.get("orders/").status_code == 200) is reads
    for path in ("orders/", "products/", "registered-products/"):
        assert caller.post(path, ORDER).status_code == 403
    assert (
        Caller(key_of(make_staff("boss", role="administrator"), "orders:read")).post("orders/", ORDER).status_code
        == 403
    )


@pytest.mark.req("F7", "registered products")
def test_a_serial_number_is_registered_once_however_it_is_written(shop: Caller, washer: Product) -> None:
    assert shop.post("registered-products/", {"sku": "W1", "serial": "w1-0001 "}).status_code == 201
    told = {
        "sku": "W1",
        "serial": "W1-0001",
        "purchased_on": "2026-05-01",
        "customer": {"email": "li.na@customer.example"},
    }
    assert shop.post("registered-products/", told).status_code == 200
    thing = RegisteredProduct.objects.get()
    assert (thing.serial, thing.is_confirmed, str(thing.purchased_on)) == ("W1-0001", True, "2026-05-01")
    assert thing.customer == Customer.objects.get()


# --- By webhook ------------------------------------------------------------------------------------------------------


@pytest.fixture
def account() -> ChannelAccount:
    account = make_account("shop", kind="webhook")
    account.set_secrets({"webhook_secret": "s3cret-of-the-shop"})
    account.save()
    return account


def post(account: ChannelAccount, *messages: dict[str, Any]) -> Any:
    body, now = json.dumps({"messages": messages}).encode(), int(time.time())
    return Client().post(
        f"/hooks/webhook/{account.slug}/", body, content_type="application/json",
        headers={"X-Helpdesk-Timestamp": str(now), "X-Helpdesk-Signature": sign("s3cret-of-the-shop", now, body)},
    )  # fmt: skip


def test_a_shop_tells_products_and_orders_by_its_webhook(account: ChannelAccount) -> None:
    product = {"id": "p1", "type": "product", "sku": "W1", "name": "Washer"}
    answer = post(account, product, {"id": "o1", "type": "order", **ORDER})
    assert [item["is_duplicate"] for item in answer.json()["events"]] == [False, False]
    assert [item["is_duplicate"] for item in post(account, product).json()["events"]] == [True]
    for event in InboundEvent.objects.order_by("pk"):
        handlers.get(event.handler)(event)
    assert Order.objects.get().lines.get().product.name == "Washer"


def test_an_order_that_cannot_be_saved_is_parked_with_its_reason(account: ChannelAccount) -> None:
    post(account, {"id": "o1", "type": "order", **ORDER})
    event = InboundEvent.objects.get()
    with pytest.raises(Permanent, match="W1"):
        handlers.get(event.handler)(event)


# --- By table --------------------------------------------------------------------------------------------------------

AsStaff = Callable[[Staff], Client]


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(make_staff("boss", role="administrator"), backend="helpdesk.accounts.backends.StaffBackend")
    return client


def send(client: Client, kind: str, text: str | bytes, name: str = "table.csv") -> Any:
    raw = text if isinstance(text, bytes) else text.encode()
    return client.post("/settings/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, raw)})


def work() -> int:
    parts = 0
    while job := Job.objects.filter(kind=imports.JOB, state=LeasedState.READY).order_by("pk").first():
        work_job(job)
        Job.objects.filter(pk=job.pk).update(state=LeasedState.DONE)
        parts += 1
    return parts


def test_tables_are_read_in_parts_and_refused_rows_are_told(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "PART", 2)
    rows = ["sku,name,warranty_months", *(f"P{n},Product {n},12" for n in range(4)), "P9,,twelve", "P0,Changed,12"]
    assert send(administrator, "products", "\n".join(rows)).status_code == 302
    assert work() == 3
    upload = Import.objects.get()
    assert (upload.state, upload.done, upload.made, upload.changed, upload.refused) == ("done", 6, 4, 1, 1)
    page = administrator.get(f"/settings/imports/{upload.pk}/").content.decode()
    assert "warranty_months" in page
    told = administrator.get(f"/settings/imports/{upload.pk}/refused.csv").content.decode()
    assert "6,P9" in told
    # sent again, nothing is made
    send(administrator, "products", "\n".join(rows))
    work()
    assert Import.objects.latest("pk").made == 0


def test_a_chinese_spreadsheet_of_orders_is_read(administrator: Client) -> None:
    Product.objects.create(sku="W1", name="Washer")
    text = (
        "订单号;店铺;下单时间;签收时间;姓名;手机号;商品编码;数量;单价;实付\r\n"
        "SO-7;天猫;2026/05/01 10:00;2026-05-03;李娜;13812345678;W1;1;2999;2799\r\n"
        ";;;;;;W1;2;10;\r\n"
    )
    assert send(administrator, "orders", text.encode("gb18030")).status_code == 302
    work()
    upload = Import.objects.get()
    assert (upload.made, upload.refused) == (1, 0), list(upload.refusals.values())
    order = Order.objects.get()
    assert (order.source, order.customer.name, order.lines.count(), order.total) == (
        "天猫",
        "李娜",
        2,
        Decimal("2819.00"),
    )
    assert order.placed_at.isoformat() == "2026-05-01T02:00:00+00:00"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04\x00\x00binary", "no CSV file"),
        (b"name\nWasher", "sku is missing"),
        (b"sku,name,sku\n1,2,3", "there twice"),
        (b"sku,name\n", "no row below"),
        (b'sku,name\n"' + b"x" * 200_000, "cannot be read"),
    ],
)
def test_a_file_that_no_row_can_help_is_refused_at_once(administrator: Client, raw: bytes, words: str) -> None:
    answer = send(administrator, "products", raw)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Import.objects.exists()


def test_examples_can_be_sent_back(administrator: Client) -> None:
    for kind in ("products", "orders", "things"):
        example = administrator.get(f"/settings/imports/{kind}.csv").content
        assert send(administrator, kind, example).status_code == 302
        work()
        upload = Import.objects.latest("pk")
        assert (upload.made, upload.refused) == (1, 0), list(upload.refusals.values())
