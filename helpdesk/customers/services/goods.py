"""Products, orders and things as other systems tell of them: saved by their own numbers, so that telling twice is telling once.

What claims rest on stays: a line that is claimed is neither taken away nor made smaller than what was claimed of it, and a
price never falls below what was paid back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.events import Announcement, announce
from helpdesk.customers.goods.records import LineRecord, OrderRecord, PaymentRecord, ProductRecord, ThingRecord
from helpdesk.customers.models import (
    Customer,
    Order,
    OrderLine,
    OrderPayment,
    OrderState,
    Product,
    RegisteredProduct,
)
from helpdesk.customers.services.resolving import resolve_customer

M = TypeVar("M", bound=Model)


class OrderOfAnother(Conflict):
    """The order is another customer's; `customer` is whose."""

    code = "order_of_another"


@dataclass(frozen=True)
class Saved:
    """What became of a record. `is_stale`: it was older than what is known, and nothing was written."""

    row: Any
    is_new: bool
    is_changed: bool = True
    is_stale: bool = False


@transaction.atomic
def save_product(record: ProductRecord, *, by: Actor) -> Saved:
    """Make or change the product of this article number; announces product.saved when something changed."""
    row = Product.objects.select_for_update(no_key=True).filter(sku=record.sku).first()
    is_new = row is None
    if row is None:
        if not record.name:
            raise Invalid(fields={"name": _("A new product needs a name.")})
        row, is_new = Product.objects.get_or_create(sku=record.sku, defaults={"name": record.name})
    given = {name: value for name, value in vars(record).items() if name != "sku" and value is not None}
    if "traits" in given:
        given["traits"] = list(given["traits"])
    changed = _set(row, given)
    if changed or is_new:
        row.save()
        announce(Announcement("product.saved", "product", row.pk, data={"is_new": is_new, "changed": changed}), by=by)
    return Saved(row, is_new, bool(changed) or is_new)


@transaction.atomic
def save_order(record: OrderRecord, *, by: Actor) -> Saved:
    """Make or change the order of this number and shop, with its lines and payments; announces order.saved.

    Refuses (`Invalid`) unknown article numbers and what would take from a claimed line, and (`OrderOfAnother`) an order that
    is somebody else's already. A record older than the last one changes nothing.
    """
    order = _locked(record)
    if order is not None and order.told_at and record.updated_at and record.updated_at < order.told_at:
        return Saved(order, is_new=False, is_changed=False, is_stale=True)
    products = _products(record.lines)
    customer = resolve_customer(record.customer, by=by, name=record.customer_name)
    if order is None:
        order, is_new = Order.objects.get_or_create(
            source=record.shop, number=record.number, defaults=_first_values(record, customer)
        )
        order = order if is_new else Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    else:
        is_new = False
    if order.customer_id != customer.pk:
        raise OrderOfAnother(customer=order.customer_id)
    changed = _set(order, _values(record))
    changed += _save_lines(order, record.lines, products)
    changed += _save_payments(order, record.payments)
    if changed or is_new:
        order.save()
        announce(
            Announcement(
                "order.saved", "order", order.pk, customer_id=customer.pk,
                data={"is_new": is_new, "state": order.state, "changed": sorted(set(changed))},
            ),
            by=by,
        )  # fmt: skip
    return Saved(order, is_new, bool(changed) or is_new)


@transaction.atomic
def save_thing(record: ThingRecord, *, by: Actor) -> Saved:
    """Make or change the registered thing of this serial number; announces thing.saved. Told by the company, it is confirmed.

    Refuses (`Invalid`) an unknown article number. A thing that has an owner keeps them unless the record names another.
    """
    product = _products([record])[record.sku]
    serial = " ".join(record.serial.upper().split())
    customer = resolve_customer(record.customer, by=by, name=record.customer_name) if record.customer else None
    row, is_new = RegisteredProduct.objects.get_or_create(product=product, serial=serial)
    row = RegisteredProduct.objects.select_for_update(no_key=True).get(pk=row.pk)
    wanted: dict[str, Any] = {"is_confirmed": True}
    wanted |= {"lot": record.lot} if record.lot else {}
    wanted |= {"customer_id": customer.pk} if customer else {}
    wanted |= {name: day for name in ("purchased_on", "installed_on") if (day := getattr(record, name)) is not None}
    changed = _set(row, wanted)
    if changed or is_new:
        row.save()
        announce(
            Announcement(
                "thing.saved", "thing", row.pk, customer_id=row.customer_id,
                data={"is_new": is_new, "product": product.pk, "changed": changed},
            ),
            by=by,
        )  # fmt: skip
    return Saved(row, is_new, bool(changed) or is_new)


