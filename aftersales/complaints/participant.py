"""One named person leads a complaint or case through its steps, and the ticket stays open as long as they do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.machines import Party
from aftersales.claims.models import NUMBER_PREFIX, Claim, ClaimKind
from aftersales.claims.services.moving import Moving
from aftersales.complaints.errors import ComplaintOpen, LedByAnother
from helpdesk.accounts.permissions import CLAIM_APPROVE, CLAIM_EXCEPT
from tickets.models import FINISHED
from tickets.services.changing import Change

LED = (ClaimKind.COMPLAINT, ClaimKind.CASE)
NAME = "complaints.open"


class OneHandler:
    """Takes part in the moves of complaints and cases."""

    def check(self, moving: Moving) -> None:
        """Only the handler moves on, or who may make exceptions; approvers decide what they are asked."""
        claim, staff = moving.claim, moving.by.staff
        if claim.kind not in LED or staff is None or claim.handler_id in {None, staff.pk}:
            return
        decides = Party.APPROVAL in moving.move.by and staff.can(CLAIM_APPROVE)
        if Party.AGENT not in moving.move.by or decides or staff.can(CLAIM_EXCEPT):
            return
        handler = claim.handler
        assert handler is not None
        raise LedByAnother(
            _("%(name)s leads this matter. Ask them, or let the record name another handler first.")
            % {"name": handler.name or handler.username},
            handler=handler.pk,
        )

    def apply(self, moving: Moving) -> None:
        """Nothing of its own to write."""


class OpenComplaints:
    """Takes part in ticket verbs: refuses to solve or close a ticket whose complaint is open. Merged tickets hand their claims
    on, and spam has none that counts."""

    def check(self, ticket: Any, change: Change) -> None:
        """One query where a ticket is about to be finished, none otherwise."""
        if not _is_finishing(change):
            return
        found = change.prepared.get(NAME)
        if found is None:
            found = _open_of([ticket.pk]).get(ticket.pk, [])
        if found:
            raise ComplaintOpen(claims=[f"{NUMBER_PREFIX}{pk}" for pk in found])

    def apply(self, ticket: Any, change: Change) -> None:
        """Nothing of its own to write."""

    def begin(self, changes: Sequence[Change]) -> None:
        """Several tickets at once: one query for all of them."""
        finishing = [change for change in changes if _is_finishing(change)]
        if finishing:
            found = _open_of(change.ticket.pk for change in finishing)
            for change in finishing:
                change.prepared[NAME] = found.get(change.ticket.pk, [])

    def finish(self, changes: Sequence[Change]) -> None:
        """Nothing was gathered."""


def _is_finishing(change: Change) -> bool:
    if change.is_new or "status_category" not in change.after or change.verb == "merge" or change.get("is_spam"):
        return False
    return change.get("status_category") in FINISHED and change.before["status_category"] not in FINISHED


def _open_of(ticket_ids: Iterable[int]) -> dict[int, list[int]]:
    rows = Claim.objects.open().filter(ticket_id__in=list(ticket_ids), kind__in=[str(kind) for kind in LED])
    found: dict[int, list[int]] = {}
    for ticket_id, pk in rows.values_list("ticket_id", "pk"):
        found.setdefault(ticket_id, []).append(pk)
    return found
