"""The visits of a claim on its page at the desk."""

from __future__ import annotations

from typing import Any

from aftersales.claims.models import Claim
from aftersales.visits.addresses import one_line
from aftersales.visits.models import Visit
from aftersales.visits.services.telling import spoken_window
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import VISITS_PLAN

MOST = 5


def claim_visits(*, claim: Claim, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The newest visits of a claim with time, place and who goes; one query."""
    rows = Visit.objects.filter(claim_id=claim.pk).select_related("engineer__staff", "outlet", "area", "skill")
    found = list(rows.order_by("-pk")[:MOST])
    if not found:
        return None
    return {
        "visits": [
            {
                "visit": visit,
                "when": spoken_window(*visit.window) if visit.window else "",
                "address": one_line(visit.address),
            }
            for visit in found
        ],
        "may_plan": staff.can(VISITS_PLAN),
    }
