"""Whoever pays says how it went: paid, failed, ordered again, reversed. Each says the same when it is said twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import changing_claim, make_move
from aftersales.compensation.errors import PaidOtherwise, PayoutEnded
from aftersales.compensation.models import CompensationState, Payout, PayoutState, Purpose
from aftersales.compensation.services import booking
from aftersales.compensation.services.ordering import facts, give_back_shares, mark_paid, order_again, setting
from aftersales.compensation.services.payers import tell_payer
from helpdesk.accounts.permissions import MONEY_PAY
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.jobs import enqueue
from tickets.services.changing import Change

SETTLED_JOB = "compensation.settled"
MOST_REASON = 300


def handles_money(by: Actor, claim: Claim) -> bool:
    """Finance, and the product on behalf of the company's own system."""
    if by.staff is not None:
        return by.staff.is_active and by.staff.can(MONEY_PAY)
    return by.is_trusted


def find_payout(key: str) -> Payout:
    """By the key that went along, also an earlier one; `NotFound` else."""
    try:
        wanted = uuid.UUID(str(key))
    except ValueError:
        raise NotFound from None
    found = Payout.objects.filter(key=wanted).first() or Payout.objects.filter(former_keys__contains=[wanted]).first()
    if found is None:
        raise NotFound
    return found


def confirm_payout(payout_id: int, *, reference: str, by: Actor) -> Payout:
    """It has been paid, under this reference of the bank or the paying system; announces payout.paid. With the last payout of
    its claim the claim is paid out. Said twice with the same reference it is the same; refuses (`PaidOtherwise`) another one,
    (`PayoutEnded`) a reversed payout."""
    reference = _clean(reference, "reference", 120)
    if not reference:
        raise Invalid(fields={"reference": _("Give the reference of the bank or the paying system.")})
    with _changing(payout_id, "confirm_payout", by) as (claim, payout, change):
        if payout.state == PayoutState.PAID:
            if payout.reference != reference:
                raise PaidOtherwise(reference=payout.reference)
            return payout
        if payout.state == PayoutState.REVERSED:
            raise PayoutEnded(state=payout.state)
        mark_paid(payout, change.now, by=by, reference=reference)
        change.announce("payout.paid", **facts(payout))
        settle_if_complete(claim, change, by=by)
    return payout


def fail_payout(payout_id: int, *, reason: str, by: Actor) -> Payout:
    """It could not be paid; announces payout.failed. Somebody of finance orders it again or pays it by hand. Refuses
    (`PayoutEnded`) what has been paid."""
    reason = _clean(reason, "reason", MOST_REASON)
    if not reason:
        raise Invalid(fields={"reason": _("Say why.")})
    with _changing(payout_id, "fail_payout", by) as (_claim, payout, change):
        if payout.state == PayoutState.FAILED:
            return payout
        if payout.state != PayoutState.ORDERED:
            raise PayoutEnded(state=payout.state)
        payout.state, payout.reason = PayoutState.FAILED, reason
        payout.save(update_fields=["state", "reason"])
        change.announce("payout.failed", **facts(payout))
    return payout


def retry_payout(payout_id: int, *, by: Actor, account: str | None = None) -> Payout:
    """Order a failed payout again under a new key, perhaps to another account; of a reversed one, order a new one. Announces
    payout.ordered. Refuses (`PayoutEnded`) what is on its way or has arrived."""
    account = None if account is None else _clean(account, "account", 120)
    with _changing(payout_id, "retry_payout", by) as (claim, payout, change):
        if payout.state == PayoutState.REVERSED and payout.purpose != Purpose.COMPENSATION:
            known = Payout.objects.filter(dedupe_key=f"again:{payout.pk}").first()
            if known is not None:
                return known
            payout = order_again(payout, change, by=by)
            _save(claim)
            return payout
        if payout.state != PayoutState.FAILED:
            raise PayoutEnded(state=payout.state)
        payout.former_keys = [*payout.former_keys, payout.key]
        payout.state, payout.key, payout.reason = PayoutState.ORDERED, uuid.uuid4(), ""
        if account is not None:
            payout.sealed = Payout.sealed_account(account)
        payout.save(update_fields=["state", "key", "former_keys", "reason", "sealed"])
        change.announce("payout.ordered", **facts(payout))
        tell_payer(payout, setting())
    return payout


def reverse_payout(payout_id: int, *, reason: str, by: Actor) -> Payout:
    """What was paid came back, or was given wrongly; announces payout.reversed. The amount counts as not paid again. Refuses
    (`NotEnough`) credit, points, cards and coupons that the customer has spent, (`PayoutEnded`) what was never paid."""
    reason = _clean(reason, "reason", MOST_REASON)
    if not reason:
        raise Invalid(fields={"reason": _("Say why.")})
    with _changing(payout_id, "reverse_payout", by) as (claim, payout, change):
        if payout.state == PayoutState.REVERSED:
            return payout
        if payout.state != PayoutState.PAID:
            raise PayoutEnded(state=payout.state)
        give_back_shares(payout)
        booking.book_reversal(payout, by=by)
        payout.state, payout.reversed_at, payout.reason = PayoutState.REVERSED, change.now, reason
        payout.save(update_fields=["state", "reversed_at", "reason"])
        if payout.purpose == Purpose.REFUND:
            claim.paid_amount -= payout.worth
        elif payout.compensation is not None:
            payout.compensation.state = CompensationState.REVERSED
            payout.compensation.save(update_fields=["state"])
        _save(claim)
        change.announce("payout.reversed", **facts(payout), reason=reason)
    return payout


def settle_if_complete(claim: Claim, change: Change, *, by: Actor) -> None:
    """The whole approved amount has left: the claim is paid out; else only its columns are saved."""
    if is_complete(claim):
        make_move(claim, "settled", change, by=by, given={})
    else:
        _save(claim)


def is_complete(claim: Claim) -> bool:
    return (
        claim.state == "settling" and claim.approved_amount is not None and claim.paid_amount >= claim.approved_amount
    )


def settle_soon(claim: Claim) -> None:
    """What needs nobody to pay it (credit, points, nothing left to pay): the next move is made by a job of its own, since a
    move never makes another."""
    enqueue(SETTLED_JOB, queue="events", dedupe_key=f"settled:{claim.pk}:{claim.row_version}", claim=claim.pk)


def settle_paid(claim_id: int) -> None:
    """The job: the claim is paid out, unless somebody has moved it meanwhile."""
    with changing_claim(claim_id, "move_claim", by=SYSTEM) as (claim, change):
        if is_complete(claim):
            make_move(claim, "settled", change, by=SYSTEM, given={})


@contextmanager
def _changing(payout_id: int, verb: str, by: Actor) -> Iterator[tuple[Claim, Payout, Change]]:
    claim_id = Payout.objects.filter(pk=payout_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    with changing_claim(claim_id, verb, by=by, sees=handles_money) as (claim, change):
        rows = Payout.objects.select_for_update(no_key=True, of=("self",))
        payout = rows.select_related("compensation__rule", "payment", "customer").get(pk=payout_id)
        payout.claim = claim
        if payout.compensation is not None:
            payout.compensation.claim = claim
        yield claim, payout, change


def _save(claim: Claim) -> None:
    claim.row_version += 1
    claim.save(update_fields=["paid_amount", "owed_amount", "row_version"])


def _clean(text: str, name: str, most: int) -> str:
    text = str(text or "").replace("\x00", "").strip()
    if len(text) > most:
        raise Invalid(fields={name: _("Use at most %(most)d characters.") % {"most": most}})
    return text
