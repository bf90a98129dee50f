"""Filters over claims; permission first: every view, API and consumer starts with `visible_to`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from helpdesk.accounts.permissions import CLAIM_VIEW_ALL, CLAIM_WORK
from helpdesk.core.registries import Registry

if TYPE_CHECKING:
    from aftersales.claims.models import Claim  # noqa: F401 — named in a base class
    from helpdesk.accounts.models import Staff
    from helpdesk.customers.models import Customer

ENDS = ("closed", "refused", "cancelled", "expired")


# Rooms above let people see the claims that they have a part in (an approver, an engineer): name → function(staff) → Q.
viewers: Registry[Callable[[Staff], Q]] = Registry("claim viewer")


def sees_every_claim(staff: Staff) -> bool:
    """Those who follow goods and money (warehouse, finance, supervisors), and who works on claims and sees every ticket."""
    return staff.can(CLAIM_VIEW_ALL) or (staff.can(CLAIM_WORK) and staff.sees_all_tickets)


def teams_seen_by(staff: Staff) -> list[int]:
    """The teams all of whose claims the person sees."""
    return staff.team_ids if staff.can(CLAIM_WORK) else []


def parts_of(staff: Staff) -> list[Q]:
    """Each further way to see a claim, a question of its own: led by the person, on a ticket that they own or watch, or with
    a part that a room above gives them. Few claims each, found by an index."""
    from tickets.models import Watcher

    ways = [Q(handler_id=staff.pk)]
    if staff.can(CLAIM_WORK):
        watched = Watcher.objects.filter(staff_id=staff.pk).values("ticket_id")
        ways += [Q(owner_id=staff.pk), Q(ticket_id__in=watched)]
    return ways + [viewer(staff) for viewer in viewers.values()]


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Chainable filters; none of them writes."""

    def visible_to(self, staff: Staff) -> ClaimQuerySet:
        """Every claim for those who follow goods and money (warehouse, finance, supervisors), else those whose ticket the
        person sees (`seen_by` of tickets, asked of the claim's own copy of team and owner), which they lead, or in which
        a room above gives them a part."""
        if not staff.is_active:
            return self.none()
        if sees_every_claim(staff):
            return self
        seen = Q(team_id__in=teams_seen_by(staff))
        for way in parts_of(staff):
            seen |= way
        return self.filter(seen)

    def seen_apart(self, staff: Staff) -> ClaimQuerySet:
        """What `visible_to` gives to somebody who does not see every claim, without what lies with their teams."""
        if not staff.is_active:
            return self.none()
        first, *others = (self.model._default_manager.filter(way).order_by().values("pk") for way in parts_of(staff))
        return self.filter(pk__in=first.union(*others)).exclude(team_id__in=teams_seen_by(staff))

    def of_customer(self, customer: Customer) -> ClaimQuerySet:
        """A customer sees only their own, and nothing of what an authority wants to know about them."""
        return self.filter(customer_id=customer.pk).exclude(kind="case")

    def open(self) -> ClaimQuerySet:
        """Not yet at an end (the literal list is what partial indexes match)."""
        return self.exclude(state__in=list(ENDS))

    def for_rows(self) -> ClaimQuerySet:
        """With what a list row shows, in one query."""
        return self.select_related("customer", "order", "handler").defer("words", "plan", "lesson")