def _locked(record: OrderRecord) -> Order | None:
    return Order.objects.select_for_update(no_key=True).filter(source=record.shop, number=record.number).first()


def _set(row: Model, values: dict[str, Any]) -> list[str]:
    """Set what differs; its names."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _products(lines: Sequence[LineRecord | ThingRecord]) -> dict[str, Product]:
    wanted = {line.sku for line in lines}
    found = {product.sku: product for product in Product.objects.filter(sku__in=wanted)}
    if missing := wanted - found.keys():
        raise Invalid(fields={"sku": _("There is no product %(sku)s. Send the product first.") % {"sku": min(missing)}})
    return found


def _total(record: OrderRecord) -> Decimal:
    if record.total is not None:
        return record.total
    each = (line.paid if line.paid is not None else line.unit_price * line.quantity for line in record.lines)
    return sum(each, Decimal(0))


def _first_values(record: OrderRecord, customer: Customer) -> dict[str, Any]:
    placed = record.placed_at or record.updated_at or clock.now()
    return {"customer": customer, "total": _total(record), "currency": record.currency, "placed_at": placed}


def _values(record: OrderRecord) -> dict[str, Any]:
    values: dict[str, Any] = {"total": _total(record), "currency": record.currency}
    given = {
        "state": record.state,
        "placed_at": record.placed_at,
        "delivered_at": record.delivered_at,
        "told_at": record.updated_at,
    }
    if record.delivered_at is not None and record.state is None:
        given["state"] = OrderState.DELIVERED
    return values | {name: value for name, value in given.items() if value is not None}


def _save_lines(order: Order, records: Sequence[LineRecord], products: dict[str, Product]) -> list[str]:
    """Lines are known by what the shop calls them; one that is told no more goes, unless something rests on it."""
    known = {line.external_id: line for line in order.lines.select_for_update(no_key=True).order_by("pk")}
    changed = []
    for nth, record in enumerate(records):
        line = known.pop(record.line, None) or OrderLine(order=order, external_id=record.line)
        if line.pk and record.quantity < line.claimed_quantity:
            words = _("%(n)d of this line are claimed already.") % {"n": line.claimed_quantity}
            raise Invalid(fields={f"lines.{nth}.quantity": words})
        if line.pk and line.claimed_quantity and line.product_id != products[record.sku].pk:
            raise Invalid(fields={f"lines.{nth}.sku": _("This line is claimed already; its product stays.")})
        if line.refunded_amount > (record.paid if record.paid is not None else record.unit_price * record.quantity):
            words = _("%(amount)s of this line were paid back already.") % {"amount": line.refunded_amount}
            raise Invalid(fields={f"lines.{nth}.paid": words})
        values = {
            "product_id": products[record.sku].pk,
            "quantity": record.quantity,
            "unit_price": record.unit_price,
            "paid_amount": record.paid,
            "serial": record.serial,
            "lot": record.lot,
        }
        if _set(line, values) or not line.pk:
            line.save()
            changed.append("lines")
    for line in known.values():
        if line.claimed_quantity or line.refunded_amount or _is_named(line):
            words = _("Line %(line)s is claimed already and cannot be taken away.") % {"line": line.external_id}
            raise Invalid(fields={"lines": words})
        line.delete()
        changed.append("lines")
    return changed


def _is_named(line: OrderLine) -> bool:
    """Whether a record that has ended (a claim, a registration) still names the line."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: line.pk}).exists()
        for relation in OrderLine._meta.related_objects
    )


def _save_payments(order: Order, records: Sequence[PaymentRecord]) -> list[str]:
    """Payments that are told no more stay: money does not vanish because a list grew shorter."""
    known = {payment.external_id: payment for payment in order.payments.select_for_update(no_key=True).order_by("pk")}
    changed = []
    for nth, record in enumerate(records):
        payment = known.get(record.payment) or OrderPayment(order=order, external_id=record.payment)
        if record.amount < payment.refunded_amount:
            words = _("%(amount)s of this payment were paid back already.") % {"amount": payment.refunded_amount}
            raise Invalid(fields={f"payments.{nth}.amount": words})
        if _set(payment, {"method": record.method, "amount": record.amount, "bearer": record.bearer}) or not payment.pk:
            payment.save()
            changed.append("payments")
    return changed
