"""Installation of what was delivered, and delivery with installation in one (送装一体), which waits for the delivery first."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import parts
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Machine, Party, move

_VISIT = (s.AWAITING_VISIT, s.VISIT_ARRANGED, s.QUOTED_ON_SITE, s.AWAITING_PARTS, s.INSTALLED)
_ENDS = (s.REJECTED, s.CLOSED, s.REFUSED, s.CANCELLED)
_PARTS = (
    move(
        "wait_for_parts",
        pgettext_lazy("claim", "Wait for parts"),
        s.VISIT_ARRANGED.key,
        s.AWAITING_PARTS.key,
        Party.SERVICE,
        asks=("part",),
        tells="awaiting_parts",
    ),
    move(
        "visit_again",
        pgettext_lazy("claim", "Arrange another visit"),
        s.AWAITING_PARTS.key,
        s.AWAITING_VISIT.key,
        (Party.AGENT, Party.SERVICE, Party.PRODUCT),
        is_main=True,
    ),
)
INSTALLATION = Machine(
    "installation",
    states=(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED, *_VISIT, *_ENDS),
    moves=(
        *parts.deciding(s.APPROVED),
        *parts.visiting(s.APPROVED, done=s.INSTALLED),
        *_PARTS,
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED, s.AWAITING_VISIT, s.VISIT_ARRANGED),
    ),
)
DELIVERY_INSTALLATION = Machine(
    "delivery_installation",
    states=(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED, s.AWAITING_DELIVERY, *_VISIT, *_ENDS),
    moves=(
        *parts.deciding(s.APPROVED),
        move(
            "await_delivery",
            pgettext_lazy("claim", "Wait for the delivery"),
            s.APPROVED.key,
            s.AWAITING_DELIVERY.key,
            parts.DESK,
        ),
        *parts.visiting(s.APPROVED, s.AWAITING_DELIVERY, done=s.INSTALLED),
        *_PARTS,
        parts.withdrawing(s.SUBMITTED, s.IN_APPROVAL, s.APPROVED, s.AWAITING_DELIVERY, s.AWAITING_VISIT),
    ),
)
