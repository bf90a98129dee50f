"""Filters over visits; permission first: every view, API and consumer starts with `visible_to`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from helpdesk.accounts.permissions import SERVICE_DO, VISITS_PLAN

if TYPE_CHECKING:
    from aftersales.visits.models import Visit  # noqa: F401 — named in a base class
    from helpdesk.accounts.models import Staff
    from helpdesk.customers.models import Customer


class VisitQuerySet(models.QuerySet["Visit"]):
    """Chainable filters; none of them writes."""

    def visible_to(self, staff: Staff) -> VisitQuerySet:
        """Every visit for those who plan them; engineers see their own, and those of the outlet that they belong to."""
        if staff.can(VISITS_PLAN):
            return self
        if not staff.can(SERVICE_DO):
            return self.none()
        return self.filter(Q(engineer__staff_id=staff.pk) | Q(outlet__engineers__staff_id=staff.pk)).distinct()

    def of_customer(self, customer: Customer) -> VisitQuerySet:
        """A customer sees only their own."""
        return self.filter(claim__customer_id=customer.pk)

    def open(self) -> VisitQuerySet:
        """Not yet at an end (the literal list is what partial indexes match)."""
        return self.filter(state__in=["asked", "booked", "checked_in"])

    def between(self, start: datetime, end: datetime) -> VisitQuerySet:
        """Promised to begin between two moments."""
        return self.filter(window_start__gte=start, window_start__lt=end)

    def for_rows(self) -> VisitQuerySet:
        """With what a row of the day shows, in one query."""
        return self.select_related("claim", "claim__customer", "engineer__staff", "outlet", "area", "skill")
