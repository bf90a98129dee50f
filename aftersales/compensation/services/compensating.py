"""Giving compensation: within one's limit at once, above it when a named approver has said yes (F9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.claims.access import can_see
from aftersales.claims.asking import ASKED, DECIDED, PAGE
from aftersales.claims.models import Claim
from aftersales.claims.noticing import tell_staff
from aftersales.claims.services.arguments import MOST_AMOUNT, money
from aftersales.claims.services.moving import changing_claim
from aftersales.compensation.errors import AboveLimit, CompensationDecided
from aftersales.compensation.limits import bounds_of
from aftersales.compensation.models import Compensation, CompensationState, Means, ProposalRule
from aftersales.compensation.models.compensations import COUNTED
from aftersales.compensation.models.means import OF_COMPENSATION
from aftersales.compensation.services.ordering import in_unit, order_compensation
from aftersales.compensation.services.telling import tell_of_compensation
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE, CLAIM_EXCEPT, CLAIM_WORK
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from tickets.services.changing import Change

MOST_WORDS = 600


@dataclass(frozen=True)
class Draft:
    """What is to be given: `worth` in the claim's currency (nothing for an apology), and why, for the record."""

    means: str
    worth: Any = None
    words: str = ""
    rule_id: int | None = None
    approver_id: int | None = None
    key: str = ""


def give_compensation(claim_id: int, draft: Draft, *, by: Actor) -> Compensation:
    """Give it, or ask the named approver when it is above the actor's limit for this claim; announces compensation.granted or
    compensation.asked. The same `key` again is the same compensation. Refuses (`AboveLimit`) when nobody is named."""
    worth, words = _clean(draft)
    with changing_claim(claim_id, "give_compensation", by=by, sees=_works) as (claim, change):
        if draft.key:
            known = Compensation.objects.filter(dedupe_key=_key(claim, draft.key)).first()
            if known is not None:
                return known
        rule = _rule(claim, draft.rule_id)
        amount, unit = in_unit(draft.means, worth, claim.currency) if worth else (Decimal(0), claim.currency)
        if amount > MOST_AMOUNT:
            raise Invalid(fields={"worth": _("Enter an amount such as 129.90.")})
        made = Compensation(
            claim=claim,
            means=draft.means,
            worth=worth,
            amount=amount,
            unit=unit,
            words=words,
            rule=rule,
            dedupe_key=_key(claim, draft.key) if draft.key else None,
            made_at=change.now,
            made_by_kind=by.kind,
            made_by_id=by.id,
        )
        limit = bounds_of(by).compensation
        if limit is not None and worth and given_of(claim) + worth > limit:
            _ask(made, draft, limit, change, by)
        else:
            _grant(made, change, by)
    return made


def decide_compensation(compensation_id: int, *, is_granted: bool, by: Actor, words: str = "") -> Compensation:
    """The named approver decides; announces compensation.granted or compensation.refused. Refuses (`NotFound`) anybody else,
    (`CompensationDecided`) a second decision, and (`Invalid`) a no without words."""
    words = words.replace("\x00", "").strip()[:MOST_WORDS]
    if not is_granted and not words:
        raise Invalid(fields={"words": _("Say why, so that the desk can tell the customer.")})
    claim_id = _claim_of(compensation_id)
    with changing_claim(claim_id, "decide_compensation", by=by, sees=_named(compensation_id)) as (claim, change):
        row = _asked(compensation_id, claim)
        row.decided_at, row.decision = change.now, words
        if is_granted:
            _grant(row, change, by)
        else:
            row.state = CompensationState.REFUSED
            row.save(update_fields=["state", "decided_at", "decision"])
            change.announce("compensation.refused", **_facts(row), staff=row.made_by_id)
        if row.made_by_kind == ActorKind.STAFF and row.made_by_id:
            tell_staff([row.made_by_id], DECIDED, claim, change.now, url=f"/claims/{claim.number}/", but=by)
    return row


def hand_compensation_on(compensation_id: int, to: Staff, *, by: Actor) -> Compensation:
    """Another approver decides instead. Who may: the approver, or a supervisor."""
    claim_id = _claim_of(compensation_id)
    with changing_claim(claim_id, "hand_compensation_on", by=by, sees=_named_or_supervisor(compensation_id)) as (
        claim,
        change,
    ):
        row = _asked(compensation_id, claim)
        row.approver = _approver(to.pk, row.made_by_id if row.made_by_kind == ActorKind.STAFF else None)
        row.overdue_told_at = None
        row.save(update_fields=["approver", "overdue_told_at"])
        change.announce("compensation.asked", **_facts(row), staff=to.pk)
        tell_staff([to.pk], ASKED, claim, change.now, url=PAGE, but=by)
    return row


def withdraw_compensation(compensation_id: int, *, by: Actor) -> Compensation:
    """It is not asked for any more; announces compensation.withdrawn."""
    with changing_claim(_claim_of(compensation_id), "withdraw_compensation", by=by, sees=_works) as (claim, change):
        row = _asked(compensation_id, claim)
        row.state, row.decided_at = CompensationState.WITHDRAWN, change.now
        row.save(update_fields=["state", "decided_at"])
        change.announce("compensation.withdrawn", **_facts(row))
    return row


