"""A question whose term has passed: the approver hears of it, and who asked, each once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from aftersales.approvals.models import Approval, ApprovalState
from aftersales.claims.asking import OVERDUE, PAGE
from aftersales.claims.noticing import tell_staff
from helpdesk.core.actors import Actor


@transaction.atomic
def remind_overdue(now: datetime, limit: int) -> int:
    """Tell of up to `limit` questions; rows that others hold are skipped."""
    rows = Approval.objects.filter(state=ApprovalState.ASKED, overdue_told_at__isnull=True, due_at__lte=now)
    found = list(
        rows.select_related("claim")
        .order_by("due_at")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))[:limit]
    )
    for row in found:
        tell_staff({row.approver_id, *filter(None, [row.asked_by_id])}, OVERDUE, row.claim, now, url=PAGE)
    Approval.objects.filter(pk__in=[row.pk for row in found]).update(overdue_told_at=now)
    return len(found)


def oldest_overdue() -> datetime | None:
    """The term of the oldest question that nobody was told of; None when there is none."""
    rows = Approval.objects.filter(state=ApprovalState.ASKED, overdue_told_at__isnull=True, due_at__lte=timezone.now())
    return rows.order_by("due_at").values_list("due_at", flat=True).first()


def hurry_after_departure(staff_id: int, by: Actor) -> None:
    """Questions to somebody who has left are overdue at once, so that who asked hears of it and has them handed on."""
    asked = Approval.objects.filter(approver_id=staff_id, state=ApprovalState.ASKED)
    asked.update(due_at=timezone.now(), overdue_told_at=None)
