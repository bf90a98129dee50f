"""An approver says yes or no. The last yes approves the claim, the first no gives it back to the desk."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.approvals.models import Approval, ApprovalState
from aftersales.claims.asking import ASKED, DECIDED, PAGE
from aftersales.claims.models import Claim
from aftersales.claims.noticing import tell_staff
from aftersales.claims.services.moving import changing_claim, make_move
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE, CLAIM_EXCEPT
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound, Refused


class DecidedAlready(Refused):
    """Somebody was faster, or the claim was given back meanwhile; `state` says what it is."""

    code = "decided_already"
    status = 409
    message = gettext_lazy("This has been decided already.")


def decide(approval_id: int, *, is_approved: bool, by: Actor, words: str = "") -> Approval:
    """The named approver decides; announces approval.decided, and the claim's move when the round is at its end.

    Refuses (`NotFound`) anybody else, (`DecidedAlready`) a second decision, and (`Invalid`) a no without words.
    """
    words = words.replace("\x00", "").strip()[:600]
    if not is_approved and not words:
        raise Invalid(fields={"words": _("Say why, so that the desk can tell the customer.")})
    claim_id = Approval.objects.filter(pk=approval_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    with changing_claim(claim_id, "decide_approval", by=by, sees=_named(approval_id)) as (claim, change):
        approval = Approval.objects.select_for_update(no_key=True, of=("self",)).get(pk=approval_id)
        if approval.state != ApprovalState.ASKED:
            raise DecidedAlready(state=approval.state)
        approval.state = ApprovalState.APPROVED if is_approved else ApprovalState.REFUSED
        approval.decided_at, approval.words = change.now, words
        approval.save(update_fields=["state", "decided_at", "words"])
        change.announce("approval.decided", claim=claim.pk, side=approval.side, state=approval.state)
        if approval.asked_by_id:
            tell_staff([approval.asked_by_id], DECIDED, claim, change.now, url=f"/claims/{claim.number}/", but=by)
        claim.approvals_missing = [side for side in claim.approvals_missing if side != approval.side]
        if not is_approved:
            make_move(claim, "return_to_desk", change, by=by, given={"note": words})
        elif not claim.approvals_missing:
            make_move(claim, "approve", change, by=by, given={})
        else:
            claim.save(update_fields=["approvals_missing"])
    return approval


def hand_approval_on(approval_id: int, to: Staff, *, by: Actor) -> Approval:
    """Another person decides instead: for an approver who is away. Who may: the approver, or a supervisor."""
    claim_id = Approval.objects.filter(pk=approval_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    with changing_claim(claim_id, "hand_approval_on", by=by, sees=_named_or_supervisor(approval_id)) as (claim, change):
        approval = Approval.objects.select_for_update(no_key=True, of=("self",)).get(pk=approval_id)
        if approval.state != ApprovalState.ASKED:
            raise DecidedAlready(state=approval.state)
        if not to.is_active or not to.can(CLAIM_APPROVE):
            raise Invalid(fields={"to": _("This person cannot approve.")})
        if to.pk == approval.asked_by_id:
            raise Invalid(fields={"to": _("Nobody approves what they ask for themselves.")})
        if claim.approvals.filter(round=approval.round, approver=to).exclude(pk=approval.pk).exists():
            raise Invalid(fields={"to": _("Each side needs a person of its own.")})
        approval.approver = to
        approval.overdue_told_at = None
        approval.save(update_fields=["approver", "overdue_told_at"])
        change.announce("approval.asked", claim=claim.pk, side=approval.side, staff=to.pk)
        tell_staff([to.pk], ASKED, claim, change.now, url=PAGE, but=by)
    return approval


def _named(approval_id: int) -> Callable[[Actor, Claim], bool]:
    """Only the named approver knows of it here."""

    def sees(by: Actor, claim: Claim) -> bool:
        staff = by.staff
        if staff is None or not staff.is_active or not staff.can(CLAIM_APPROVE):
            return False
        return Approval.objects.filter(pk=approval_id, approver_id=staff.pk).exists()

    return sees


def _named_or_supervisor(approval_id: int) -> Callable[[Actor, Claim], bool]:
    named = _named(approval_id)

    def sees(by: Actor, claim: Claim) -> bool:
        return named(by, claim) or (by.staff is not None and by.staff.is_active and by.staff.can(CLAIM_EXCEPT))

    return sees
