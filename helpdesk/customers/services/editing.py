"""What people of the staff change about a customer."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import CUSTOMER_EDIT
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.customers.models import Customer, CustomerLevel

LENGTHS = {"name": 160, "language": 10, "region": 80, "notes": 20_000}
PERSONAL = {"name", "region", "notes"}


class CustomerChanged(Conflict):
    code = "customer_changed"


@transaction.atomic
def edit_customer(customer_id: int, *, by: Actor, edit_version: int | None = None, **values: Any) -> Customer:
    """Set any of name, level, language, region, notes in one step; announces customer.changed with the changed names.

    With `edit_version`, refuses (`CustomerChanged`) when somebody edited the customer since the asker read it.
    """
    if not by.is_trusted and (by.staff is None or not by.staff.can(CUSTOMER_EDIT)):
        raise Forbidden
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    if edit_version is not None and edit_version != customer.edit_version:
        raise CustomerChanged(edit_version=customer.edit_version)
    wanted = {name: _clean(name, value) for name, value in values.items()}
    before = {name: getattr(customer, name) for name, value in wanted.items() if getattr(customer, name) != value}
    if not before:
        return customer
    Customer.objects.filter(pk=customer.pk).update(
        **{name: wanted[name] for name in before},
        updated_at=timezone.now(),
        row_version=F("row_version") + 1,
        edit_version=F("edit_version") + 1,
    )
    pairs = {name: [old, wanted[name]] for name, old in before.items()}
    announce(
        Announcement(
            "customer.changed",
            "customer",
            customer.pk,
            customer_id=customer.pk,
            data={name: None if name in PERSONAL else pair for name, pair in pairs.items()},
            personal={name: pair for name, pair in pairs.items() if name in PERSONAL} or None,
        ),
        by=by,
    )
    customer.refresh_from_db()
    return customer


def _clean(name: str, value: Any) -> str:
    if name == "level":
        if value not in CustomerLevel.values:
            words = ", ".join(CustomerLevel.values)
            raise Invalid(fields={"level": _("Choose one of: %(words)s.") % {"words": words}})
        return str(value)
    text = str(value).replace("\x00", "").strip()
    text = text if name == "notes" else " ".join(text.split())
    if len(text) > LENGTHS[name]:
        raise Invalid(fields={name: _("Use at most %(most)s characters.") % {"most": LENGTHS[name]}})
    return text
