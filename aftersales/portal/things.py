"""What a customer can apply about: a line of an order of theirs, or a thing that they registered by its serial number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from aftersales.claims.models import ClaimLine
from aftersales.claims.services.opening import LineDraft
from helpdesk.core.errors import NotFound
from helpdesk.core.keyset import Page, page
from helpdesk.customers.models import Customer, Order, OrderLine, Product, RegisteredProduct

ORDERS_A_PAGE = 10
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Thing:
    """One thing that can be claimed. `available` is how many of it are in no claim yet."""

    product: Product
    serial: str = ""
    lot: str = ""
    available: int = 1
    line: OrderLine | None = None
    registered: RegisteredProduct | None = None

    @property
    def key(self) -> str:
        """What addresses name it by: `line-12` or `product-7`."""
        if self.line is not None:
            return f"line-{self.line.pk}"
        assert self.registered is not None, "a thing was bought or registered"
        return f"product-{self.registered.pk}"

    @property
    def order(self) -> Order | None:
        return self.line.order if self.line is not None else None

    def as_claimed(self, quantity: int = 1) -> ClaimLine:
        """The line of a claim that is not made yet, for the policy to judge."""
        return ClaimLine(
            product=self.product, order_line=self.line, serial=self.serial, lot=self.lot, quantity=max(1, quantity)
        )

    def as_draft(self, quantity: int, replacement_id: int | None = None) -> LineDraft:
        """The line of the application."""
        if self.line is not None:
            return LineDraft(order_line_id=self.line.pk, quantity=quantity, replacement_id=replacement_id)
        return LineDraft(
            product_id=self.product.pk, serial=self.serial, quantity=quantity, replacement_id=replacement_id
        )


def thing_of_line(line: OrderLine) -> Thing:
    """The thing behind an order line that is loaded with its order and product."""
    return Thing(line.product, line.serial, line.lot, line.quantity - line.claimed_quantity, line=line)


def thing_of_registered(registered: RegisteredProduct) -> Thing:
    """The thing behind a registration; where it is known from which order line it came, that line."""
    line = registered.order_line
    if line is not None and line.order.customer_id == registered.customer_id:
        return Thing(
            registered.product, registered.serial, line.lot, line.quantity - line.claimed_quantity, line, registered
        )
    return Thing(registered.product, registered.serial, registered.lot, 1, registered=registered)


def find_thing(customer: Customer, key: str) -> Thing:
    """The customer's thing of this key; `NotFound` alike for another's and for none at all."""
    kind, _dash, digits = key.partition("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19 or int(digits) > _LARGEST_ID:
        raise NotFound
    if kind == "line":
        line = _lines().filter(pk=int(digits), order__customer=customer).first()
        if line is not None:
            return thing_of_line(line)
    if kind == "product":
        registered = registered_of(customer).filter(pk=int(digits)).first()
        if registered is not None:
            return thing_of_registered(registered)
    raise NotFound


def registered_of(customer: Customer) -> QuerySet[RegisteredProduct]:
    """What the customer registered, with what a page shows of it."""
    return RegisteredProduct.objects.filter(customer=customer).select_related("product", "order_line__order")


@dataclass(frozen=True)
class Bought:
    """One order with its things."""

    order: Order
    things: Sequence[Thing]


def bought_page(customer: Customer, *, cursor: str | None = None, text: str = "") -> tuple[list[Bought], str | None]:
    """One page of the customer's orders, newest first, with their things; `text` is an order number, a serial number or a
    part of a product's name. Two queries."""
    orders = Order.objects.filter(customer=customer)
    if wanted := text.replace("\x00", "").strip()[:80]:
        found = _lines().filter(order__customer=customer)
        found = (
            found.filter(order__number__iexact=wanted)
            | found.filter(serial__iexact=wanted)
            | found.filter(product__name__icontains=wanted)
            | found.filter(product__name_zh__icontains=wanted)
        )
        orders = orders.filter(pk__in=found.values("order_id"))
    rows: Page[Order] = page(orders, cursor, by="placed_at", size=ORDERS_A_PAGE)
    lines: dict[int, list[Thing]] = {}
    for line in _lines().filter(order__in=rows.rows).order_by("pk"):
        lines.setdefault(line.order_id, []).append(thing_of_line(line))
    return [Bought(order, lines[order.pk]) for order in rows.rows if order.pk in lines], rows.next


def _lines() -> QuerySet[OrderLine]:
    return OrderLine.objects.select_related("order__customer", "product")
