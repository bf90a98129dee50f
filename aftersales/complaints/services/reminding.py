"""Owners of preventive actions are reminded before the day, and once when it has passed; so is whoever leads the claim then."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from aftersales.complaints.models import PreventiveAction
from aftersales.complaints.services.preventing import PAGE, reminder_of
from helpdesk.accounts.models import Notification
from helpdesk.core import bus
from helpdesk.core.actors import SYSTEM
from helpdesk.core.company import company_zone
from helpdesk.core.events import Announcement, announce_all

SOON, LATE = "preventive_action.due_soon", "preventive_action.late"


def _due(now: datetime) -> models.QuerySet[PreventiveAction]:
    return PreventiveAction.objects.filter(remind_at__lte=now).order_by("remind_at")


@transaction.atomic
def remind_due(now: datetime, limit: int) -> int:
    """Remind of up to `limit` actions whose time has come; each reminder once, whatever dies."""
    rows = list(
        _due(now).select_related("claim").select_for_update(no_key=True, skip_locked=True, of=("self",))[:limit]
    )
    if not rows:
        return 0
    zone = company_zone()
    today = now.astimezone(zone).date()
    kinds = [LATE if row.due_on < today else SOON for row in rows]
    for row, kind in zip(rows, kinds, strict=True):
        row.remind_at = None if kind == LATE else reminder_of(row.due_on, now, zone, is_late=True)
    PreventiveAction.objects.bulk_update(rows, ["remind_at"])
    events = announce_all(
        [
            Announcement(
                kind,
                "claim",
                row.claim_id,
                None,
                row.claim.customer_id,
                {"claim": row.claim_id, "action": row.pk, "staff": row.owner_id},
            )
            for row, kind in zip(rows, kinds, strict=True)
        ],
        by=SYSTEM,
        at=now,
    )
    told = [
        Notification(
            staff_id=person,
            kind=kind,
            event_id=event.pk,
            ticket_id=row.claim.ticket_id,
            data={"url": PAGE},
            created_at=now,
        )
        for row, kind, event in zip(rows, kinds, events, strict=True)
        for person in _hearers(row, kind)
    ]
    Notification.objects.bulk_create(told, ignore_conflicts=True)
    people = {one.staff_id for one in told}
    transaction.on_commit(lambda: bus.push((f"staff:{pk}", {"t": "notice"}) for pk in people))
    return len(rows)


def _hearers(row: PreventiveAction, kind: str) -> set[int]:
    others = {row.claim.handler_id or row.created_by_id} if kind == LATE else set()
    return {row.owner_id, *(pk for pk in others if pk)}


def oldest_due() -> datetime | None:
    """When the reminder that is most overdue was due; None when none is."""
    return _due(timezone.now()).values_list("remind_at", flat=True).first()
