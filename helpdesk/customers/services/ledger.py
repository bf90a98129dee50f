"""Booking: the only way into the ledger. A booking is idempotent by its key, and never changed, only reversed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Refused
from helpdesk.customers.models import Customer, LedgerAccount, LedgerEntry, LedgerTransaction


class NotEnough(Refused):
    """A customer's account does not hold what is to be taken from it; `balance` is what it holds."""

    code = "not_enough"
    status = 409
    message = _("There is not enough on this account.")


class BookedOtherwise(Conflict):
    """The key was used for another booking."""

    code = "booked_otherwise"
    message = _("This was booked before with other amounts.")


@dataclass(frozen=True)
class Side:
    """An amount on an account, positive or negative."""

    kind: str
    unit: str
    amount: Decimal
    customer: Customer | None = None


@transaction.atomic
def book(
    key: str,
    sides: Sequence[Side],
    *,
    reason: str,
    by: Actor,
    subject: tuple[str, int] | None = None,
) -> LedgerTransaction:
    """Book the sides together. The same key and sides give the booking that is there; refuses (`BookedOtherwise`) the same
    key with others, (`NotEnough`) more than a customer's account holds. Locks the accounts by id."""
    _check(sides)
    known = LedgerTransaction.objects.filter(key=key).first()
    if known is not None:
        return _the_same(known, sides)
    accounts = _lock_accounts(sides)
    try:
        with transaction.atomic():
            made = LedgerTransaction.objects.create(
                key=key,
                reason=reason,
                subject_kind=subject[0] if subject else "",
                subject_id=subject[1] if subject else None,
                by_kind=by.kind,
                by_id=by.id,
                at=clock.now(),
            )
    except IntegrityError:  # somebody booked the same key at the same moment
        return _the_same(LedgerTransaction.objects.get(key=key), sides)
    _enter(made, [(accounts[_key(side)], side.amount) for side in sides])
    return made


@transaction.atomic
def reverse(key: str, *, by: Actor, reason: str = "reversal") -> LedgerTransaction:
    """Undo a booking by its opposite, once; refuses (`NotEnough`) when the customer has spent it meanwhile."""
    original = LedgerTransaction.objects.select_for_update().get(key=key)
    known = LedgerTransaction.objects.filter(reverses=original).first()
    if known is not None:
        return known
    entries = list(original.entries.order_by("account_id"))
    accounts = {
        account.pk: account
        for account in LedgerAccount.objects.select_for_update(no_key=True)
        .filter(pk__in=[entry.account_id for entry in entries])
        .order_by("pk")
    }
    made = LedgerTransaction.objects.create(
        key=f"{key}/reversal"[:120],
        reason=reason,
        subject_kind=original.subject_kind,
        subject_id=original.subject_id,
        by_kind=by.kind,
        by_id=by.id,
        at=clock.now(),
        reverses=original,
    )
    _enter(made, [(accounts[entry.account_id], -entry.amount) for entry in entries])
    return made


def _check(sides: Sequence[Side]) -> None:
    sums: dict[str, Decimal] = {}
    for side in sides:
        sums[side.unit] = sums.get(side.unit, Decimal(0)) + side.amount
    if len(sides) < 2 or any(sums.values()):
        raise ValueError(f"a booking's sides add up to nought, not to {sums}")


def _key(side: Side) -> tuple[str, int | None, str]:
    return side.kind, side.customer.pk if side.customer else None, side.unit


def _lock_accounts(sides: Sequence[Side]) -> dict[tuple[str, int | None, str], LedgerAccount]:
    wanted = {_key(side) for side in sides}
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(kind=kind, customer_id=customer, unit=unit) for kind, customer, unit in sorted(wanted, key=str)],
        ignore_conflicts=True,
    )
    same = Q()
    for kind, customer, unit in wanted:
        same |= (
            Q(kind=kind, unit=unit, customer_id__isnull=True)
            if customer is None
            else Q(kind=kind, unit=unit, customer_id=customer)
        )
    ids = list(LedgerAccount.objects.filter(same).values_list("pk", flat=True))
    locked = LedgerAccount.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {(row.kind, row.customer_id, row.unit): row for row in locked}


def _enter(made: LedgerTransaction, amounts: Sequence[tuple[LedgerAccount, Decimal]]) -> None:
    entries = []
    for account, amount in amounts:
        account.balance += amount
        if account.customer_id is not None and account.balance < 0:
            raise NotEnough(balance=str(account.balance - amount), unit=account.unit)
        entries.append(LedgerEntry(transaction=made, account=account, amount=amount, balance_after=account.balance))
    for account in {account.pk: account for account, _amount in amounts}.values():
        account.save(update_fields=["balance"])
    LedgerEntry.objects.bulk_create(entries)


def _the_same(known: LedgerTransaction, sides: Sequence[Side]) -> LedgerTransaction:
    booked = sorted(
        (entry.account.kind, entry.account.customer_id or 0, entry.account.unit, entry.amount)
        for entry in known.entries.select_related("account")
    )
    wanted = sorted((side.kind, side.customer.pk if side.customer else 0, side.unit, side.amount) for side in sides)
    if booked != wanted:
        raise BookedOtherwise(key=known.key)
    return known
