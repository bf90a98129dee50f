"""Payouts for finance, what customers pay, and compensation of claims."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim
from aftersales.compensation.api import output
from aftersales.compensation.api.serializers import (
    AccountSerializer,
    CompensationInputSerializer,
    CompensationSerializer,
    GrantSerializer,
    PaidSerializer,
    PayoutSerializer,
    ReasonSerializer,
    ReceiptInputSerializer,
    ReceiptSerializer,
)
from aftersales.compensation.models import Payout, PayoutState
from aftersales.compensation.services import paying
from aftersales.compensation.services.compensating import (
    Draft,
    decide_compensation,
    give_compensation,
    withdraw_compensation,
)
from aftersales.compensation.services.receiving import record_receipt
from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import CLAIM_WORK, MONEY_PAY, Scope
from helpdesk.core import keyset
from helpdesk.core.api.paging import envelope, page_size
from helpdesk.core.api.schema import PAGED, listed, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from tickets.api.views.base import read


class MoneyView(ApiView):
    """Reading needs `claims:read`, every other method `claims:write`; the owner's role counts as well."""

    required_scopes = {"GET": Scope.CLAIMS_READ, "*": Scope.CLAIMS_WRITE}


class FinanceView(MoneyView):
    """For those who pay."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The owner's role counts as well as the key's scopes."""
        super().initial(request, *args, **kwargs)
        if not owner_of(request).can(MONEY_PAY):
            raise Forbidden


def _payout(pk: int) -> Payout:
    found = Payout.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


