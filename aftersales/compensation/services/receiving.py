"""What customers owe us and pay: a difference in price, an accepted quote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aftersales.claims.models import Claim, ClaimKind, ClaimLine
from aftersales.claims.services.arguments import MOST_AMOUNT, money
from aftersales.claims.services.moving import changing_claim, make_move
from aftersales.compensation.errors import NothingOwed, ReceiptKnown
from aftersales.compensation.models import Receipt, ReceiptMeans
from aftersales.compensation.services.booking import book_receipt
from aftersales.compensation.services.paying import handles_money
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from tickets.services.changing import Change

# Until then the item that goes out may still be priced.
PRICED_IN = {"submitted", "in_approval", "awaiting_goods", "returning", "received", "inspected"}


def record_receipt(claim_id: int, *, amount: Any, means: str, reference: str, by: Actor) -> Receipt:
    """The customer has paid; announces receipt.recorded. With the last of what they owe, a claim that waits for payment goes
    on. The same reference and amount again is the same receipt; refuses (`NothingOwed`) more than is owed."""
    cleaned, reference = money("amount", amount), str(reference or "").replace("\x00", "").strip()[:120]
    if cleaned is None or cleaned <= 0:
        raise Invalid(fields={"amount": _("Enter an amount such as 129.90.")})
    if means not in ReceiptMeans.values:
        raise Invalid(fields={"means": _("Choose how it was paid.")})
    if not reference:
        raise Invalid(fields={"reference": _("Give the reference of the bank or the paying system.")})
    with changing_claim(claim_id, "record_receipt", by=by, sees=handles_money) as (claim, change):
        known = Receipt.objects.filter(means=means, reference=reference).first()
        if known is not None:
            return _the_same(known, claim, cleaned)
        if cleaned > claim.owed_amount:
            raise NothingOwed(
                _("The customer owes %(owed)s %(currency)s, not more.")
                % {"owed": claim.owed_amount, "currency": claim.currency},
                owed=str(claim.owed_amount),
            )
        receipt = _write(claim, cleaned, means, reference, change, by)
        if claim.owed_amount == 0 and claim.state == "awaiting_payment":
            make_move(claim, "paid", change, by=by, given={})
        else:
            claim.row_version += 1
            claim.save(update_fields=["owed_amount", "row_version"])
    return receipt


def _write(claim: Claim, amount: Decimal, means: str, reference: str, change: Change, by: Actor) -> Receipt:
    try:
        with transaction.atomic():
            receipt = Receipt.objects.create(
                claim=claim,
                amount=amount,
                currency=claim.currency,
                means=means,
                reference=reference,
                at=change.now,
                by_kind=by.kind,
                by_id=by.id,
            )
    except IntegrityError:  # recorded for another claim at the same moment
        return _the_same(Receipt.objects.get(means=means, reference=reference), claim, amount)
    book_receipt(receipt, by=by)
    claim.owed_amount -= amount
    change.announce("receipt.recorded", claim=claim.pk, receipt=receipt.pk, amount=str(amount), means=means)
    return receipt


def _the_same(known: Receipt, claim: Claim, amount: Decimal) -> Receipt:
    if known.claim_id != claim.pk or known.amount != amount:
        raise ReceiptKnown(claim=f"AS-{known.claim_id}", amount=str(known.amount))
    return known


def price_replacement(claim_id: int, line_id: int, *, price: Any, by: Actor) -> Claim:
    """Say what one of the items that go out costs; announces claim.priced. What it costs more than was paid for the old one the
    customer owes; what it costs less is paid out to them."""
    cleaned = money("price", price)
    if cleaned is None:
        raise Invalid(fields={"price": _("Enter an amount such as 129.90.")})
    with changing_claim(claim_id, "price_replacement", by=by) as (claim, change):
        if by.staff is not None and not by.staff.can(CLAIM_WORK):
            raise Forbidden
        line = claim.lines.select_related("order_line").filter(pk=line_id).first()
        if line is None:
            raise NotFound
        if claim.kind != ClaimKind.EXCHANGE or claim.state not in PRICED_IN:
            raise Invalid(fields={"price": _("An exchange is priced before its new item goes out.")})
        _set_difference(claim, line, cleaned)
        claim.row_version += 1
        claim.save(update_fields=["owed_amount", "row_version"])
        change.announce("claim.priced", claim=claim.pk, line=line.pk, difference=str(line.difference))
    return claim


def _set_difference(claim: Claim, line: ClaimLine, price: Decimal) -> None:
    count = line.replacement_quantity or line.quantity
    bought = line.order_line
    paid = Decimal(0) if bought is None else bought.paid * line.quantity / bought.quantity
    difference = (price * count - paid).quantize(Decimal("0.01"))
    before = max(line.difference, Decimal(0))
    owed = claim.owed_amount - before + max(difference, Decimal(0))
    if owed > MOST_AMOUNT:
        raise Invalid(fields={"price": _("Enter an amount such as 129.90.")})
    if owed < 0:
        raise Invalid(fields={"price": _("The customer has paid more than that already. Give it back first.")})
    line.difference, claim.owed_amount = difference, owed
    line.save(update_fields=["difference"])
