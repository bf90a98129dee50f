"""Filters over claims; permission first: every view, API and consumer starts with `visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from helpdesk.accounts.permissions import CLAIM_VIEW_ALL, CLAIM_WORK
from tickets.models import Ticket

if TYPE_CHECKING:
    from aftersales.claims.models import Claim  # noqa: F401 — named in a base class
    from helpdesk.accounts.models import Staff
    from helpdesk.customers.models import Customer

ENDS = ("closed", "refused", "cancelled", "expired")


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Chainable filters; none of them writes."""

    def visible_to(self, staff: Staff) -> ClaimQuerySet:
        """Every claim for those who follow goods and money (warehouse, finance, supervisors), else those whose ticket the
        person sees, or which they lead."""
        if not staff.is_active:
            return self.none()
        if staff.can(CLAIM_VIEW_ALL):
            return self
        if not staff.can(CLAIM_WORK):
            return self.filter(handler_id=staff.pk)
        tickets = Ticket.objects.visible_to(staff)
        return self.filter(Q(ticket__in=tickets) | Q(handler_id=staff.pk))

    def of_customer(self, customer: Customer) -> ClaimQuerySet:
        """A customer sees only their own."""
        return self.filter(customer_id=customer.pk)

    def open(self) -> ClaimQuerySet:
        """Not yet at an end (the literal list is what partial indexes match)."""
        return self.exclude(state__in=list(ENDS))

    def for_rows(self) -> ClaimQuerySet:
        """With what a list row shows, in one query."""
        return self.select_related("customer", "order", "ticket", "handler").defer("words", "plan", "lesson")
