"""Filters over tickets; permission first: every view, API and consumer starts with `visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from helpdesk.core.models import ChannelKind
from tickets.models.choices import FINISHED, UNFINISHED

if TYPE_CHECKING:
    from helpdesk.accounts.models import Staff
    from helpdesk.customers.models import Customer
    from tickets.models import Ticket  # noqa: F401 — named in a base class


def seen_by(staff: Staff, key: str) -> Q:
    """What `visible_to` asks of somebody who does not see all tickets, for rows that name their ticket in `key` (`ticket_id`).

    Each way to see it is a question of its own, so that the database takes the few tickets of a small team at once and looks
    up one by one those of a large one.
    """
    from tickets.models import Ticket, Watcher

    this = Ticket.objects.filter(pk=OuterRef(key))
    watched = Watcher.objects.filter(ticket_id=OuterRef(key), staff_id=staff.pk)
    return (
        Q(Exists(this.filter(team_id__in=staff.team_ids)))
        | Q(Exists(this.filter(owner_id=staff.pk)))
        | Q(Exists(watched))
    )


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Chainable filters; none of them writes."""

    def visible_to(self, staff: Staff) -> TicketQuerySet:
        """What this person may see: everything for those who watch over all, else their teams', their own and watched."""
        from tickets.models import Watcher

        if not staff.is_active:
            return self.none()
        if staff.sees_all_tickets:
            return self
        watched = Watcher.objects.filter(ticket_id=OuterRef("pk"), staff_id=staff.pk)
        return self.filter(Q(team_id__in=staff.team_ids) | Q(owner_id=staff.pk) | Exists(watched))

    def in_queues_of(self, staff: Staff) -> TicketQuerySet:
        """What lies on this person's desk: their teams' and their own tickets (everything for those who watch over all).

        A part of `visible_to`: what they only watch has a view of its own. The counters count exactly this.
        """
        if not staff.is_active:
            return self.none()
        if staff.sees_all_tickets:
            return self
        return self.filter(Q(team_id__in=staff.team_ids) | Q(owner_id=staff.pk))

    def of_customer(self, customer: Customer) -> TicketQuerySet:
        """A customer sees only their own, no tasks of our departments, no spam verdicts about themselves, and nothing of what
        the company and an authority write to each other about them."""
        mine = self.filter(customer_id=customer.pk, merged_into__isnull=True, parent__isnull=True)
        return mine.exclude(account__kind=ChannelKind.AUTHORITY)

    def on_desk(self) -> TicketQuerySet:
        """Unfinished and not spam: what the desk's views are about (the literal list is what partial indexes match)."""
        return self.filter(status_category__in=[str(category) for category in UNFINISHED], is_spam=False)

    def finished(self) -> TicketQuerySet:
        return self.filter(status_category__in=[str(category) for category in FINISHED])

    def unassigned(self) -> TicketQuerySet:
        return self.filter(owner__isnull=True)

    def for_rows(self) -> TicketQuerySet:
        """With what a list row shows, in one query."""
        return self.select_related("customer", "owner", "status").defer("fields", "customer__notes")
