"""Why a move may not be made now. Each reads the locked claim and the move's arguments, and answers in words or not at all.

Guards that belong to a higher room (approvals, payouts, visits) ask the claim's own columns, which that room writes: so a
guard never needs a row of a room above.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from helpdesk.core import clock

if TYPE_CHECKING:
    from aftersales.claims.models import Claim

MOST_APPEALS = 1


def amount_granted(claim: Claim, arguments: dict[str, Any]) -> Decimal | None:
    """What approving grants: what is said now, else what was said before, else what was asked for."""
    amount: Decimal | None = arguments.get("amount")
    if amount is None:
        amount = claim.approved_amount if claim.approved_amount is not None else claim.asked_amount
    return amount


def within_limit(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """Ordinary claims within the decider's limit are decided at the desk (F5); what is above needs joint approval. The limit
    is told by the room of compensation, which asks this guard once more when it knows it."""
    limit = arguments.get("limit")
    amount = amount_granted(claim, arguments)
    if claim.needs_joint_approval:
        return _("This claim needs joint approval. Send it for approval.")
    if limit is not None and amount is not None and amount > limit:
        return _("%(amount)s %(currency)s is above your limit of %(limit)s. Send the claim for approval.") % {
            "amount": amount,
            "currency": claim.currency,
            "limit": limit,
        }
    return None


def within_what_was_granted(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """After the inspection less may be given by whoever decides; more needs the same approval as before."""
    amount = arguments.get("amount")
    if amount is None or (claim.approved_amount is not None and amount <= claim.approved_amount):
        return None
    return within_limit(claim, arguments)


def verdict_allows(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """What the policy refuses, nobody grants at the desk; what needs approval goes there."""
    if claim.verdict == "refused":
        return _("The policy refuses this claim. Reject it, or send it for approval as an exception.")
    if claim.verdict == "needs_approval":
        return _("The policy asks for approval. Send the claim for approval.")
    return None


def all_approved(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """Every side that has to say yes has said it."""
    if claim.approvals_missing:
        return _("Not everybody who has to approve has done so.")
    return None


def first_appeal(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """A rejection can be objected to once; after that it is a complaint."""
    if claim.appeals >= MOST_APPEALS:
        return _("This rejection was objected to before. Open a complaint instead.")
    return None


def goods_overdue(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """Only a claim whose goods have not come in time expires."""
    if claim.goods_due_at is None or claim.goods_due_at > clock.now():
        return _("The goods may still come.")
    return None


def amount_covered(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """A payout needs an approved amount."""
    if claim.approved_amount is None or claim.approved_amount <= 0:
        return _("No amount has been approved for this claim.")
    return None


def settles_by_rule(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """Paid when the goods are here, or already on the carrier's first scan where the rule says so."""
    if claim.state == "awaiting_goods" and not claim.keeps_goods:
        return _("The goods have to come back first.")
    if claim.state == "returning" and not claim.settles_on_scan:
        return _("This claim is paid out when the goods have been received.")
    if claim.state == "returning" and claim.first_scan_at is None:
        return _("The carrier has not scanned the parcel yet.")
    return None


def payout_done(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """Paid out only when the whole approved amount has left."""
    if claim.approved_amount is None or claim.paid_amount < claim.approved_amount:
        return _("The payout is not complete yet.")
    return None


def nothing_owed(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """What the customer has to pay (a price difference, a quote) is paid before anything leaves."""
    if claim.owed_amount > 0:
        return _("The customer still has to pay %(amount)s %(currency)s.") % {
            "amount": claim.owed_amount,
            "currency": claim.currency,
        }
    return None


def owes_difference(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """Only a dearer item leaves something to pay."""
    if claim.owed_amount <= 0:
        return _("There is nothing that the customer would have to pay.")
    return None


def is_paid(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """The difference or quote has been paid."""
    return nothing_owed(claim, arguments)


def free_on_site(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """A product sold with on-site service never bears a charge (F8)."""
    quote = arguments.get("quote")
    if claim.is_on_site_free and quote:
        return _("This product is sold with service on site: no charge may be made.")
    return None


def visit_done(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """The work is done when the visit was closed with a result."""
    if not claim.has_visit_result:
        return _("The visit has no result yet.")
    return None


def record_complete(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """A claim closes with its cause on record, so that the company learns from it; the customer need not know it."""
    if arguments.get("by_staff") and not claim.cause:
        return _("Say what caused this before you close the claim.")
    return None


def customer_agreed(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """A complaint closes on the customer's yes, or on an exception that a supervisor put on record (E1)."""
    if claim.customer_agreed_at is None and not claim.exception:
        return _("A complaint closes when the customer has confirmed it, or with a recorded exception.")
    return None


def has_cause(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """An analysis ends with a cause of the list."""
    if not (arguments.get("cause") or claim.cause):
        return _("Choose the cause.")
    return None


def has_handler(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """One named person leads a complaint (F10)."""
    if claim.handler_id is None:
        return _("Name the person who leads this complaint first.")
    return None


def has_plan(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """What is to be done, by whom and until when, stands before anybody acts."""
    if not (arguments.get("plan") or claim.plan):
        return _("Write down the plan.")
    return None


def evidence_ready(claim: Claim, arguments: dict[str, Any]) -> str | None:
    """An answer to a regulator carries its reference."""
    if not claim.external_number:
        return _("Give the case number of the regulator or platform first.")
    return None
