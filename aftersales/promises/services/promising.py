"""Promising a customer to write by a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aftersales.claims.errors import ClaimChanged
from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.claims.services.moving import changing_claim
from aftersales.claims.services.telling import language_of
from aftersales.promises.models import Promise
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_zone
from helpdesk.core.errors import Forbidden, Invalid
from tickets.services.changing import Change
from tickets.services.replying import Reply, answer_within, author_name

SOONEST = timedelta(minutes=5)
MOST = timedelta(days=90)


def promise_update(
    claim_id: int, *, due_at: datetime, words: str = "", by: Actor, row_version: int | None = None
) -> Promise:
    """Promise the customer of an open claim that we write to them by a moment, and tell them so; announces promise.made. With
    `words` the message is the person's answer, without it is the product's.

    Refuses (`Invalid`) a moment that is not ahead or too far, a claim that is at its end, one of a regulator (it has terms of its
    own) and one whose ticket is spam, and (`ClaimChanged`) when the claim changed since `row_version`.
    """
    with changing_claim(claim_id, "promise_update", by=by) as (claim, change):
        if not by.is_trusted and (by.staff is None or not by.staff.can(CLAIM_WORK)):
            raise Forbidden
        if row_version is not None and row_version != claim.row_version:
            raise ClaimChanged(row_version=claim.row_version)
        words = words.replace("\x00", "").strip()
        _require(claim, change, due_at, words)
        Promise.objects.filter(claim=claim, replaced_at__isnull=True).update(replaced_at=change.now)
        promise = Promise.objects.create(
            claim=claim, due_at=due_at, made_at=change.now, made_by_id=by.id, made_by_name=author_name(by)[:160]
        )
        claim.row_version += 1
        claim.save(update_fields=["row_version"])
        change.announce("promise.made", claim=claim.pk, promise=promise.pk, due=due_at.isoformat())
        change.set(last_activity_at=change.now)
        _tell(claim, change, promise, words)
    return promise


def _require(claim: Claim, change: Change, due_at: datetime, words: str) -> None:
    if not claim.is_open or claim.kind == ClaimKind.CASE or change.ticket.is_spam or change.ticket.is_sub:
        raise Invalid(fields={"due_at": _("Nothing more can be promised for this claim.")})
    if due_at < change.now + SOONEST:
        raise Invalid(fields={"due_at": _("Choose a moment that lies ahead.")})
    if due_at > change.now + MOST:
        raise Invalid(fields={"due_at": _("Choose a moment within %(days)d days.") % {"days": MOST.days}})
    if len(words) > MOST_WORDS:
        raise Invalid(fields={"words": _("Use at most %(most)d characters.") % {"most": MOST_WORDS}})


def _tell(claim: Claim, change: Change, promise: Promise, words: str) -> None:
    with translation.override(language_of(claim, change)):
        said = _("We write to you about %(number)s by %(when)s at the latest.") % {
            "number": claim.number,
            "when": spoken(promise.due_at),
        }
    answer_within(change, Reply(f"{words}\n\n{said}" if words else said, is_auto=not words))


def spoken(moment: datetime) -> str:
    """A promised moment in the reader's language and the company's zone: "Tue 24 Nov, 09:00"."""
    there = moment.astimezone(company_zone())
    return f"{date_format(there, _('D j M'))} {there:%H:%M}"
