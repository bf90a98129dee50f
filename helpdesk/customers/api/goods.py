"""Products, orders and things by API: lists, and saving by their own numbers."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CUSTOMER_VIEW, Scope
from helpdesk.core import keyset
from helpdesk.core.api.paging import envelope, moment, page_size
from helpdesk.core.api.schema import PAGED, listed, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.plain import storable
from helpdesk.customers.goods.records import read_order, read_product, read_thing
from helpdesk.customers.models import (
    Order,
    OrderLine,
    OrderPayment,
    OrderState,
    PaymentMethod,
    Product,
    RegisteredProduct,
)
from helpdesk.customers.services.goods import Saved, save_order, save_product, save_thing

Base = serializers.Serializer
PRODUCT = {
    "id": 12, "sku": "W1-WHITE", "name": "Washer W1", "name_zh": "洗衣机 W1", "category": "appliances", "model": "W1",
    "warranty_months": 36, "is_serviced_on_site": True, "traits": ["three_guarantees"], "is_active": True,
}  # fmt: skip
ORDER = {
    "id": 501, "number": "SO-1001", "shop": "mall", "customer": 311, "state": "delivered", "currency": "CNY",
    "total": "2799.00", "placed_at": "2026-05-01T02:00:00.000Z", "delivered_at": "2026-05-03T07:20:00.000Z",
    "updated_at": "2026-05-03T07:21:00.000Z",
    "lines": [
        {"id": 9001, "line": "1", "sku": "W1-WHITE", "quantity": 1, "unit_price": "2999.00", "paid": "2799.00",
         "serial": "W1-000123", "lot": "L7", "claimed_quantity": 0, "refunded_amount": "0.00"},
    ],
    "payments": [
        {"payment": "1", "method": "online", "amount": "2499.00", "bearer": "", "refunded_amount": "0.00"},
        {"payment": "2", "method": "subsidy", "amount": "300.00", "bearer": "state", "refunded_amount": "0.00"},
    ],
}  # fmt: skip
THING = {
    "id": 77, "sku": "W1-WHITE", "serial": "W1-000123", "lot": "L7", "customer": 311, "purchased_on": "2026-05-01",
    "installed_on": None, "is_confirmed": True,
}  # fmt: skip


class ProductSerializer(Base[Any]):
    """A product by its article number; fields that are left out stay."""

    id = serializers.IntegerField(read_only=True)
    sku = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=160, required=False)
    name_zh = serializers.CharField(max_length=160, required=False, allow_blank=True)
    category = serializers.CharField(max_length=60, required=False, allow_blank=True)
    model = serializers.CharField(max_length=60, required=False, allow_blank=True)
    warranty_months = serializers.IntegerField(min_value=0, max_value=600, required=False)
    is_serviced_on_site = serializers.BooleanField(required=False)
    traits = serializers.ListField(child=serializers.CharField(max_length=30), required=False, max_length=20)
    is_active = serializers.BooleanField(required=False)


class PersonInputSerializer(Base[Any]):
    """Whose it is: by address, number, or the shop's own id of them."""

    email = serializers.CharField(max_length=320, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    id = serializers.CharField(max_length=200, required=False, allow_blank=True)
    name = serializers.CharField(max_length=160, required=False, allow_blank=True)


class OrderLineSerializer(Base[Any]):
    """One line; `line` is what the shop calls it."""

    id = serializers.IntegerField(read_only=True)
    line = serializers.CharField(max_length=60, required=False)
    sku = serializers.CharField(max_length=60)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False)
    unit_price = serializers.CharField()
    paid = serializers.CharField(required=False, allow_null=True)
    serial = serializers.CharField(max_length=80, required=False, allow_blank=True)
    lot = serializers.CharField(max_length=40, required=False, allow_blank=True)
    claimed_quantity = serializers.IntegerField(read_only=True)
    refunded_amount = serializers.CharField(read_only=True)


class OrderPaymentSerializer(Base[Any]):
    """A part of what was paid, and who bore it."""

    payment = serializers.CharField(max_length=120, required=False)
    method = serializers.ChoiceField(PaymentMethod.choices, required=False)
    amount = serializers.CharField()
    bearer = serializers.CharField(max_length=60, required=False, allow_blank=True)
    refunded_amount = serializers.CharField(read_only=True)


