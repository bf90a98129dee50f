"""Who leads incidents hears of a new one, in the desk and by mail as they chose."""

from __future__ import annotations

from django.db import transaction

from aftersales.incidents.models import Incident
from helpdesk.accounts.models import Notification, Staff
from helpdesk.accounts.permissions import INCIDENT_LEAD, PERMISSIONS
from helpdesk.core import bus
from helpdesk.core.models import Event

KIND = "incident.opened"


def tell_leads(incident: Incident, event: Event, ticket_id: int | None) -> None:
    """One line for each active lead; it hangs on the last ticket concerned and leads to the incident."""
    roles = [role for role, permissions in PERMISSIONS.items() if INCIDENT_LEAD in permissions]
    people = list(Staff.objects.filter(role__in=roles, is_active=True).values_list("pk", flat=True))
    Notification.objects.bulk_create(
        [
            Notification(
                staff_id=pk,
                kind=KIND,
                event_id=event.pk,
                ticket_id=ticket_id,
                data={"url": f"/incidents/{incident.pk}/"},
                created_at=incident.opened_at,
            )
            for pk in people
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(lambda: bus.push((f"staff:{pk}", {"t": "notice"}) for pk in people))
