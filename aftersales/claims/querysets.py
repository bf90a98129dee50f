"""Filters over claims; permission first: every view, API and consumer starts with `visible_to`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from helpdesk.accounts.permissions import CLAIM_VIEW_ALL, CLAIM_WORK
from helpdesk.core.registries import Registry
from tickets.querysets import seen_by

if TYPE_CHECKING:
    from aftersales.claims.models import Claim  # noqa: F401 — named in a base class
    from helpdesk.accounts.models import Staff
    from helpdesk.customers.models import Customer

ENDS = ("closed", "refused", "cancelled", "expired")


# Rooms above let people see the claims that they have a part in (an approver, an engineer): name → function(staff) → Q.
viewers: Registry[Callable[[Staff], Q]] = Registry("claim viewer")


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Chainable filters; none of them writes."""

    def visible_to(self, staff: Staff) -> ClaimQuerySet:
        """Every claim for those who follow goods and money (warehouse, finance, supervisors), else those whose ticket the
        person sees, which they lead, or in which a room above gives them a part."""
        if not staff.is_active:
            return self.none()
        if staff.can(CLAIM_VIEW_ALL):
            return self
        seen = Q(handler_id=staff.pk)
        if staff.can(CLAIM_WORK):
            if staff.sees_all_tickets:
                return self
            seen |= seen_by(staff, "ticket_id")
        for viewer in viewers.values():
            seen |= viewer(staff)
        return self.filter(seen)

    def of_customer(self, customer: Customer) -> ClaimQuerySet:
        """A customer sees only their own, and nothing of what an authority wants to know about them."""
        return self.filter(customer_id=customer.pk).exclude(kind="case")

    def open(self) -> ClaimQuerySet:
        """Not yet at an end (the literal list is what partial indexes match)."""
        return self.exclude(state__in=list(ENDS))

    def for_rows(self) -> ClaimQuerySet:
        """With what a list row shows, in one query."""
        return self.select_related("customer", "order", "ticket", "handler").defer("words", "plan", "lesson")
