"""What the policy offers for a thing: each kind of application with its verdict, before anything is filled in.

The facts are gathered once; each kind and each of its reasons is judged by the pure rules. What the customer has not said yet
is taken at its best (photos will come, the price did fall), so that nothing is held back that may be granted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aftersales.claims.models import ClaimKind, Reason, Verdict
from aftersales.claims.services.judging import Application, gather
from aftersales.policy.book import open_book
from aftersales.policy.calc import Judgement, judge
from aftersales.policy.facts import ApplicationFacts
from aftersales.policy.models import RuleSetVersion
from aftersales.portal.things import Thing
from helpdesk.core.company import company_zone
from helpdesk.customers.models import Customer, OrderState

STRICTNESS = {Verdict.ALLOWED: 0, Verdict.NEEDS_APPROVAL: 1, Verdict.REFUSED: 2}
# The reasons of each kind, the commonest first: it is the one that is chosen until the customer says otherwise.
REASONS: dict[str, tuple[str, ...]] = {
    ClaimKind.REPAIR: (Reason.DEFECT, Reason.OTHER),
    ClaimKind.EXCHANGE: (
        Reason.DEFECT,
        Reason.DAMAGED,
        Reason.WRONG_ITEM,
        Reason.NOT_AS_DESCRIBED,
        Reason.CHANGED_MIND,
    ),
    ClaimKind.RETURN: (
        Reason.CHANGED_MIND,
        Reason.DEFECT,
        Reason.DAMAGED,
        Reason.WRONG_ITEM,
        Reason.NOT_AS_DESCRIBED,
        Reason.LATE,
    ),
    ClaimKind.REFUND_ONLY: (
        Reason.LATE,
        Reason.DAMAGED,
        Reason.MISSING,
        Reason.NOT_AS_DESCRIBED,
        Reason.CHANGED_MIND,
    ),
    ClaimKind.MISSING_PARTS: (Reason.MISSING, Reason.WRONG_ITEM, Reason.DAMAGED),
    ClaimKind.INSTALLATION: (Reason.OTHER,),
    ClaimKind.DELIVERY_INSTALLATION: (Reason.OTHER,),
    ClaimKind.PRICE_PROTECTION: (Reason.PRICE_DROPPED,),
    ClaimKind.INVOICE: (Reason.OTHER,),
    ClaimKind.ADDRESS_CHANGE: (Reason.OTHER,),
    ClaimKind.COMPLAINT: (Reason.SERVICE, Reason.DEFECT, Reason.LATE, Reason.NOT_AS_DESCRIBED, Reason.OTHER),
}
WHAT_IT_IS: dict[str, Any] = {
    ClaimKind.REPAIR: _("We mend it, at your place or in our workshop."),
    ClaimKind.EXCHANGE: _("You send it back and get another one."),
    ClaimKind.RETURN: _("You send it back and get your money back."),
    ClaimKind.REFUND_ONLY: _("You get money back without sending anything."),
    ClaimKind.MISSING_PARTS: _("We send what was missing or wrong."),
    ClaimKind.INSTALLATION: _("Our engineer comes and sets it up."),
    ClaimKind.DELIVERY_INSTALLATION: _("It is delivered and set up in one visit."),
    ClaimKind.PRICE_PROTECTION: _("It became cheaper: you get the difference."),
    ClaimKind.INVOICE: _("We issue an invoice for the order."),
    ClaimKind.ADDRESS_CHANGE: _("The parcel goes elsewhere, or is stopped."),
    ClaimKind.COMPLAINT: _("Tell us what went wrong. One person takes care of it to the end."),
}
_DELIVERED = (ClaimKind.REPAIR, ClaimKind.EXCHANGE, ClaimKind.RETURN, ClaimKind.MISSING_PARTS, ClaimKind.REFUND_ONLY)
_NOT_THERE = frozenset({OrderState.PLACED, OrderState.PAID, OrderState.SHIPPED})
_ON_THE_WAY = (ClaimKind.ADDRESS_CHANGE, ClaimKind.RETURN, ClaimKind.REFUND_ONLY, ClaimKind.DELIVERY_INSTALLATION)
_OF_ORDER = (ClaimKind.PRICE_PROTECTION, ClaimKind.INVOICE)
_NO_ORDER = (ClaimKind.REPAIR, ClaimKind.INSTALLATION, ClaimKind.MISSING_PARTS, ClaimKind.COMPLAINT)


@dataclass(frozen=True)
class Offer:
    """One kind of application: the best that the policy says of it, and the reason for which it says so."""

    kind: str
    reason: str
    judged: Judgement
    is_recommended: bool = False

    @property
    def label(self) -> Any:
        return ClaimKind(self.kind).label

    @property
    def what_it_is(self) -> Any:
        return WHAT_IT_IS[self.kind]

    @property
    def verdict(self) -> str:
        return self.judged.verdict


def kinds_for(thing: Thing) -> tuple[str, ...]:
    """The kinds that make sense for a thing now, whatever the policy says of them."""
    order = thing.order
    if order is None:
        return _NO_ORDER
    if order.state in _NOT_THERE:
        goods: tuple[str, ...] = _ON_THE_WAY
    else:
        goods = _DELIVERED
    is_set_up = order.state not in _NOT_THERE and thing.product.is_serviced_on_site
    visit = (ClaimKind.INSTALLATION,) if is_set_up else ()
    return (*goods, *visit, *_OF_ORDER, ClaimKind.COMPLAINT)


def facts_of(customer: Customer, thing: Thing, now: datetime) -> ApplicationFacts:
    """What rules look at for one of this thing, with nothing said yet; five queries."""
    kind = kinds_for(thing)[0]
    application = Application(kind, REASONS[kind][0], customer, thing.order, [thing.as_claimed()], {})
    return gather(application, now)[0]


def offers_for(facts: ApplicationFacts, kinds: Iterable[str]) -> list[Offer]:
    """Each kind at its best, what is allowed first; one query at most (the book)."""
    rules, zone = open_book(), company_zone()
    found = []
    for kind in kinds:
        judged = [(judge(rules, _at_best(facts, kind, reason), zone), reason) for reason in REASONS[kind]]
        # what some reason allows is allowed; else the commonest reason says how it stands
        best, reason = next((one for one in judged if one[0].verdict == Verdict.ALLOWED), judged[0])
        found.append(Offer(kind, reason, best))
    found.sort(key=lambda offer: STRICTNESS[Verdict(offer.verdict)])
    if found and found[0].verdict == Verdict.ALLOWED and found[0].judged.grant.is_free:
        found[0] = replace(found[0], is_recommended=True)
    return found


def _at_best(facts: ApplicationFacts, kind: str, reason: str) -> ApplicationFacts:
    drop = Decimal("0.01") if kind == ClaimKind.PRICE_PROTECTION else facts.price_drop
    return replace(facts, kind=kind, reason=reason, has_photos=True, price_drop=drop)


@dataclass(frozen=True)
class Source:
    """Where a verdict stands: the rule set's name and the number of its version."""

    name: str
    number: int


