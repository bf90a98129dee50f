"""Claims become part of an incident, one by one and once each."""

from __future__ import annotations

from django.db.models import F

from aftersales.claims.models import ABOUT_GOODS
from aftersales.claims.services.moving import changing_claim
from aftersales.incidents.models import Incident, IncidentClaim
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job

JOB = "incidents.tie"
# A fault of a batch is decided jointly (F5).
JOINT = ["business", "supply_chain"]


def tie_later(incident_id: int, claim_id: int) -> None:
    """Have a worker tie it; asking twice is asking once."""
    enqueue(
        JOB, dedupe_key=f"{JOB}:{incident_id}:{claim_id}", order_key=f"incident:{incident_id}",
        incident=incident_id, claim=claim_id,
    )  # fmt: skip


def work_tie(job: Job) -> None:
    """The job."""
    tie_claim(job.args["incident"], job.args["claim"], by=SYSTEM)


def tie_claim(incident_id: int, claim_id: int, *, by: Actor) -> bool:
    """Make the claim part of the incident; announces incident.claim_tied. A claim that nobody has decided yet needs joint
    approval from then on. False when it was tied before."""
    with changing_claim(claim_id, "tie_claim", by=by) as (claim, change):
        incident = Incident.objects.select_for_update(no_key=True).get(pk=incident_id)
        _row, is_new = IncidentClaim.objects.get_or_create(
            incident=incident, claim=claim, defaults={"tied_at": change.now}
        )
        if not is_new:
            return False
        Incident.objects.filter(pk=incident.pk).update(tied_count=F("tied_count") + 1)
        if claim.state == "submitted" and claim.kind in ABOUT_GOODS and not claim.approval_sides:
            claim.approval_sides = list(JOINT)
            claim.row_version += 1
            claim.save(update_fields=["approval_sides", "row_version"])
        change.announce("incident.claim_tied", claim=claim.pk, incident=incident.pk)
    return True
