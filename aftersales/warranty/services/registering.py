"""Registering a thing by its serial number (F7): whose it is, since when, and what covers it from then on.

What we sold ourselves we know by the serial number of the order line: such a registration is confirmed at once, and its
warranty runs from the delivery. A serial number that we never saw is taken on the customer's word, and counts as cover only
when a person has confirmed it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aftersales.warranty.calc import term_of
from aftersales.warranty.errors import RegisteredAlready
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_day
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.customers.models import Cover, CoverPlan, Customer, OrderLine, Product, RegisteredProduct

# The longest that a plan covers (the database holds it).
MOST_MONTHS = 240
_SERIAL = re.compile(r"^[0-9A-Z][0-9A-Z ./_+-]{2,79}$")


@dataclass(frozen=True)
class SerialCheck:
    """What is known of a serial number to one customer. `state`: `ours` (their own order), `registered` (theirs already),
    `free` (known to us, nobody's), `taken` (somebody else's) or `unknown`."""

    state: str
    serial: str
    product: Product | None = None
    line: OrderLine | None = None
    registered: RegisteredProduct | None = None


def clean_serial(text: str) -> str:
    """The serial number in capitals without spaces around it; `Invalid` when it cannot be one."""
    serial = " ".join(text.replace("\x00", "").upper().split())
    if not _SERIAL.match(serial):
        raise Invalid(
            fields={"serial": _("A serial number has at least 3 letters and digits. It stands on the product's label.")}
        )
    return serial


def check_serial(serial: str, customer: Customer) -> SerialCheck:
    """Look a clean serial number up; two queries."""
    found = RegisteredProduct.objects.select_related("product", "order_line__order").filter(serial=serial)
    rows = sorted(found, key=lambda row: row.customer_id != customer.pk)
    registered = rows[0] if rows else None
    if registered is not None and registered.customer_id == customer.pk:
        return SerialCheck("registered", serial, registered.product, registered.order_line, registered)
    lines = OrderLine.objects.select_related("product", "order").filter(serial__iexact=serial).order_by("-pk")
    line = next(iter(lines[:1]), None)
    if registered is not None and registered.customer_id is not None:
        return SerialCheck("taken", serial, registered.product)
    if line is not None and line.order.customer_id != customer.pk:
        return SerialCheck("taken", serial, line.product)
    if line is not None:
        return SerialCheck("ours", serial, line.product, line, registered)
    if registered is not None:
        return SerialCheck("free", serial, registered.product, None, registered)
    return SerialCheck("unknown", serial)


@transaction.atomic
def register_product(
    customer: Customer,
    *,
    serial: str,
    by: Actor,
    product_id: int | None = None,
    purchased_on: date | None = None,
) -> RegisteredProduct:
    """Register a thing to a customer; announces product.registered. Theirs already: the same row.

    Refuses (`RegisteredAlready`) what is somebody else's, and (`Invalid`) a serial number that cannot be one, a product that
    is not sold, or a purchase in the future.
    """
    if by.customer is not None and by.customer.pk != customer.pk:
        raise Forbidden
    serial = clean_serial(serial)
    found = check_serial(serial, customer)
    if found.state == "taken":
        raise RegisteredAlready
    if found.state == "registered" and found.registered is not None:
        return found.registered
    row = _take(customer, found, _product(found, product_id), _day(found, purchased_on))
    announce(
        Announcement(
            "product.registered",
            "product",
            row.pk,
            customer_id=customer.pk,
            data={"product": row.product_id, "is_confirmed": row.is_confirmed},
        ),
        by=by,
    )
    return row


def _take(customer: Customer, found: SerialCheck, product: Product, day: date | None) -> RegisteredProduct:
    if found.registered is not None:
        row = RegisteredProduct.objects.select_for_update(no_key=True).get(pk=found.registered.pk)
        if row.customer_id not in {None, customer.pk}:
            raise RegisteredAlready
    else:
        row = RegisteredProduct(product=product, serial=found.serial)
    row.customer, row.order_line = customer, found.line or row.order_line
    row.purchased_on = row.purchased_on or day
    row.lot = row.lot or (found.line.lot if found.line else "")
    row.is_confirmed = row.is_confirmed or found.line is not None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        # the same number was registered in the same moment
        raise RegisteredAlready from None
    if row.is_confirmed:
        begin_cover(row)
    return row


def _product(found: SerialCheck, product_id: int | None) -> Product:
    if found.product is not None:
        return found.product
    product = Product.objects.filter(pk=product_id or 0, is_active=True).first()
    if product is None:
        raise Invalid(fields={"product": _("Choose which product it is.")})
    return product


def _day(found: SerialCheck, purchased_on: date | None) -> date | None:
    if found.line is not None:
        return company_day(found.line.order.delivered_at or found.line.order.placed_at)
    if purchased_on is not None and purchased_on > company_day(clock.now()):
        raise Invalid(fields={"purchased_on": _("This day has not come yet.")})
    return purchased_on


def begin_cover(row: RegisteredProduct) -> None:
    """The warranty that the product comes with, from the day of its purchase; extensions are bought and follow on it."""
    months = row.product.warranty_months
    if not months or row.purchased_on is None or row.covers.filter(plan__is_extension=False).exists():
        return
    plan = (
        CoverPlan.objects.filter(products=row.product, is_extension=False, is_active=True).order_by("-months").first()
    )
    if plan is None:
        plan, _made = CoverPlan.objects.get_or_create(
            key=f"standard-{months}",
            defaults={"name": f"Warranty of {months} months", "name_zh": f"{months} 个月保修", "months": months},
        )
    term = term_of(row.purchased_on, plan.months)
    Cover.objects.get_or_create(registered=row, plan=plan, starts_on=term.starts_on, defaults={"ends_on": term.ends_on})


@transaction.atomic
def confirm_registration(registered_id: int, *, by: Actor, purchased_on: date | None = None) -> RegisteredProduct:
    """A person has seen the proof of purchase: the warranty counts from now on. Announces product.confirmed."""
    _require(by)
    row = RegisteredProduct.objects.select_for_update(no_key=True, of=("self",)).filter(pk=registered_id).first()
    if row is None:
        raise NotFound
    if row.is_confirmed:
        return row
    row.purchased_on = purchased_on or row.purchased_on
    if row.purchased_on is None:
        raise Invalid(fields={"purchased_on": _("Enter the day of the purchase.")})
    if row.purchased_on > company_day(clock.now()):
        raise Invalid(fields={"purchased_on": _("This day has not come yet.")})
    row.is_confirmed = True
    row.save(update_fields=["is_confirmed", "purchased_on"])
    begin_cover(row)
    announce(Announcement("product.confirmed", "product", row.pk, customer_id=row.customer_id), by=by)
    return row


@transaction.atomic
def extend_cover(registered_id: int, *, months: int, order_number: str = "", by: Actor) -> Cover:
    """An extension was bought: it follows on the cover that the thing has, or begins today where that has ended. The same
    order's extension is given once. Announces product.extended.

    Refuses (`Invalid`) a thing whose purchase nobody has confirmed, and a number of months that no plan has.
    """
    _require(by)
    row = RegisteredProduct.objects.select_for_update(no_key=True, of=("self",)).filter(pk=registered_id).first()
    if row is None:
        raise NotFound
    if not row.is_confirmed:
        raise Invalid(fields={"months": _("Confirm the purchase first; then the warranty counts.")})
    if not 1 <= months <= MOST_MONTHS:
        raise Invalid(fields={"months": _("Enter 1 to %(most)d months.") % {"most": MOST_MONTHS}})
    order_number = order_number.replace("\x00", "").strip()[:60]
    known = row.covers.filter(plan__is_extension=True, order_number=order_number).first() if order_number else None
    if known is not None:
        return known
    begin_cover(row)
    plan, _made = CoverPlan.objects.get_or_create(
        key=f"extension-{months}",
        defaults={
            "name": f"Extension of {months} months",
            "name_zh": f"延保 {months} 个月",
            "months": months,
            "is_extension": True,
        },
    )
    last = row.covers.order_by("-ends_on").values_list("ends_on", flat=True).first()
    today = company_day(clock.now())
    term = term_of(last + timedelta(days=1) if last is not None and last >= today else today, months)
    cover = Cover.objects.create(
        registered=row, plan=plan, starts_on=term.starts_on, ends_on=term.ends_on, order_number=order_number
    )
    announce(Announcement("product.extended", "product", row.pk, customer_id=row.customer_id), by=by)
    return cover


@transaction.atomic
def add_labelled(product_id: int, *, serial: str, lot: str = "", by: Actor) -> RegisteredProduct:
    """Put a thing on record that nobody owns yet, so that a label can be printed for it; the same thing is the same row."""
    _require(by)
    serial = clean_serial(serial)
    product = Product.objects.filter(pk=product_id, is_active=True).first()
    if product is None:
        raise Invalid(fields={"product": _("Choose which product it is.")})
    row, is_new = RegisteredProduct.objects.get_or_create(product=product, serial=serial, defaults={"lot": lot[:40]})
    if is_new:
        announce(Announcement("product.labelled", "product", row.pk, data={"product": product.pk}), by=by)
    return row


def _require(by: Actor) -> None:
    if not by.is_trusted and (by.staff is None or not by.staff.can(AFTERSALES_MANAGE)):
        raise Forbidden
