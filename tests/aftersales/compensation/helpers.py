"""Claims on their way to a payout."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.test import Client

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from helpdesk.accounts.models import Staff
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Job
from helpdesk.customers.models import LedgerAccount, OrderLine, OrderPayment
from tests.aftersales.factories import make_claim


def refund_claim(amount: str = "100.00", **fields: Any) -> Claim:
    """A refund-only claim over one of two things that cost 100 each, approved."""
    claim = make_claim("refund_only", **fields)
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    return move_claim(claim.pk, "approve", by=SYSTEM, arguments={"amount": amount})


def settling_claim(amount: str = "100.00", *, payout: Any = None, **fields: Any) -> Claim:
    """The same, with its payout ordered."""
    claim = refund_claim(amount, **fields)
    return move_claim(claim.pk, "settle", by=SYSTEM, arguments={"payout": payout})


def pay_order(line: OrderLine, **amounts: str) -> list[OrderPayment]:
    """How an order was paid, by method."""
    return [
        OrderPayment.objects.create(
            order=line.order, method=method, amount=Decimal(amount), bearer="Province" if method == "subsidy" else ""
        )
        for method, amount in amounts.items()
    ]


def balance(kind: str, unit: str = "CNY", customer: Any = None) -> Decimal:
    """What a ledger account holds."""
    row = LedgerAccount.objects.filter(kind=kind, unit=unit, customer=customer).first()
    return row.balance if row else Decimal(0)


def run_jobs() -> None:
    """What a worker does."""
    for job in Job.objects.filter(state="ready").order_by("pk"):
        leasing.run(Job, job.pk)


def signed_in(staff: Staff) -> Client:
    """The person's browser."""
    client = Client()
    client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
    return client
