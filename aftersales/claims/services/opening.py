"""A customer applies: the claim opens on its ticket, and takes its quantities from what was bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from aftersales.claims.access import can_see
from aftersales.claims.errors import ClaimedAlready
from aftersales.claims.machines import MACHINES
from aftersales.claims.models import ABOUT_GOODS, Claim, ClaimKind, ClaimLine, ClaimMove, FilePurpose, Outcome, Reason
from aftersales.claims.querysets import ENDS
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.claims.services.details import clean_details
from aftersales.claims.services.files import attach_files, photos
from aftersales.claims.services.judging import Application, judge_application
from aftersales.claims.services.telling import tell_opened
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.plain import storable
from helpdesk.customers.models import CustomerLevel, Order, OrderLine, Product, RegisteredProduct
from tickets.access import can_see as can_see_ticket
from tickets.errors import TicketMerged
from tickets.services.changing import Change, changing
from tickets.services.files import NewFile
from tickets.services.replying import author_name

MOST_LINES = 50
# High-value customers first (F5).
_RANKS = {CustomerLevel.CORE: 10, CustomerLevel.IMPORTANT: 30, CustomerLevel.ORDINARY: 50}


@dataclass(frozen=True)
class LineDraft:
    """How many of an order line, or of a product that is known by its serial number."""

    order_line_id: int | None = None
    product_id: int | None = None
    serial: str = ""
    quantity: int = 1
    replacement_id: int | None = None


@dataclass(frozen=True)
class ClaimDraft:
    """What is applied for. `outcome` is wished for, `details` holds what the kind needs beside (an address, an invoice's
    title), `files` are photos; `external_id` makes a repeated application the same claim."""

    kind: str
    reason: str = Reason.OTHER
    words: str = ""
    order_id: int | None = None
    lines: Sequence[LineDraft] = ()
    outcome: str = ""
    asked_amount: Decimal | None = None
    details: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    external_id: str = ""
    files: Sequence[NewFile] = ()


def open_claim(ticket_id: int, draft: ClaimDraft, *, by: Actor) -> Claim:
    """Open a claim on a ticket; announces claim.opened. The same `source` and `external_id` give the same claim.

    Refuses (`ClaimedAlready`) more of a line than was bought and is not claimed, and (`Invalid`) an order or lines that are
    not this customer's.
    """
    with changing(ticket_id, "open_claim", by=by, permission=None, sees=_may_open) as change:
        known = _known_already(draft)
        if known is not None:
            if not can_see(by, known):
                raise NotFound
            return known
        files = photos(draft.files)
        claim = _new_row(change, draft)
        if files:
            claim.details["has_photos"] = True
        lines = _new_lines(change, claim, draft)
        _judge(claim, lines, change)
        _take_quantities(claim, lines)
        claim.save(force_insert=True)
        for line in lines:
            line.claim = claim
        ClaimLine.objects.bulk_create(lines)
        attach_files(claim, files, purpose=FilePurpose.APPLICATION, by=by)
        ClaimMove.objects.create(
            claim=claim,
            name="open",
            to_state=claim.state,
            at=change.now,
            by_kind=by.kind,
            by_id=by.id,
            by_name="" if by.kind == ActorKind.CUSTOMER else author_name(by),
        )
        change.announce("claim.opened", claim=claim.pk, kind=claim.kind, reason=claim.reason)
        tell_opened(claim, change)
        change.set(last_activity_at=change.now)
    return claim


def _may_open(by: Actor, ticket: Any) -> bool:
    if not can_see_ticket(by, ticket):
        return False
    if by.staff is not None and not by.staff.can(CLAIM_WORK):
        raise Forbidden
    if ticket.merged_into_id is not None:
        raise TicketMerged(merged_into=f"HD-{ticket.merged_into_id}")
    return True


def _known_already(draft: ClaimDraft) -> Claim | None:
    if not draft.external_id:
        return None
    return Claim.objects.filter(source=draft.source, external_id=draft.external_id).select_related("ticket").first()


def _new_row(change: Change, draft: ClaimDraft) -> Claim:
    if draft.kind not in ClaimKind.values:
        raise Invalid(fields={"kind": _("Choose what you apply for.")})
    if draft.reason not in Reason.values:
        raise Invalid(fields={"reason": _("Choose one of the listed reasons.")})
    if draft.outcome and draft.outcome not in Outcome.values:
        raise Invalid(fields={"outcome": _("Choose one of the listed outcomes.")})
    if len(draft.words) > MOST_WORDS:
        raise Invalid(fields={"words": _("Use at most %(most)d characters.") % {"most": MOST_WORDS}})
    ticket = change.ticket
    order = None
    if draft.order_id is not None:
        order = Order.objects.filter(pk=draft.order_id, customer_id=ticket.customer_id).first()
        if order is None:
            raise Invalid(fields={"order": _("This customer has no such order.")})
    return Claim(
        ticket=ticket,
        team_id=ticket.team_id,
        owner_id=ticket.owner_id,
        customer_id=ticket.customer_id,
        order=order,
        kind=draft.kind,
        state=MACHINES[draft.kind].start.key,
        reason=draft.reason,
        words=draft.words.replace("\x00", "").strip(),
        outcome=draft.outcome,
        details=clean_details(draft.details),
        currency=order.currency if order else "CNY",
        asked_amount=draft.asked_amount,
        rank=_RANKS[CustomerLevel(ticket.customer.level)],
        source=draft.source,
        external_id=draft.external_id,
        opened_at=change.now,
        moved_at=change.now,
    )


def _new_lines(change: Change, claim: Claim, draft: ClaimDraft) -> list[ClaimLine]:
    if len(draft.lines) > MOST_LINES:
        raise Invalid(fields={"lines": _("A claim has at most %(most)d lines.") % {"most": MOST_LINES}})
    if draft.kind in ABOUT_GOODS and not draft.lines:
        raise Invalid(fields={"lines": _("Choose what it is about.")})
    ids = [line.order_line_id for line in draft.lines if line.order_line_id is not None]
    if len(set(ids)) != len(ids):
        raise Invalid(fields={"lines": _("Name each line once.")})
    bought = {
        line.pk: line
        for line in OrderLine.objects.select_for_update(no_key=True, of=("self",))
        .select_related("product", "order")
        .filter(pk__in=ids, order_id=draft.order_id or 0)
        .order_by("pk")
    }
    lines = []
    for line in draft.lines:
        if line.quantity < 1:
            raise Invalid(fields={"lines": _("Claim at least one.")})
        if line.order_line_id is not None:
            lines.append(_bought_line(bought.get(line.order_line_id), line))
        else:
            lines.append(_own_line(line))
    return lines


def _bought_line(bought: OrderLine | None, line: LineDraft) -> ClaimLine:
    if bought is None:
        raise Invalid(fields={"lines": _("This order has no such line.")})
    return ClaimLine(
        product=bought.product,
        order_line=bought,
        serial=bought.serial or storable(line.serial)[:80],
        lot=bought.lot,
        quantity=line.quantity,
        replacement_id=line.replacement_id,
        replacement_quantity=line.quantity if line.replacement_id else 0,
    )


def _own_line(line: LineDraft) -> ClaimLine:
    product = Product.objects.filter(pk=line.product_id or 0).first()
    if product is None:
        raise Invalid(fields={"lines": _("There is no such product.")})
    return ClaimLine(product=product, serial=storable(line.serial)[:80], quantity=line.quantity)


def _judge(claim: Claim, lines: Sequence[ClaimLine], change: Change) -> None:
    """Write the policy's verdict into the claim, with the version that it was judged by."""
    application = Application(
        claim.kind, claim.reason, change.ticket.customer, claim.order, lines, claim.details, claim.asked_amount
    )
    judged = judge_application(application, change.now).whole
    claim.verdict, claim.verdict_words = judged.verdict, dict(judged.words)
    if judged.rule is not None:
        claim.rule_key, claim.rule_version_id = judged.rule.key, judged.rule.version_id
    claim.approval_sides = list(judged.grant.approvals)
    claim.settles_on_scan = judged.grant.settles_on_scan
    claim.is_on_site_free = any(line.product.is_serviced_on_site for line in lines)


