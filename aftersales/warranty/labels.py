"""The code on a thing's label: the number of its registration, and a part of a keyed hash that nobody can make up."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from helpdesk.core.errors import NotFound
from helpdesk.core.secrets import all_derived, derived, same
from helpdesk.customers.models import RegisteredProduct

_PURPOSE = "product-label"
# 96 bits: short enough for a small label, too long to be guessed over a network
_LENGTH = 16


def label_code(registered: RegisteredProduct) -> str:
    """What stands behind `/portal/scan/`; the same for as long as the secret key and the serial number stay."""
    return f"{registered.pk}-{derived(_PURPOSE, registered.pk, registered.serial)[:_LENGTH]}"


def label_address(registered: RegisteredProduct) -> str:
    """The whole address that a label's QR code holds."""
    return f"{settings.PUBLIC_URL}{reverse('portal_scan', args=[label_code(registered)])}"


def thing_of_code(code: str) -> RegisteredProduct:
    """The thing whose label this is; `NotFound` alike for a forged code and for a thing that is gone."""
    digits, _dash, proof = code.partition("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18 or len(proof) != _LENGTH:
        raise NotFound
    found = RegisteredProduct.objects.select_related("product", "order_line__order").filter(pk=int(digits)).first()
    if found is None or not any(
        same(proof, known[:_LENGTH]) for known in all_derived(_PURPOSE, found.pk, found.serial)
    ):
        raise NotFound
    return found
