"""Invoices, and changes of an address on the way."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import parts
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Machine, Party, move

INVOICE = Machine(
    "invoice",
    states=(
        s.SUBMITTED,
        s.IN_APPROVAL,
        s.APPROVED,
        s.ISSUING,
        s.ISSUED,
        s.REJECTED,
        s.CLOSED,
        s.REFUSED,
        s.CANCELLED,
    ),
    moves=(
        *parts.deciding(s.APPROVED),
        move(
            "order_invoice",
            pgettext_lazy("claim", "Have it issued"),
            s.APPROVED.key,
            s.ISSUING.key,
            parts.DESK,
            asks=("invoice",),
            is_main=True,
        ),
        move(
            "issue",
            pgettext_lazy("claim", "Issued"),
            s.ISSUING.key,
            s.ISSUED.key,
            (Party.FINANCE, Party.PRODUCT),
            asks=("invoice_number", "files"),
            tells="issued",
            is_main=True,
        ),
        parts.closing(s.ISSUED),
        parts.reopening(s.ISSUED),
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED),
    ),
)
ADDRESS_CHANGE = Machine(
    "address_change",
    states=(
        s.SUBMITTED,
        s.IN_APPROVAL,
        s.APPROVED,
        s.REDIRECTING,
        s.REDIRECTED,
        s.REJECTED,
        s.CLOSED,
        s.REFUSED,
        s.CANCELLED,
    ),
    moves=(
        *parts.deciding(s.APPROVED),
        move(
            "redirect",
            pgettext_lazy("claim", "Ask the carrier"),
            s.APPROVED.key,
            s.REDIRECTING.key,
            (*parts.DESK, Party.WAREHOUSE),
            tells="redirecting",
            is_main=True,
        ),
        move(
            "redirected",
            pgettext_lazy("claim", "Redirected or intercepted"),
            s.REDIRECTING.key,
            s.REDIRECTED.key,
            (Party.WAREHOUSE, Party.PRODUCT, Party.AGENT),
            tells="redirected",
            is_main=True,
        ),
        move(
            "redirect_failed",
            pgettext_lazy("claim", "The carrier could not"),
            s.REDIRECTING.key,
            s.REJECTED.key,
            (Party.WAREHOUSE, Party.PRODUCT, Party.AGENT),
            asks=("refusal", "words"),
            tells="rejected",
        ),
        parts.closing(s.REDIRECTED),
        parts.reopening(s.REDIRECTED),
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED),
    ),
)