def _take_quantities(claim: Claim, lines: Sequence[ClaimLine]) -> None:
    """Count what is claimed against what was bought; the caller holds the order lines' locks."""
    if claim.kind not in ABOUT_GOODS:
        return
    for line in lines:
        if line.serial:
            _require_not_claimed_otherwise(claim, line)
        bought = line.order_line
        if bought is None:
            continue
        available = bought.quantity - bought.claimed_quantity
        if line.quantity > available:
            raise ClaimedAlready(
                _("Of this line %(available)d can be claimed; the rest is in a claim already.")
                % {"available": available},
                line=bought.pk,
                available=available,
            )
        line.is_counted = True
        OrderLine.objects.filter(pk=bought.pk).update(claimed_quantity=F("claimed_quantity") + line.quantity)


def _require_not_claimed_otherwise(claim: Claim, line: ClaimLine) -> None:
    """One thing with a serial number is in one claim at a time, whether it is named by its order line or by its registration:
    what is claimed as the one is not claimed as the other beside."""
    things = RegisteredProduct.objects.filter(customer_id=claim.customer_id, product_id=line.product_id)
    list(things.filter(serial=line.serial).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    others = ClaimLine.objects.filter(
        claim__customer_id=claim.customer_id,
        claim__kind__in=ABOUT_GOODS,
        product_id=line.product_id,
        serial=line.serial,
    )
    if line.order_line_id is not None:
        others = others.filter(order_line__isnull=True)
    if others.filter(Q(is_counted=True) | (Q(order_line__isnull=True) & ~Q(claim__state__in=ENDS))).exists():
        raise ClaimedAlready(available=0)
