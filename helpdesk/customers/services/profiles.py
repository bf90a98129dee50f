"""What customers change about themselves in the portal."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.customers.models import Customer


@transaction.atomic
def change_profile(customer_id: int, *, name: str, language: str, by: Actor) -> Customer:
    """Set the name and language by which we speak to the customer; announces customer.changed."""
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None or (by.customer is not None and by.customer.pk != customer.pk):
        raise NotFound
    name = " ".join(name.replace("\x00", "").split())
    if len(name) > 160:
        raise Invalid(fields={"name": "160"})
    wanted = {"name": name, "language": language}
    changed = [field for field, value in wanted.items() if getattr(customer, field) != value]
    if not changed:
        return customer
    personal = {"name": [customer.name, name]} if "name" in changed else None
    customer.name, customer.language = name, language
    Customer.objects.filter(pk=customer.pk).update(
        name=name,
        language=language,
        updated_at=timezone.now(),
        row_version=F("row_version") + 1,
        edit_version=F("edit_version") + 1,
    )
    announce(
        Announcement(
            "customer.changed",
            "customer",
            customer.pk,
            customer_id=customer.pk,
            data=dict.fromkeys(changed),
            personal=personal,
        ),
        by=by,
    )
    return customer
