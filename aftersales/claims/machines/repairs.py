"""Repair: in the workshop, or by a visit; out of warranty with a quote that the customer accepts first."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import guards, parts
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Machine, Party, move

REPAIR = Machine(
    "repair",
    states=(
        s.SUBMITTED,
        s.IN_APPROVAL,
        s.APPROVED,
        s.AWAITING_GOODS,
        s.RETURNING,
        s.RECEIVED,
        s.INSPECTED,
        s.QUOTED,
        s.AWAITING_VISIT,
        s.VISIT_ARRANGED,
        s.QUOTED_ON_SITE,
        s.REPAIRING,
        s.AWAITING_PARTS,
        s.REPAIRED,
        s.DISPATCHING,
        s.DISPATCHED,
        s.DELIVERED,
        s.INSTALLED,
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
        *parts.deciding(s.APPROVED),
        move(
            "ask_goods",
            pgettext_lazy("claim", "Ask for the thing to be sent in"),
            s.APPROVED.key,
            s.AWAITING_GOODS.key,
            parts.DESK,
            tells="send_in",
            is_main=True,
        ),
        *parts.goods_back(),
        *parts.visiting(s.APPROVED, done=s.INSTALLED),
        *parts.quoting(s.INSPECTED, quoted=s.QUOTED, accepted=s.REPAIRING),
        move(
            "repair",
            pgettext_lazy("claim", "Start the repair"),
            s.INSPECTED.key,
            s.REPAIRING.key,
            (Party.SERVICE, Party.WAREHOUSE, Party.AGENT),
            guards=(guards.nothing_owed,),
            is_main=True,
        ),
        move(
            "wait_for_parts",
            pgettext_lazy("claim", "Wait for parts"),
            (s.REPAIRING.key, s.VISIT_ARRANGED.key),
            s.AWAITING_PARTS.key,
            (Party.SERVICE, Party.WAREHOUSE),
            asks=("part",),
            tells="awaiting_parts",
        ),
        move(
            "parts_came",
            pgettext_lazy("claim", "Parts have come"),
            s.AWAITING_PARTS.key,
            s.REPAIRING.key,
            (Party.SERVICE, Party.WAREHOUSE, Party.PRODUCT),
            is_main=True,
        ),
        move(
            "visit_again",
            pgettext_lazy("claim", "Arrange another visit"),
            s.AWAITING_PARTS.key,
            s.AWAITING_VISIT.key,
            (Party.AGENT, Party.SERVICE),
        ),
        move(
            "repaired",
            pgettext_lazy("claim", "Repaired"),
            s.REPAIRING.key,
            s.REPAIRED.key,
            (Party.SERVICE, Party.WAREHOUSE),
            asks=("work",),
            tells="repaired",
            is_main=True,
        ),
        *parts.sending(s.REPAIRED),
        # not worth mending: the money back, or the thing back as it is
        *parts.paying_out(s.INSPECTED, s.REPAIRING, s.QUOTED, is_main=False),
        *parts.after_inspection(),
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED, s.AWAITING_GOODS, s.AWAITING_VISIT),
    ),
)