class OrderInputSerializer(Base[Any]):
    """An order, whole: lines that are left out are taken away, unless they are claimed."""

    number = serializers.CharField(max_length=60)
    shop = serializers.CharField(max_length=60, required=False, allow_blank=True)
    customer = PersonInputSerializer()
    state = serializers.ChoiceField(OrderState.choices, required=False)
    currency = serializers.CharField(max_length=3, required=False)
    total = serializers.CharField(required=False)
    placed_at = serializers.CharField(required=False)
    delivered_at = serializers.CharField(required=False)
    updated_at = serializers.CharField(required=False, help_text="When the shop changed it; older ones change nothing.")
    lines = OrderLineSerializer(many=True)
    payments = OrderPaymentSerializer(many=True, required=False)


class OrderSerializer(Base[Any]):
    """An order with its lines and payments."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    shop = serializers.CharField()
    customer = serializers.IntegerField()
    state = serializers.ChoiceField(OrderState.choices)
    currency = serializers.CharField()
    total = serializers.CharField()
    placed_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)
    lines = OrderLineSerializer(many=True)
    payments = OrderPaymentSerializer(many=True)


class ThingInputSerializer(Base[Any]):
    """A thing by its article and serial number."""

    sku = serializers.CharField(max_length=60)
    serial = serializers.CharField(max_length=80)
    lot = serializers.CharField(max_length=40, required=False, allow_blank=True)
    customer = PersonInputSerializer(required=False)
    purchased_on = serializers.CharField(required=False)
    installed_on = serializers.CharField(required=False)


class ThingSerializer(Base[Any]):
    """A registered thing."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    serial = serializers.CharField()
    lot = serializers.CharField()
    customer = serializers.IntegerField(allow_null=True)
    purchased_on = serializers.DateField(allow_null=True)
    installed_on = serializers.DateField(allow_null=True)
    is_confirmed = serializers.BooleanField()


class GoodsView(ApiView):
    """Reading needs `orders:read` and a role that sees customers, writing `orders:write` and one that sets up after-sales."""

    required_scopes = {"GET": Scope.ORDERS_READ, "*": Scope.ORDERS_WRITE}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The owner's role counts as well as the key's scopes."""
        super().initial(request, *args, **kwargs)
        if not owner_of(request).can(CUSTOMER_VIEW if request.method == "GET" else AFTERSALES_MANAGE):
            raise Forbidden


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid(fields={"body": _("This has to be an object.")})
    return request.data


def _id(text: str) -> int:
    """An id of the address; 0, which nobody has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _answer(saved: Saved, row: dict[str, Any]) -> Response:
    return Response(row, status=201 if saved.is_new else 200)


