"""What an outlet is owed for a work order: made once with its end, checked, and paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from aftersales.claims.services.arguments import money
from aftersales.outlets.access import require_outlet
from aftersales.outlets.errors import SettledAlready
from aftersales.outlets.models import (
    LineKind,
    Rate,
    Settlement,
    SettlementLine,
    SettlementState,
    StockMove,
    Terms,
    WorkOrder,
    WorkState,
)
from aftersales.visits.models import Visit, VisitState
from helpdesk.accounts.permissions import MONEY_PAY
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from tickets.services.changing import Change

OPEN = {SettlementState.DUE, SettlementState.DISPUTED}


def finish_work(order: WorkOrder, change: Change) -> Settlement:
    """End a work order that the caller has locked, and write its settlement; announces work.done."""
    assert order.outlet_id is not None, "accepted by somebody"
    order.state, order.ended_at = WorkState.DONE, change.now
    order.save(update_fields=["state", "ended_at"])
    terms = Terms.objects.filter(outlet_id=order.outlet_id).first()
    settlement = Settlement.objects.create(
        work_order=order,
        outlet_id=order.outlet_id,
        currency=terms.currency if terms else "CNY",
        made_at=change.now,
    )
    lines = [*_labour(order), *_parts(order)]
    for line in lines:
        line.settlement, line.at = settlement, change.now
    SettlementLine.objects.bulk_create(lines)
    settlement.total = sum((line.amount for line in lines), Decimal(0))
    settlement.save(update_fields=["total"])
    change.announce(
        "work.done", claim=order.claim_id, work_order=order.pk, outlet=order.outlet_id, settlement=settlement.pk
    )
    return settlement


def _labour(order: WorkOrder) -> list[SettlementLine]:
    """By the outlet's own rate for this kind of claim, else the general one; the way is paid for each finished visit."""
    rates = Rate.objects.filter(kind=order.claim.kind)
    rate = rates.filter(outlet=order.outlet).first() or rates.filter(outlet=None).first()
    if rate is None:
        return []
    made = Visit.objects.filter(claim=order.claim, outlet=order.outlet, state=VisitState.FINISHED).count()
    found = []
    if rate.labour:
        found.append(_line(LineKind.LABOUR, order.claim.get_kind_display(), 1, rate.labour))
    if rate.travel:
        found.append(_line(LineKind.TRAVEL, "", max(made, 1), rate.travel))
    return found


def _parts(order: WorkOrder) -> list[SettlementLine]:
    """Parts of the outlet's own that it used for the claim, less what it put back."""
    used = (
        StockMove.objects.filter(claim=order.claim, stock__outlet=order.outlet)
        .values("stock__product__name", "stock__product__sku", "stock__unit_price")
        .annotate(used=Sum("quantity"))
        .order_by("stock__product__sku")
    )
    return [
        _line(
            LineKind.PART,
            f"{row['stock__product__sku']} {row['stock__product__name']}"[:200],
            -row["used"],
            row["stock__unit_price"],
        )
        for row in used
        if row["used"] < 0 and row["stock__unit_price"]
    ]


def _line(kind: LineKind, words: str, quantity: int, unit_price: Decimal) -> SettlementLine:
    return SettlementLine(
        kind=kind, words=words, quantity=quantity, unit_price=unit_price, amount=quantity * unit_price
    )


def correct_settlement(settlement_id: int, *, amount: Any, words: str, by: Actor) -> Settlement:
    """Add or take away something, with the reason; announces settlement.corrected. It never goes below nothing."""
    require_finance(by)
    words = words.replace("\x00", "").strip()[:200]
    negative = str(amount).strip().startswith("-")
    value = money("amount", str(amount).strip().removeprefix("-"))
    if not value:
        raise Invalid(fields={"amount": _("Enter an amount such as 129.90.")})
    if not words:
        raise Invalid(fields={"words": _("Write a few words.")})
    value = -value if negative else value
    with transaction.atomic():
        settlement = _locked(settlement_id, OPEN)
        if settlement.total + value < 0:
            raise Invalid(fields={"amount": _("A settlement does not go below nothing.")})
        line = _line(LineKind.CORRECTION, words, 1, value)
        line.settlement, line.by_id, line.at = settlement, by.id, clock.now()
        line.save()
        settlement.total += value
        settlement.save(update_fields=["total"])
        _tell("settlement.corrected", settlement, by, amount=str(value))
    return settlement