def sources_of(judged: Iterable[Judgement]) -> dict[int, Source]:
    """The source of each rule that decided, by the id of its version; one query."""
    wanted = {one.rule.version_id for one in judged if one.rule is not None}
    rows = RuleSetVersion.objects.select_related("rule_set").filter(pk__in=wanted).defer("rules")
    return {row.pk: Source(row.rule_set.label, row.number) for row in rows}


def source_of(version_id: int | None) -> Source | None:
    """The source of one version, of a claim that was judged by it."""
    if version_id is None:
        return None
    row = RuleSetVersion.objects.select_related("rule_set").filter(pk=version_id).defer("rules").first()
    return Source(row.rule_set.label, row.number) if row is not None else None


def in_words(words: Any) -> str:
    """The reason of a verdict in the reader's language."""
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    return str(words.get(language) or words.get("en") or "")


def shown_verdict(judged: Judgement, sources: dict[int, Source]) -> dict[str, Any]:
    """What `_verdict.html` shows of a judgement."""
    source = sources.get(judged.rule.version_id) if judged.rule is not None else None
    return {
        "verdict": judged.verdict,
        "label": Verdict(judged.verdict).label,
        "has_rule": judged.rule is not None,
        "words": in_words(judged.words),
        "until": judged.until,
        "source": source,
        "freight": judged.grant.freight,
        "needs_quote": judged.grant.needs_quote,
    }


# The answers that only the customer knows, in the order in which they are asked.
QUESTIONS: dict[str, Any] = {
    "is_opened": _("Has the package been opened?"),
    "is_used": _("Has it been used or activated?"),
    "is_complete": _("Is everything that came with it still there, unused?"),
}


def questions_for(facts: ApplicationFacts) -> list[str]:
    """Those whose answer changes what the policy says, whatever the answers to the others."""
    rules, zone = open_book(), company_zone()
    blank = replace(facts, is_opened=None, is_used=None, is_complete=None)
    answered = {
        "is_opened": [replace(blank, is_opened=answer) for answer in (True, False)],
        "is_used": [replace(blank, is_used=answer) for answer in (True, False)],
        "is_complete": [replace(blank, is_complete=answer) for answer in (True, False)],
    }
    return [name for name in QUESTIONS if len({_fingerprint(judge(rules, said, zone)) for said in answered[name]}) > 1]


def fingerprint(judged: Judgement) -> str:
    """What the customer saw before they sent the form: another rule, verdict or last day is another fingerprint."""
    return f"{_fingerprint(judged)}:{judged.until.isoformat() if judged.until else ''}"


def _fingerprint(judged: Judgement) -> str:
    rule = judged.rule
    return f"{judged.verdict}:{rule.version_id}:{rule.key}" if rule is not None else judged.verdict
