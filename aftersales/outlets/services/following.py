"""What follows from outlets' work in the background: claims go on when their part has come, people take over what nobody took."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from aftersales.claims.models import ClaimMove
from aftersales.claims.services.moving import move_claim
from aftersales.outlets.models import PartWait, WorkOrder, WorkState
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Job
from tickets.services.sub_tickets import open_sub_ticket


def go_on(job: Job) -> dict[str, Any]:
    """The claim's part has come: a claim that waited on a visit is to be visited again, another is repaired on."""
    wait = PartWait.objects.filter(pk=job.args["wait"], came_at=None).select_related("claim").first()
    if wait is None or wait.claim.state != "awaiting_parts":
        return {"done": False}
    last = ClaimMove.objects.filter(claim=wait.claim, name="wait_for_parts").order_by("-pk").first()
    is_visit = wait.claim.machine.find("parts_came", wait.claim.state) is None
    name = "visit_again" if is_visit or (last is not None and last.from_state == "visit_arranged") else "parts_came"
    move_claim(wait.claim_id, name, by=SYSTEM)
    return {"done": True, "move": name}


def raise_task(job: Job) -> dict[str, Any]:
    """Nobody took the work: a task for the ticket's team."""
    order = WorkOrder.objects.filter(pk=job.args["work_order"]).select_related("claim__ticket__team").first()
    if order is None or order.state != WorkState.UNPLACED or order.claim.ticket.is_finished:
        return {"done": False}
    ticket = order.claim.ticket
    with translation.override("zh-hans" if ticket.language.startswith("zh") else "en"):
        subject = _("No outlet took the work for %(number)s") % {"number": order.claim.number}
        text = _("Every outlet that could do it declined or did not answer. Send an engineer of our own, or ask again.")
    task = open_sub_ticket(ticket.pk, team=ticket.team, subject=subject, text=text, by=SYSTEM, owner=ticket.owner)
    return {"done": True, "task": task.pk}