class Payouts(FinanceView):
    """`/payouts/`."""

    @operation(
        "List payouts",
        answer=listed(PayoutSerializer),
        scope="claims:read",
        description="The oldest first. For whoever pays.",
        errors=[400],
        parameters=[
            query("state", "One state.", words=PayoutState.values),
            query("claim", "Number of the claim."),
            *PAGED,
        ],
        returns={"results": [output.PAYOUT], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page."""
        given, rows = request.query_params, Payout.objects.defer("sealed")
        if state := given.get("state"):
            if state not in PayoutState.values:
                raise Invalid(fields={"state": _("Choose from the list.")})
            rows = rows.filter(state=state)
        if claim := given.get("claim"):
            rows = rows.filter(claim_id=parse_number(claim))
        page = keyset.page(rows, given.get("cursor"), by="ordered_at", size=page_size(request), newest_first=False)
        return envelope(request, [output.payout(row) for row in page.rows], page.next)


class OnePayout(FinanceView):
    """`/payouts/{payout}/`."""

    @operation("Read a payout", answer=PayoutSerializer, scope="claims:read", errors=[404], returns=output.PAYOUT)
    def get(self, request: Request, payout: int) -> Response:
        """As it is now."""
        return Response(output.payout(_payout(payout)))


class PayoutPaid(FinanceView):
    """`/payouts/{payout}/paid/`."""

    @operation(
        "Record a payout as paid",
        request=PaidSerializer,
        answer=PayoutSerializer,
        scope="claims:write",
        description=(
            "The same again for the same reference. 409 `paid_otherwise` under another one, `payout_ended` when it was "
            "reversed."
        ),
        errors=[404],
        is_write=True,
        example={"reference": "BANK-2026-1"},
        returns=output.PAYOUT | {"state": "paid", "reference": "BANK-2026-1"},
    )
    def post(self, request: Request, payout: int) -> Response:
        """With the last payout its claim is paid out."""
        values = read(PaidSerializer, request)
        return Response(
            output.payout(paying.confirm_payout(payout, reference=values["reference"], by=actor_of(request)))
        )


class PayoutFailed(FinanceView):
    """`/payouts/{payout}/failed/`."""

    @operation(
        "Record a payout as failed",
        request=ReasonSerializer,
        answer=PayoutSerializer,
        scope="claims:write",
        description="409 `payout_ended` when it was paid.",
        errors=[404],
        is_write=True,
        example={"reason": "account closed"},
        returns=output.PAYOUT | {"state": "failed", "reason": "account closed"},
    )
    def post(self, request: Request, payout: int) -> Response:
        """Somebody orders it again, or pays it by hand."""
        values = read(ReasonSerializer, request)
        return Response(output.payout(paying.fail_payout(payout, reason=values["reason"], by=actor_of(request))))


class PayoutOrder(FinanceView):
    """`/payouts/{payout}/order/`."""

    @operation(
        "Order a payout again",
        request=AccountSerializer,
        answer=PayoutSerializer,
        scope="claims:write",
        description="A failed one under a new key, a reversed one as a new payout. 409 `payout_ended` otherwise.",
        errors=[404],
        is_write=True,
        example={"account": ""},
        returns=output.PAYOUT,
    )
    def post(self, request: Request, payout: int) -> Response:
        """Perhaps to another account."""
        values = read(AccountSerializer, request)
        return Response(output.payout(paying.retry_payout(payout, account=values.get("account"), by=actor_of(request))))


class PayoutReversal(FinanceView):
    """`/payouts/{payout}/reversal/`."""

    @operation(
        "Reverse a payout",
        request=ReasonSerializer,
        answer=PayoutSerializer,
        scope="claims:write",
        description="409 `not_enough` when the customer has spent it, `payout_ended` when it was never paid.",
        errors=[404],
        is_write=True,
        example={"reason": "bounced"},
        returns=output.PAYOUT | {"state": "reversed", "reason": "bounced"},
    )
    def post(self, request: Request, payout: int) -> Response:
        """The amount counts as not paid again."""
        values = read(ReasonSerializer, request)
        return Response(output.payout(paying.reverse_payout(payout, reason=values["reason"], by=actor_of(request))))


class Receipts(FinanceView):
    """`/claims/{claim}/receipts/`."""

    @operation(
        "Record what a customer paid",
        request=ReceiptInputSerializer,
        answer=ReceiptSerializer,
        scope="claims:write",
        description="The same again for the same reference. 409 `nothing_owed` for more than is owed, `receipt_known`.",
        errors=[404],
        is_write=True,
        example={"amount": "30.00", "means": "transfer", "reference": "T-9"},
        returns=output.RECEIPT,
    )
    def post(self, request: Request, claim: str) -> Response:
        """A claim that waits for it goes on."""
        values, found = read(ReceiptInputSerializer, request), _claim(request, claim)
        row = record_receipt(
            found.pk,
            amount=values["amount"],
            means=values["means"],
            reference=values["reference"],
            by=actor_of(request),
        )
        return Response(output.receipt(row))


def _claim(request: Request, number: str) -> Claim:
    found = Claim.objects.visible_to(owner_of(request)).filter(pk=parse_number(number)).first()
    if found is None:
        raise NotFound
    return found


class Compensations(MoneyView):
    """`/claims/{claim}/compensations/`."""

    @operation(
        "List a claim's compensations",
        answer=listed(CompensationSerializer),
        scope="claims:read",
        errors=[404],
        returns={"results": [output.COMPENSATION], "next": None},
    )
    def get(self, request: Request, claim: str) -> Response:
        """All of them, the oldest first."""
        rows = _claim(request, claim).compensations.order_by("pk")
        return envelope(request, [output.compensation(row) for row in rows], None)

    @operation(
        "Give a compensation",
        request=CompensationInputSerializer,
        answer=CompensationSerializer,
        scope="claims:write",
        description="Within the owner's limit at once; 409 `above_limit` above it, when no approver is named.",
        errors=[404],
        is_write=True,
        example={"means": "coupon", "worth": "20.00", "key": "form-1"},
        returns=output.COMPENSATION,
    )
    def post(self, request: Request, claim: str) -> Response:
        """Give it, or ask for it."""
        values, found = read(CompensationInputSerializer, request), _claim(request, claim)
        if not owner_of(request).can(CLAIM_WORK):
            raise Forbidden
        draft = Draft(
            values["means"],
            values.get("worth"),
            values["words"],
            values.get("rule"),
            values.get("approver"),
            values["key"],
        )
        return Response(output.compensation(give_compensation(found.pk, draft, by=actor_of(request))))


class Grant(MoneyView):
    """`/compensations/{compensation}/decision/`."""

    @operation(
        "Decide about a compensation",
        request=GrantSerializer,
        answer=CompensationSerializer,
        scope="claims:write",
        description="Only the named approver decides, once: 409 `compensation_decided` afterwards.",
        errors=[404],
        is_write=True,
        example={"is_granted": True},
        returns=output.COMPENSATION,
    )
    def post(self, request: Request, compensation: int) -> Response:
        """Yes or no."""
        values = read(GrantSerializer, request)
        row = decide_compensation(
            compensation, is_granted=values["is_granted"], words=values["words"], by=actor_of(request)
        )
        return Response(output.compensation(row))


class Withdrawal(MoneyView):
    """`/compensations/{compensation}/withdrawal/`."""

    @operation(
        "Withdraw a compensation that waits for approval",
        answer=CompensationSerializer,
        scope="claims:write",
        description="409 `compensation_decided` when it was decided.",
        errors=[404],
        is_write=True,
        returns=output.COMPENSATION | {"state": "withdrawn"},
    )
    def post(self, request: Request, compensation: int) -> Response:
        """It is not asked for any more."""
        return Response(output.compensation(withdraw_compensation(compensation, by=actor_of(request))))
