"""Things bought, and claims about them."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.opening import ClaimDraft, LineDraft, open_claim
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.customers.models import Customer, Order, OrderLine, OrderState, Product
from tests.factories import make_ticket
from tickets.models import Ticket

_numbers = count(1)


def make_product(name: str = "Washer W1", **fields: Any) -> Product:
    return Product.objects.create(sku=f"SKU-{next(_numbers)}", name=name, **fields)


def make_order(customer: Customer, *, quantity: int = 2, price: str = "100.00", **fields: Any) -> OrderLine:
    """An order that was delivered, with one line."""
    total = Decimal(price) * quantity
    values = {"number": f"SO-{next(_numbers)}", "state": OrderState.DELIVERED, "total": total} | fields
    order = Order.objects.create(customer=customer, **values)
    return OrderLine.objects.create(order=order, product=make_product(), quantity=quantity, unit_price=Decimal(price))


def make_claim(
    kind: str = ClaimKind.RETURN,
    *,
    ticket: Ticket | None = None,
    line: OrderLine | None = None,
    quantity: int = 1,
    by: Actor = SYSTEM,
    **fields: Any,
) -> Claim:
    ticket = ticket or make_ticket()
    line = line or make_order(ticket.customer)
    values = {"asked_amount": Decimal("100.00")} | fields
    lines = [LineDraft(order_line_id=line.pk, quantity=quantity)]
    return open_claim(ticket.pk, ClaimDraft(kind, order_id=line.order_id, lines=lines, **values), by=by)
