"""Money takes part in the moves of claims: limits before a decision, quotes, payouts, and what is given back at an end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.errors import MoveRefused
from aftersales.claims.machines import Guard, guards
from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.arguments import MOST_AMOUNT, money
from aftersales.claims.services.moving import Moving
from aftersales.compensation.errors import AbovePaid
from aftersales.compensation.limits import bounds_of
from aftersales.compensation.models.means import OF_REFUNDS, Means
from aftersales.compensation.refundable import MONEY_OUTCOMES, USUAL_OUTCOME, most_granted
from aftersales.compensation.services.ordering import (
    MEANS_OF_OUTCOME,
    Wish,
    order_difference,
    order_refund,
    return_receipts,
)
from aftersales.compensation.services.paying import is_complete, settle_soon
from aftersales.compensation.suggesting import suggested_amount
from helpdesk.core.errors import Invalid

MOST_QUOTE_LINES, MOST_LABEL, MOST_ACCOUNT = 30, 120, 120
# Where a claim ends without the customer getting what they may have paid for.
_WITHOUT = {"cancelled", "refused", "expired"}
_GRANTING = {"approve", "ask_approval", "regrade"}
# Guards that know the limit of whoever decides only here.
_LIMITED = (guards.within_limit, guards.within_what_was_granted)


class Money:
    """Takes part in every move; most concern it not."""

    def check(self, moving: Moving) -> None:
        """Limits, amounts that were never paid, quotes and means that make no sense are refused."""
        name, arguments = moving.move.name, moving.arguments
        if name in _GRANTING and "amount" in moving.move.asks:
            _complete(moving)
        for guard in _LIMITED:
            if guard in moving.move.guards:
                _within_limit(moving, guard)
        if "quote" in moving.move.asks:
            arguments["quote"] = clean_quote(moving.claim, arguments.get("quote"))
            moving.data["quote"] = arguments["quote"]["total"]
        if "payout" in moving.move.asks:
            arguments["payout"] = clean_wish(moving.claim, arguments.get("payout"))
            moving.data["payout"] = str(arguments["payout"].means)

    def apply(self, moving: Moving) -> None:
        """Order what is to be paid, and give back what was paid for nothing."""
        claim = moving.claim
        if moving.move.name == "settle":
            order_refund(claim, moving.arguments["payout"], moving.change, by=moving.by)
            _give_back(moving)
            if is_complete(claim):
                settle_soon(claim)
        elif moving.move.target == "dispatching" and claim.kind == ClaimKind.EXCHANGE:
            order_difference(claim, moving.change, by=moving.by)
        elif moving.move.target in _WITHOUT:
            _give_back(moving)


def _complete(moving: Moving) -> None:
    """What nobody said is taken from the kind of claim and from what was paid; what is above that is refused."""
    claim, arguments = moving.claim, moving.arguments
    said = arguments.get("outcome") or claim.outcome or claim.details.get("outcome", "")
    outcome = said or USUAL_OUTCOME.get(claim.kind, "")
    if outcome and not said:
        arguments["outcome"] = str(outcome)
    amount = guards.amount_granted(claim, arguments)
    if outcome not in MONEY_OUTCOMES and not amount:
        return
    if amount is None:
        amount = arguments["amount"] = suggested_amount(claim)
    most = most_granted(claim)
    if amount > most:
        words = _("%(amount)s %(currency)s is more than was paid for it and has not gone back: at most %(most)s.")
        values = {"amount": amount, "currency": claim.currency, "most": most}
        raise AbovePaid(words % values, fields={"amount": words % values}, most=str(most))


def _within_limit(moving: Moving, guard: Guard) -> None:
    moving.arguments["limit"] = bounds_of(moving.by).refund
    if words := guard(moving.claim, moving.arguments):
        raise MoveRefused(words, move=moving.move.name)


def _give_back(moving: Moving) -> None:
    claim = moving.claim
    claim.owed_amount = Decimal(0)
    return_receipts(claim, moving.change, by=moving.by)


def clean_wish(claim: Claim, given: Any) -> Wish:
    """How it is to be paid: what was chosen, else by the outcome, else money."""
    usual = MEANS_OF_OUTCOME.get(claim.outcome, Means.MONEY)  # type: ignore[call-overload]
    if not given:
        return Wish(usual)
    if not isinstance(given, Mapping):
        raise Invalid(fields={"payout": _("Choose how it is paid out.")})
    means = given.get("means") or usual
    if means not in OF_REFUNDS:
        raise Invalid(fields={"payout": _("Choose how it is paid out.")})
    account = str(given.get("account") or "").replace("\x00", "").strip()
    if len(account) > MOST_ACCOUNT:
        raise Invalid(fields={"payout": _("Use at most %(most)d characters.") % {"most": MOST_ACCOUNT}})
    return Wish(Means(means), account)


def clean_quote(claim: Claim, given: Any) -> dict[str, Any]:
    """Lines with a label and an amount, added up; amounts as text, since the quote is kept as JSON."""
    rows = given.get("lines") if isinstance(given, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows or len(rows) > MOST_QUOTE_LINES:
        raise Invalid(fields={"quote": _("Write at least one line, with what it is and what it costs.")})
    lines, total = [], Decimal(0)
    for row in rows:
        label = str(row.get("label") or "").replace("\x00", "").strip() if isinstance(row, Mapping) else ""
        amount = money("quote", row.get("amount")) if isinstance(row, Mapping) else None
        if not label or len(label) > MOST_LABEL or amount is None:
            raise Invalid(fields={"quote": _("Write at least one line, with what it is and what it costs.")})
        lines.append({"label": label, "amount": f"{amount:.2f}"})
        total += amount
    if total > MOST_AMOUNT or claim.owed_amount + total > MOST_AMOUNT:
        raise Invalid(fields={"quote": _("Enter an amount such as 129.90.")})
    if not total:
        raise Invalid(fields={"quote": _("A quote of nothing needs no quote.")})
    return {"lines": lines, "total": f"{total:.2f}", "currency": claim.currency}
