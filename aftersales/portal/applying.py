"""A customer applies: one transaction opens the ticket with what they wrote, and the claim with its photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from aftersales.claims.models import Claim, ClaimKind, Reason
from aftersales.claims.services.judging import Application, gather
from aftersales.claims.services.opening import ClaimDraft, open_claim
from aftersales.policy.book import open_book
from aftersales.policy.calc import Judgement, judge
from aftersales.policy.facts import ApplicationFacts
from aftersales.portal.things import Thing
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_zone
from helpdesk.core.errors import NotFound
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Customer, Identity
from tickets.intake.accounts import portal_account
from tickets.intake.arrival import Arrival
from tickets.intake.services import receive
from tickets.models import Kind
from tickets.services.files import NewFile

SOURCE = "portal"
KIND_OF_TICKET = {
    ClaimKind.RETURN: Kind.RETURN,
    ClaimKind.EXCHANGE: Kind.RETURN,
    ClaimKind.REFUND_ONLY: Kind.RETURN,
    ClaimKind.MISSING_PARTS: Kind.RETURN,
    ClaimKind.REPAIR: Kind.REPAIR,
    ClaimKind.INSTALLATION: Kind.TECHNICAL,
    ClaimKind.DELIVERY_INSTALLATION: Kind.LOGISTICS,
    ClaimKind.ADDRESS_CHANGE: Kind.LOGISTICS,
    ClaimKind.COMPLAINT: Kind.COMPLAINT,
}
_PAID_BACK = frozenset({ClaimKind.RETURN, ClaimKind.REFUND_ONLY})


@dataclass(frozen=True)
class Applied:
    """What the customer filled in. `token` is the form's own, so that sending it twice makes one claim."""

    thing: Thing
    kind: str
    reason: str
    token: str
    quantity: int = 1
    words: str = ""
    outcome: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    photos: Sequence[NewFile] = ()
    replacement_id: int | None = None

    @property
    def paid(self) -> Decimal:
        """What the customer paid for this many; nothing for a thing without an order."""
        line = self.thing.line
        if line is None:
            return Decimal(0)
        return (line.paid * self.quantity / line.quantity).quantize(Decimal("0.01"))

    @property
    def asked_amount(self) -> Decimal | None:
        """What is asked for in money, for the kinds that are about money."""
        if self.kind == ClaimKind.PRICE_PROTECTION:
            return Decimal(str(self.details.get("price_drop") or 0))
        return self.paid if self.kind in _PAID_BACK and self.paid > 0 else None


def facts_applied(customer: Customer, applied: Applied, *, has_photos: bool) -> ApplicationFacts:
    """What rules look at, exactly as they will when it is sent; five queries, writes nothing."""
    application = Application(
        applied.kind,
        applied.reason,
        customer,
        applied.thing.order,
        [applied.thing.as_claimed(applied.quantity)],
        applied.details | {"has_photos": has_photos},
        applied.asked_amount,
    )
    return gather(application, clock.now())[0]


def judge_facts(facts: ApplicationFacts) -> Judgement:
    """What the policy says of them now."""
    return judge(open_book(), facts, company_zone())


def external_id_of(customer: Customer, applied: Applied) -> str:
    """What makes the same form, sent twice, one claim: nobody else's form can have it."""
    return f"{customer.pk}:{applied.token}"


@transaction.atomic
def apply_for(
    customer: Customer, identity: Identity, applied: Applied, *, text: str, subject: str, language: str
) -> Claim:
    """Open the ticket and the claim, or give the claim that this form made before.

    `text` is what stands in the conversation. Locks sender → customer → ticket → order lines, as every way in does; refuses
    what `open_claim` refuses, and then leaves no ticket behind.
    """
    by = Actor.of_customer(customer, origin="portal")
    external_id = external_id_of(customer, applied)
    received = receive(
        Arrival(
            account=portal_account(),
            known=[Known(identity.kind, identity.value, identity.scope)],
            text=text,
            subject=subject,
            name=customer.name,
            language=language,
            author_address=identity.value,
            external_id=f"claim:{external_id}",
            kind=KIND_OF_TICKET.get(ClaimKind(applied.kind), Kind.OTHER),
        ),
        by=by,
    )
    thing = applied.thing
    draft = ClaimDraft(
        kind=applied.kind,
        reason=applied.reason or Reason.OTHER,
        words=applied.words,
        order_id=thing.order.pk if thing.order is not None else None,
        lines=[thing.as_draft(applied.quantity, applied.replacement_id)],
        outcome=applied.outcome,
        asked_amount=applied.asked_amount,
        details=applied.details,
        source=SOURCE,
        external_id=external_id,
        files=applied.photos,
    )
    return open_claim(received.ticket.pk, draft, by=by)


def identity_of(customer: Customer, identity: Identity) -> Identity:
    """The identity that the customer signed in with, or another of theirs when their profile was merged meanwhile."""
    known = list(customer.identities.order_by("-is_primary", "pk"))
    found = next((one for one in known if one.pk == identity.pk), None) or next(iter(known), None)
    if found is None:
        raise NotFound
    return found