@transaction.atomic
def agree_settlement(settlement_id: int, *, by: Actor) -> Settlement:
    """Finance has checked it: it may be paid; announces settlement.agreed."""
    require_finance(by)
    settlement = _locked(settlement_id, OPEN)
    settlement.state, settlement.agreed_at, settlement.agreed_by_id = SettlementState.AGREED, clock.now(), by.id
    settlement.save(update_fields=["state", "agreed_at", "agreed_by_id"])
    _tell("settlement.agreed", settlement, by)
    return settlement


@transaction.atomic
def dispute_settlement(settlement_id: int, *, words: str, by: Actor) -> Settlement:
    """The outlet says that it is not right; announces settlement.disputed. What was paid is paid."""
    words = words.replace("\x00", "").strip()[:300]
    if not words:
        raise Invalid(fields={"words": _("Say what is not right.")})
    outlet_id = Settlement.objects.filter(pk=settlement_id).values_list("outlet_id", flat=True).first()
    if outlet_id is None:
        raise NotFound
    require_outlet(by, outlet_id)
    settlement = _locked(settlement_id, {*OPEN, SettlementState.AGREED})
    settlement.state, settlement.words = SettlementState.DISPUTED, words
    settlement.save(update_fields=["state", "words"])
    _tell("settlement.disputed", settlement, by)
    return settlement


@transaction.atomic
def pay_settlement(settlement_id: int, *, reference: str, by: Actor) -> Settlement:
    """Finance has paid it under a reference of the bank's; announces settlement.paid. Never twice."""
    require_finance(by)
    reference = reference.replace("\x00", "").strip()[:80]
    if not reference:
        raise Invalid(fields={"reference": _("Give the reference of the payment.")})
    settlement = _locked(settlement_id, {SettlementState.AGREED})
    settlement.state, settlement.paid_at, settlement.paid_by_id = SettlementState.PAID, clock.now(), by.id
    settlement.reference = reference
    settlement.save(update_fields=["state", "paid_at", "paid_by_id", "reference"])
    _tell("settlement.paid", settlement, by, amount=str(settlement.total))
    return settlement


def note_export(state: str, count: int, *, by: Actor) -> None:
    """Announce settlements.exported: who took the outlets' accounts and amounts out of the product."""
    require_finance(by)
    announce(Announcement("settlements.exported", "settlement", 0, data={"state": state, "count": count}), by=by)


def require_finance(by: Actor) -> None:
    """`Forbidden` for everybody who does not pay."""
    if by.staff is not None and not by.staff.can(MONEY_PAY):
        raise Forbidden


def _locked(settlement_id: int, states: set[SettlementState]) -> Settlement:
    settlement = Settlement.objects.select_for_update(no_key=True).filter(pk=settlement_id).first()
    if settlement is None:
        raise NotFound
    if settlement.state not in states:
        if settlement.state == SettlementState.DUE:
            raise SettledAlready(_("This settlement has to be agreed first."))
        if settlement.state == SettlementState.DISPUTED:
            raise SettledAlready(_("The outlet disputes this settlement. Agree it anew first."))
        raise SettledAlready
    return settlement


def _tell(name: str, settlement: Settlement, by: Actor, **data: Any) -> None:
    announce(
        Announcement(name, "settlement", settlement.pk, data={"outlet": settlement.outlet_id, **data}),
        by=by,
        at=clock.now(),
    )
