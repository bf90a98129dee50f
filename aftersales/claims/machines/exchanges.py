"""Exchange: the goods come back, another item goes out; a dearer one is paid for first, for a cheaper one money goes back."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import guards, parts
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Machine, Party, move

EXCHANGE = Machine(
    "exchange",
    states=(
        s.SUBMITTED,
        s.IN_APPROVAL,
        s.AWAITING_GOODS,
        s.RETURNING,
        s.RECEIVED,
        s.INSPECTED,
        s.AWAITING_PAYMENT,
        s.DISPATCHING,
        s.DISPATCHED,
        s.DELIVERED,
        s.SETTLING,
        s.SETTLED,
        s.SENDING_BACK,
        s.REJECTED,
        s.CLOSED,
        s.REFUSED,
        s.CANCELLED,
        s.EXPIRED,
    ),
    moves=(
        *parts.deciding(s.AWAITING_GOODS),
        *parts.goods_back(),
        *parts.sending(s.INSPECTED),
        move(
            "ask_payment",
            pgettext_lazy("claim", "Ask for the difference"),
            s.INSPECTED.key,
            s.AWAITING_PAYMENT.key,
            parts.DESK,
            guards=(guards.owes_difference,),
            tells="pay_difference",
        ),
        move(
            "paid",
            pgettext_lazy("claim", "Paid"),
            s.AWAITING_PAYMENT.key,
            s.DISPATCHING.key,
            (Party.FINANCE, Party.PRODUCT),
            guards=(guards.is_paid,),
            is_main=True,
        ),
        # nothing to exchange it for, or the customer would rather have the money
        *parts.paying_out(s.INSPECTED, s.AWAITING_PAYMENT, is_main=False),
        *parts.after_inspection(),
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.AWAITING_GOODS),
    ),
)