class Products(GoodsView):
    """`/products/`."""

    @operation(
        "List products",
        answer=listed(ProductSerializer),
        scope="orders:read",
        description="By article number.",
        errors=[400],
        parameters=[query("sku", "Exactly this article number."), *PAGED],
        returns={"results": [PRODUCT], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page; the cursor is the last article number."""
        size = page_size(request)
        rows = Product.objects.order_by("sku")
        if sku := request.query_params.get("sku"):
            rows = rows.filter(sku=storable(sku)[:60])
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(sku__gt=storable(cursor)[:60])
        found = list(rows[: size + 1])
        following = found[size - 1].sku if len(found) > size else None
        return envelope(request, [product_as_written(row) for row in found[:size]], following)

    @operation(
        "Save a product",
        request=ProductSerializer,
        answer=ProductSerializer,
        status=201,
        more={200: ProductSerializer},
        scope="orders:write",
        description="Made (201) or changed (200) by its article number.",
        is_write=True,
        example={"sku": "W1-WHITE", "name": "Washer W1", "warranty_months": 36},
        returns=PRODUCT,
    )
    def post(self, request: Request) -> Response:
        """Telling twice is telling once."""
        saved = save_product(read_product(_body(request)), by=actor_of(request))
        return _answer(saved, product_as_written(saved.row))


class Orders(GoodsView):
    """`/orders/`."""

    @operation(
        "List orders",
        answer=listed(OrderSerializer),
        scope="orders:read",
        description="Newest first.",
        errors=[400],
        parameters=[query("number", "Exactly this number."), query("customer", "Id of the customer."), *PAGED],
        returns={"results": [ORDER], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page with lines and payments; three queries."""
        size = page_size(request)
        rows = Order.objects.all()
        if number := request.query_params.get("number"):
            rows = rows.filter(number=storable(number)[:60])
        if customer := request.query_params.get("customer"):
            rows = rows.filter(customer_id=_id(customer))
        found = keyset.page(rows, request.query_params.get("cursor"), by="placed_at", size=size)
        return envelope(request, orders_as_written(found.rows), found.next)

    @operation(
        "Save an order",
        request=OrderInputSerializer,
        answer=OrderSerializer,
        status=201,
        more={200: OrderSerializer},
        scope="orders:write",
        description=(
            "Made (201) or changed (200) by its number and shop. A claimed line is neither taken away nor made smaller than "
            "what is claimed. A record whose `updated_at` is older than the last one changes nothing."
        ),
        is_write=True,
        example={
            "number": "SO-1001", "shop": "mall", "customer": {"email": "li.na@customer.example", "name": "Li Na"},
            "state": "delivered", "delivered_at": "2026-05-03T07:20:00Z",
            "lines": [{"line": "1", "sku": "W1-WHITE", "quantity": 1, "unit_price": "2999.00", "paid": "2799.00"}],
        },
        returns=ORDER,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Telling twice is telling once."""
        saved = save_order(read_order(_body(request)), by=actor_of(request))
        return _answer(saved, orders_as_written([saved.row])[0])


class OneOrder(GoodsView):
    """`/orders/{id}/`."""

    @operation("Read an order", answer=OrderSerializer, scope="orders:read", errors=[404], returns=ORDER)
    def get(self, request: Request, order: int) -> Response:
        """With its lines and payments."""
        row = Order.objects.filter(pk=order).first()
        if row is None:
            raise NotFound
        return Response(orders_as_written([row])[0])


class Things(GoodsView):
    """`/registered-products/`."""

    @operation(
        "Find registered products",
        answer=listed(ThingSerializer),
        scope="orders:read",
        description="Newest first.",
        errors=[400],
        parameters=[query("serial", "Exactly this serial number."), query("customer", "Id of the customer."), *PAGED],
        returns={"results": [THING], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page."""
        size = page_size(request)
        rows = RegisteredProduct.objects.select_related("product")
        if serial := request.query_params.get("serial"):
            rows = rows.filter(serial=" ".join(storable(serial)[:80].upper().split()))
        if customer := request.query_params.get("customer"):
            rows = rows.filter(customer_id=_id(customer))
        found = keyset.page(rows, request.query_params.get("cursor"), by="registered_at", size=size)
        return envelope(request, [thing_as_written(row) for row in found.rows], found.next)

    @operation(
        "Register a product",
        request=ThingInputSerializer,
        answer=ThingSerializer,
        status=201,
        more={200: ThingSerializer},
        scope="orders:write",
        description="Made (201) or changed (200) by its article and serial number; told by the company, it is confirmed.",
        is_write=True,
        example={"sku": "W1-WHITE", "serial": "W1-000123", "purchased_on": "2026-05-01"},
        returns=THING,
    )
    def post(self, request: Request) -> Response:
        """Telling twice is telling once."""
        saved = save_thing(read_thing(_body(request)), by=actor_of(request))
        return _answer(saved, thing_as_written(saved.row))


def product_as_written(row: Product) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PRODUCT}


def thing_as_written(row: RegisteredProduct) -> dict[str, Any]:
    return {
        "id": row.pk,
        "sku": row.product.sku,
        "serial": row.serial,
        "lot": row.lot,
        "customer": row.customer_id,
        "purchased_on": row.purchased_on,
        "installed_on": row.installed_on,
        "is_confirmed": row.is_confirmed,
    }


def orders_as_written(rows: list[Order]) -> list[dict[str, Any]]:
    """Orders with their lines and payments; two queries for all."""
    ids = [row.pk for row in rows]
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in OrderLine.objects.select_related("product").filter(order_id__in=ids).order_by("pk"):
        lines[line.order_id].append(_line_as_written(line))
    payments: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for payment in OrderPayment.objects.filter(order_id__in=ids).order_by("pk"):
        payments[payment.order_id].append(_payment_as_written(payment))
    return [
        {
            "id": row.pk,
            "number": row.number,
            "shop": row.source,
            "customer": row.customer_id,
            "state": row.state,
            "currency": row.currency,
            "total": str(row.total),
            "placed_at": moment(row.placed_at),
            "delivered_at": moment(row.delivered_at),
            "updated_at": moment(row.told_at),
            "lines": lines[row.pk],
            "payments": payments[row.pk],
        }
        for row in rows
    ]


def _line_as_written(line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.pk,
        "line": line.external_id,
        "sku": line.product.sku,
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
        "paid": str(line.paid_amount) if line.paid_amount is not None else None,
        "serial": line.serial,
        "lot": line.lot,
        "claimed_quantity": line.claimed_quantity,
        "refunded_amount": str(line.refunded_amount),
    }


def _payment_as_written(payment: OrderPayment) -> dict[str, Any]:
    return {
        "payment": payment.external_id,
        "method": payment.method,
        "amount": str(payment.amount),
        "bearer": payment.bearer,
        "refunded_amount": str(payment.refunded_amount),
    }
