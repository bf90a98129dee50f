"""Telling people of the staff about claims that they have a part in, whether or not they see the ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from aftersales.claims.models import Claim
from helpdesk.accounts.models import Notification
from helpdesk.core import bus
from helpdesk.core.actors import Actor


def tell_staff(
    people: Iterable[int], kind: str, claim: Claim, now: datetime, *, url: str, but: Actor | None = None
) -> None:
    """One line in each person's list, in the caller's transaction, and by mail as they chose; nobody of their own deeds."""
    own = but.staff.pk if but is not None and but.staff is not None else None
    told = sorted({pk for pk in people if pk != own})
    Notification.objects.bulk_create(
        Notification(
            staff_id=pk,
            kind=kind,
            ticket_id=claim.ticket_id,
            data={"url": url, "number": claim.number},
            created_at=now,
        )
        for pk in told
    )
    transaction.on_commit(lambda: bus.push((f"staff:{pk}", {"t": "notice"}) for pk in told))
