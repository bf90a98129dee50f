"""Sending a claim for approval asks each side; whatever ends the round withdraws what is still asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from aftersales.approvals.models import Approval, ApprovalState, Side
from aftersales.claims.asking import ASKED, PAGE
from aftersales.claims.models import ClaimKind
from aftersales.claims.noticing import tell_staff
from aftersales.claims.services.moving import Moving
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE
from helpdesk.core.errors import Invalid
from tickets.models import Grade, Tone


class Approvals:
    """Takes part in moves into and out of `in_approval`."""

    def check(self, moving: Moving) -> None:
        """The approvers are named, one a side, able to approve, and none of them is who asks."""
        if moving.move.name == "ask_approval":
            people = _named(moving, moving.arguments.get("approvers"))
            moving.arguments["approvers"] = people
            moving.data["approvers"] = {side: person.pk for side, person in people.items()}

    def apply(self, moving: Moving) -> None:
        """Write what is asked, or withdraw it."""
        claim = moving.claim
        if moving.move.name == "plan" and not claim.approval_sides and _is_serious(moving):
            claim.approval_sides = [str(side) for side in Side]
        if moving.move.name == "ask_approval":
            last = claim.approvals.aggregate(last=Max("round"))["last"] or 0
            people: dict[str, Staff] = moving.arguments["approvers"]
            Approval.objects.bulk_create(
                Approval(
                    claim=claim,
                    round=last + 1,
                    side=side,
                    approver=person,
                    asked_by_id=moving.by.staff.pk if moving.by.staff is not None else None,
                    asked_at=moving.now,
                    due_at=moving.now + settings.CLAIM_DECIDED_WITHIN,
                )
                for side, person in people.items()
            )
            claim.approvals_missing = list(people)
            for side, person in people.items():
                moving.change.announce("approval.asked", claim=claim.pk, side=side, staff=person.pk)
                tell_staff([person.pk], ASKED, claim, moving.now, url=PAGE, but=moving.by)
        elif moving.came_from == "in_approval":
            claim.approvals.filter(state=ApprovalState.ASKED).update(
                state=ApprovalState.WITHDRAWN, decided_at=moving.now
            )
            claim.approvals_missing = []


def _is_serious(moving: Moving) -> bool:
    """A complaint whose ticket is of the gravest grade, or whose customer threatens: its plan is decided jointly (F5)."""
    ticket = moving.change.ticket
    return moving.claim.kind == ClaimKind.COMPLAINT and (ticket.grade == Grade.URGENT or ticket.tone == Tone.THREAT)


def _named(moving: Moving, given: Any) -> dict[str, Staff]:
    sides = moving.claim.approval_sides or [str(Side.BUSINESS)]
    if not isinstance(given, Mapping):
        given = {}
    ids = {side: _id(given.get(side)) for side in sides}
    people = Staff.objects.in_bulk([pk for pk in ids.values() if pk])
    found: dict[str, Staff] = {}
    for side in sides:
        person = people.get(ids[side] or 0)
        label = Side(side).label
        if person is None or not person.is_active or not person.can(CLAIM_APPROVE):
            raise Invalid(fields={"approvers": _("Choose who approves for %(side)s.") % {"side": label}})
        if person in found.values():
            raise Invalid(fields={"approvers": _("Each side needs a person of its own.")})
        if moving.by.staff is not None and moving.by.staff.pk == person.pk:
            raise Invalid(fields={"approvers": _("Nobody approves what they ask for themselves.")})
        found[side] = person
    return found


def _id(given: Any) -> int | None:
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 < number < 2**63 else None
