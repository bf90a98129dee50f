"""Questions about preventive actions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from aftersales.claims.models import Claim
from aftersales.complaints.models import ActionState, PreventiveAction
from aftersales.complaints.participant import LED
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core import clock, keyset
from helpdesk.core.company import company_zone
from helpdesk.core.errors import Invalid

PAGE_SIZE = 50
SCOPES = ("mine", "open", "ended")


def today() -> date:
    """The company's day."""
    return clock.now().astimezone(company_zone()).date()


def actions_for(staff: Staff) -> QuerySet[PreventiveAction]:
    """Those of claims that the person sees, and their own."""
    seen = Q(owner_id=staff.pk) | Q(claim__in=Claim.objects.visible_to(staff).values("pk"))
    return PreventiveAction.objects.filter(seen).select_related("claim", "owner")


def page_of(staff: Staff, scope: str, cursor: str) -> tuple[list[PreventiveAction], str]:
    """One page of a scope, and the cursor of the next: open ones by their day, ended ones the latest first."""
    if scope == "mine":
        rows = PreventiveAction.objects.filter(owner_id=staff.pk).select_related("claim", "owner")
    else:
        rows = actions_for(staff)
    if scope == "ended":
        return _ended(rows, cursor)
    rows = rows.filter(state=ActionState.OPEN)
    if cursor:
        day, pk = _position(cursor)
        rows = rows.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=pk))
    found = list(rows.order_by("due_on", "pk")[: PAGE_SIZE + 1])
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return found[:PAGE_SIZE], f"{last.due_on.isoformat()}.{last.pk}" if last else ""


def _ended(rows: QuerySet[PreventiveAction], cursor: str) -> tuple[list[PreventiveAction], str]:
    page = keyset.page(rows.exclude(state=ActionState.OPEN), cursor or None, by="ended_at", size=PAGE_SIZE)
    return page.rows, page.next or ""


def _position(cursor: str) -> tuple[date, int]:
    day, _dot, pk = cursor.partition(".")
    try:
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            raise ValueError
        return date.fromisoformat(day), int(pk)
    except ValueError:
        raise Invalid(fields={"cursor": cursor[:40]}) from None


def panel_of_claim(*, claim: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The preventive actions of a claim; one query."""
    rows = list(claim.preventive_actions.select_related("owner").order_by("pk")[:50])
    may_add = staff.can(CLAIM_WORK)
    if not rows and (claim.kind not in LED or not may_add):
        return None
    day = today() if rows else None
    return {
        "claim": claim,
        "actions": [{"row": row, "is_late": row.is_open and day is not None and row.due_on < day} for row in rows],
        "may_add": may_add,
        "staff": staff,
    }