def given_of(claim: Claim) -> Decimal:
    """What the claim's customer has got already, or may get: many small gifts are a large one."""
    counted = claim.compensations.filter(state__in=COUNTED)
    return counted.aggregate(worth=Sum("worth"))["worth"] or Decimal(0)


def described(row: Compensation) -> str:
    """What it is, in the language of the moment."""
    if row.means == Means.POINTS:
        count = int(row.amount)
        return ngettext("%(count)d point", "%(count)d points", count) % {"count": count}
    if row.means in {Means.GIFT, Means.APOLOGY}:
        return str(Means(row.means).label)
    return f"{Means(row.means).label}: {row.amount:.2f} {row.unit}"


def _clean(draft: Draft) -> tuple[Decimal, str]:
    if draft.means not in OF_COMPENSATION:
        raise Invalid(fields={"means": _("Choose one from the list.")})
    words = draft.words.replace("\x00", "").strip()
    if len(words) > MOST_WORDS:
        raise Invalid(fields={"words": _("Use at most %(most)d characters.") % {"most": MOST_WORDS}})
    if draft.means == Means.APOLOGY:
        if not words:
            raise Invalid(fields={"words": _("Write the apology: the customer reads it.")})
        return Decimal(0), words
    worth = money("worth", draft.worth)
    if not worth:
        raise Invalid(fields={"worth": _("Enter an amount such as 129.90.")})
    return worth, words


def _rule(claim: Claim, rule_id: int | None) -> ProposalRule | None:
    if rule_id is None:
        return None
    rule = ProposalRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    if claim.compensations.filter(rule=rule, state__in=COUNTED).exists():
        raise CompensationDecided(_("This proposal has been taken up already."))
    return rule


def _ask(row: Compensation, draft: Draft, limit: Decimal, change: Change, by: Actor) -> None:
    if draft.approver_id is None:
        words = _(
            "With what was given before, this is above your limit of %(limit)s %(currency)s. Choose who approves it."
        )
        values = {"limit": limit, "currency": row.claim.currency}
        raise AboveLimit(words % values, fields={"approver": words % values}, limit=str(limit))
    row.approver = _approver(draft.approver_id, by.staff.pk if by.staff else None)
    row.state = CompensationState.ASKED
    row.due_at = change.now + settings.CLAIM_DECIDED_WITHIN
    row.save(force_insert=True)
    change.announce("compensation.asked", **_facts(row), staff=row.approver.pk)
    tell_staff([row.approver.pk], ASKED, row.claim, change.now, url=PAGE, but=by)


def _approver(staff_id: int, asker_id: int | None) -> Staff:
    person = Staff.objects.filter(pk=staff_id, is_active=True).first()
    if person is None or not person.can(CLAIM_APPROVE):
        raise Invalid(fields={"approver": _("This person cannot approve.")})
    if person.pk == asker_id:
        raise Invalid(fields={"approver": _("Nobody approves what they ask for themselves.")})
    return person


def _grant(row: Compensation, change: Change, by: Actor) -> None:
    is_apology = row.means == Means.APOLOGY
    row.state = CompensationState.GIVEN if is_apology else CompensationState.GRANTED
    row.decided_at = change.now
    row.given_at = change.now if is_apology else None
    row.save()
    change.announce("compensation.granted", **_facts(row))
    order_compensation(row, change, by=by)
    tell_of_compensation(row, change, described)


def _asked(compensation_id: int, claim: Claim) -> Compensation:
    rows = Compensation.objects.select_for_update(no_key=True, of=("self",)).select_related("rule", "approver")
    row = rows.get(pk=compensation_id)
    row.claim = claim
    if row.state != CompensationState.ASKED:
        raise CompensationDecided(state=row.state)
    return row


def _claim_of(compensation_id: int) -> int:
    claim_id = Compensation.objects.filter(pk=compensation_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    return claim_id


def _key(claim: Claim, key: str) -> str:
    return f"{claim.pk}:{key}"[:80]


def _facts(row: Compensation) -> dict[str, Any]:
    return {
        "compensation": row.pk,
        "claim": row.claim_id,
        "means": row.means,
        "worth": str(row.worth),
        "state": row.state,
    }


def _works(by: Actor, claim: Claim) -> bool:
    """Whoever works on the claim at the desk; never the customer."""
    if by.customer is not None or not can_see(by, claim):
        return False
    if by.staff is not None and not by.staff.can(CLAIM_WORK):
        raise Forbidden
    return True


def _named(compensation_id: int) -> Callable[[Actor, Claim], bool]:
    def sees(by: Actor, claim: Claim) -> bool:
        staff = by.staff
        if staff is None or not staff.is_active or not staff.can(CLAIM_APPROVE):
            return False
        return Compensation.objects.filter(pk=compensation_id, approver_id=staff.pk).exists()

    return sees


def _named_or_supervisor(compensation_id: int) -> Callable[[Actor, Claim], bool]:
    named = _named(compensation_id)

    def sees(by: Actor, claim: Claim) -> bool:
        return named(by, claim) or (by.staff is not None and by.staff.is_active and by.staff.can(CLAIM_EXCEPT))

    return sees
