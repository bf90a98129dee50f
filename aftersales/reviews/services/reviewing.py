"""Closing reviews: begun with the claim's end, completed by a person with cause, lesson and what else it cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.errors import ClaimChanged
from aftersales.claims.models import Cause, Claim
from aftersales.claims.services.arguments import MOST_WORDS, money
from aftersales.claims.services.moving import changing_claim
from aftersales.reviews.costs import costs_of
from aftersales.reviews.models import Review
from aftersales.reviews.repeating import earlier_of
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound


def begin_within(claim: Claim, now: datetime, by: Actor) -> Review:
    """Inside the move that ends the claim: its costs so far, and whether it is a repeat. It is done at once where cause and
    lesson stand on the record already."""
    review = Review(claim=claim, closed_at=now)
    _fill(review, claim)
    if claim.cause_id and claim.lesson:
        review.is_done, review.done_at, review.done_by_id = True, now, by.id
    review.save(force_insert=True)
    return review


def complete_review(
    claim_id: int,
    *,
    cause: str,
    lesson: str,
    other_cost: Any,
    by: Actor,
    cost_words: str = "",
    row_version: int | None = None,
) -> Review:
    """Say what caused it, what is learnt and what else it cost; announces claim.reviewed. Costs and repeats are looked up anew.

    Refuses (`NotFound`) a claim that is not at its end, (`Invalid`) no cause or lesson, a cost without a word of what it
    was, and (`ClaimChanged`) when the review changed since `row_version`.
    """
    with changing_claim(claim_id, "review_claim", by=by) as (claim, change):
        if not by.is_trusted and (by.staff is None or not by.staff.can(CLAIM_WORK)):
            raise Forbidden
        review = Review.objects.select_for_update(no_key=True, of=("self",)).filter(pk=claim.pk).first()
        if review is None:
            raise NotFound
        if row_version is not None and row_version != review.row_version:
            raise ClaimChanged(row_version=review.row_version)
        values = _clean(claim, cause, lesson, other_cost, cost_words)
        claim.cause, claim.lesson = values["cause"], values["lesson"]
        claim.row_version += 1
        claim.save(update_fields=["cause", "lesson", "row_version"])
        review.claim = claim
        review.other_cost, review.cost_words = values["other_cost"], values["cost_words"]
        _fill(review, claim)
        review.is_done, review.done_at, review.done_by_id = True, change.now, by.id
        review.row_version += 1
        review.save()
        change.announce(
            "claim.reviewed",
            claim=claim.pk,
            kind=claim.kind,
            cause=claim.cause.key,
            cost=str(review.cost),
            repeat_of=review.repeat_of_id,
        )
    return review


def _fill(review: Review, claim: Claim) -> None:
    costs = costs_of(claim)
    if review.other_cost:
        costs["other"] = review.other_cost
    review.costs = {name: str(amount) for name, amount in costs.items()}
    review.cost = sum(costs.values(), Decimal(0))
    review.repeat_of = earlier_of(claim)


def _clean(claim: Claim, cause: str, lesson: str, other_cost: Any, cost_words: str) -> Mapping[str, Any]:
    wrong: dict[str, Any] = {}
    values: dict[str, Any] = {
        "lesson": lesson.replace("\x00", "").strip(),
        "cost_words": " ".join(cost_words.replace("\x00", "").split())[:200],
        "cause": Cause.objects.filter(key=str(cause)[:40]).first() if cause else None,
        "other_cost": Decimal(0),
    }
    found = values["cause"]
    if found is None or not (found.is_active or found.pk == claim.cause_id):
        wrong["cause"] = _("Choose one of the listed causes.")
    if not values["lesson"]:
        wrong["lesson"] = _("Write down what we learn from it, even if it is little.")
    elif len(values["lesson"]) > MOST_WORDS:
        wrong["lesson"] = _("Use at most %(most)d characters.") % {"most": MOST_WORDS}
    try:
        values["other_cost"] = money("other_cost", other_cost) or Decimal(0)
    except Invalid as refusal:
        wrong |= refusal.fields
    if values["other_cost"] and not values["cost_words"]:
        wrong["cost_words"] = _("Say what the other cost was.")
    if wrong:
        raise Invalid(fields=wrong)
    return values
