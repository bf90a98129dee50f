"""Finding customers by an address, a number or a part of their name."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from helpdesk.customers.identities import normalise_email, normalise_phone
from helpdesk.customers.models import Customer, Identity

LEAST_PART = 4


def customers_matching(text: str, *, by_parts: bool = True) -> QuerySet[Customer]:
    """Surviving profiles whose e-mail address or phone number is the text, or that have it as a part of one or of the name.

    Parts shorter than an index can serve are compared as a whole. `by_parts` False: for people who see addresses masked;
    a part of one finds nothing, else what is hidden could be guessed character by character.
    """
    found = Customer.objects.filter(merged_into__isnull=True)
    text = text.replace("\x00", "").strip()[:200]
    if not text:
        return found
    exact = normalise_email(text) or normalise_phone(text, region=settings.DEFAULT_PHONE_REGION)
    if exact and Identity.objects.filter(value=exact).exists():
        return found.filter(Exists(Identity.objects.filter(customer=OuterRef("pk"), value=exact)))
    digits = "".join(c for c in text if c.isdigit())
    if not by_parts:
        return found.filter(Q(name__part=text) if len(text) >= 3 else Q(name=text))
    if len(digits) >= LEAST_PART and all(c.isdigit() or c in "+-() " for c in text):
        return found.filter(Exists(Identity.objects.filter(customer=OuterRef("pk"), value__contains=digits)))
    if len(text) >= LEAST_PART and ("@" in text or "." in text):
        return found.filter(Exists(Identity.objects.filter(customer=OuterRef("pk"), value__contains=text.lower())))
    is_long = len(text) >= 3
    return found.filter(Q(name__part=text) if is_long else Q(name=text))
