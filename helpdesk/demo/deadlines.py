"""What the timers did while the demo's stories happened: each warning, breach and step at its own moment in the past."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.utils import timezone

from helpdesk.accounts.models import Notification
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from tickets.sla.models import Breach, BreachCause, Clock, ClockState
from tickets.sla.services.breaches import explain_breach
from tickets.sla.sweep import work_due

MOST_STEPS = 40
# What is older than this has been seen.
NEWS = timedelta(hours=20)
CAUSES = (BreachCause.WORKLOAD, BreachCause.STAFFING, BreachCause.THIRD_PARTY, BreachCause.PARTS)


def let_deadlines_pass(ticket_id: int, until: datetime) -> None:
    """Act on what fell due on this ticket up to that moment, one moment after the other, as the sweep did then."""
    running = Clock.objects.filter(ticket_id=ticket_id, state=ClockState.RUNNING, next_fire_at__lte=until)
    for _ in range(MOST_STEPS):
        due = running.order_by("next_fire_at").values_list("pk", "next_fire_at").first()
        if due is None or due[1] is None:
            return
        with clock.at(due[1]):
            work_due(due[1], 1, only=due[0])


def settle_down() -> None:
    """Behind the stories: old news has been read, and three of four old breaches have their reason."""
    since = timezone.now() - NEWS
    Notification.objects.filter(created_at__lt=since, read_at__isnull=True).update(read_at=since)
    breaches = Breach.objects.filter(cause="", due_at__lt=since, ticket__owner__isnull=False)
    for breach in breaches.select_related("ticket__owner").order_by("pk"):
        chance, owner = random.Random(breach.pk), breach.ticket.owner
        if owner is not None and chance.random() < 0.75:
            explain_breach(breach.ticket_id, breach.pk, cause=str(chance.choice(CAUSES)), by=Actor.of_staff(owner))
