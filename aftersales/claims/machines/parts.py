"""Stretches of a claim's life that several kinds share, each written once."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import guards
from aftersales.claims.machines import states as s
from aftersales.claims.machines.definition import Move, Party, State, move

DESK = (Party.AGENT, Party.PRODUCT)


def deciding(approved: State) -> tuple[Move, ...]:
    """From the application to the decision. Above an agent's limit the claim goes to named approvers, jointly."""
    return (
        move(
            "approve",
            pgettext_lazy("claim", "Approve"),
            s.SUBMITTED.key,
            approved.key,
            DESK,
            guards=(guards.within_limit, guards.verdict_allows),
            asks=("outcome", "amount", "note"),
            tells="approved",
            is_main=True,
        ),
        move(
            "ask_approval",
            pgettext_lazy("claim", "Send for approval"),
            s.SUBMITTED.key,
            s.IN_APPROVAL.key,
            DESK,
            asks=("outcome", "amount", "approvers", "note"),
            tells="in_approval",
        ),
        move(
            "approve",
            pgettext_lazy("claim", "Approve"),
            s.IN_APPROVAL.key,
            approved.key,
            Party.APPROVAL,
            guards=(guards.all_approved,),
            tells="approved",
        ),
        move(
            "return_to_desk",
            pgettext_lazy("claim", "Give back to the desk"),
            s.IN_APPROVAL.key,
            s.SUBMITTED.key,
            (Party.APPROVAL, Party.AGENT),
            asks=("note",),
        ),
        move(
            "reject",
            pgettext_lazy("claim", "Reject"),
            (s.SUBMITTED.key, s.IN_APPROVAL.key),
            s.REJECTED.key,
            (Party.AGENT, Party.APPROVAL),
            asks=("refusal", "words"),
            tells="rejected",
        ),
        move(
            "appeal",
            pgettext_lazy("claim", "Object"),
            s.REJECTED.key,
            s.SUBMITTED.key,
            (Party.CUSTOMER, Party.AGENT),
            asks=("words",),
            guards=(guards.first_appeal,),
        ),
        move(
            "close",
            pgettext_lazy("claim", "Close"),
            s.REJECTED.key,
            s.REFUSED.key,
            (Party.AGENT, Party.CUSTOMER, Party.PRODUCT),
        ),
    )


def withdrawing(*sources: State) -> Move:
    """The customer thinks better of it, as long as nothing of ours is on its way."""
    return move(
        "cancel",
        pgettext_lazy("claim", "Withdraw"),
        [source.key for source in sources],
        s.CANCELLED.key,
        (Party.CUSTOMER, Party.AGENT),
        asks=("note",),
        tells="cancelled",
    )


def goods_back() -> tuple[Move, ...]:
    """The goods come back, are received and looked at; a claim whose goods never come expires."""
    return (
        move(
            "send_back",
            pgettext_lazy("claim", "Goods are on the way"),
            s.AWAITING_GOODS.key,
            s.RETURNING.key,
            (Party.CUSTOMER, Party.AGENT, Party.PRODUCT),
            asks=("parcel",),
            tells="returning",
            is_main=True,
        ),
        move(
            "hand_in",
            pgettext_lazy("claim", "Handed in"),
            s.AWAITING_GOODS.key,
            s.RECEIVED.key,
            (Party.WAREHOUSE, Party.SERVICE),
            asks=("received",),
            tells="received",
        ),
        move(
            "expire",
            pgettext_lazy("claim", "Expire"),
            s.AWAITING_GOODS.key,
            s.EXPIRED.key,
            Party.PRODUCT,
            guards=(guards.goods_overdue,),
            tells="expired",
        ),
        move(
            "receive",
            pgettext_lazy("claim", "Goods received"),
            s.RETURNING.key,
            s.RECEIVED.key,
            Party.WAREHOUSE,
            asks=("received",),
            tells="received",
            is_main=True,
        ),
        move(
            "inspect",
            pgettext_lazy("claim", "Inspected"),
            s.RECEIVED.key,
            s.INSPECTED.key,
            (Party.WAREHOUSE, Party.SERVICE),
            asks=("inspection", "files"),
            is_main=True,
        ),
    )


def after_inspection() -> tuple[Move, ...]:
    """What came is in another condition than the decision assumed: less is given, with the reason; or, where it does not
    qualify at all, it goes back to the customer."""
    return (
        move(
            "regrade",
            pgettext_lazy("claim", "Decide anew"),
            s.INSPECTED.key,
            s.INSPECTED.key,
            Party.AGENT,
            guards=(guards.within_what_was_granted,),
            asks=("outcome", "amount", "words"),
            tells="regraded",
        ),
        move(
            "turn_down",
            pgettext_lazy("claim", "Send back to the customer"),
            s.INSPECTED.key,
            s.SENDING_BACK.key,
            Party.AGENT,
            asks=("refusal", "words", "parcel"),
            tells="turned_down",
        ),
        move(
            "arrive_back",
            pgettext_lazy("claim", "Arrived at the customer"),
            s.SENDING_BACK.key,
            s.REJECTED.key,
            (Party.PRODUCT, Party.AGENT),
        ),
    )


def paying_out(*sources: State, tells: str = "settling", is_main: bool = True) -> tuple[Move, ...]:
    """Money, credit, points or a card: ordered, confirmed by who paid, confirmed by the customer."""
    return (
        move(
            "settle",
            pgettext_lazy("claim", "Pay out"),
            [source.key for source in sources],
            s.SETTLING.key,
            DESK,
            asks=("payout",),
            guards=(guards.amount_covered, guards.settles_by_rule),
            tells=tells,
            is_main=is_main,
        ),
        move(
            "settled",
            pgettext_lazy("claim", "Paid out"),
            s.SETTLING.key,
            s.SETTLED.key,
            (Party.FINANCE, Party.PRODUCT),
            guards=(guards.payout_done,),
            tells="settled",
            is_main=True,
        ),
        closing(s.SETTLED),
        reopening(s.SETTLED),
    )


def sending(source: State, *, is_main: bool = True) -> tuple[Move, ...]:
    """A replacement, a part or the mended thing goes out and arrives."""
    return (
        move(
            "order_dispatch",
            pgettext_lazy("claim", "Order the dispatch"),
            source.key,
            s.DISPATCHING.key,
            DESK,
            guards=(guards.nothing_owed,),
            is_main=is_main,
        ),
        move(
            "dispatch",
            pgettext_lazy("claim", "Dispatched"),
            s.DISPATCHING.key,
            s.DISPATCHED.key,
            Party.WAREHOUSE,
            asks=("parcel",),
            tells="dispatched",
            is_main=True,
        ),
        move(
            "deliver",
            pgettext_lazy("claim", "Delivered"),
            s.DISPATCHED.key,
            s.DELIVERED.key,
            (Party.PRODUCT, Party.AGENT, Party.CUSTOMER),
            tells="delivered",
        ),
        closing(s.DELIVERED),
        reopening(s.DELIVERED),
    )


def closing(*sources: State) -> Move:
    """The loop is closed: the customer says so, or nobody objects within the days of the setting."""
    return move(
        "confirm",
        pgettext_lazy("claim", "Confirm"),
        [source.key for source in sources],
        s.CLOSED.key,
        (Party.CUSTOMER, Party.AGENT, Party.PRODUCT),
        tells="closed",
        guards=(guards.record_complete,),
        is_main=True,
    )


def reopening(*sources: State) -> Move:
    """It is not solved: back to the desk, with what the customer says."""
    return move(
        "dispute",
        pgettext_lazy("claim", "Not solved"),
        [source.key for source in sources],
        s.SUBMITTED.key,
        (Party.CUSTOMER, Party.AGENT),
        asks=("words",),
        tells="reopened",
    )


def quoting(*sources: State, quoted: State, accepted: State) -> tuple[Move, ...]:
    """What is not free is quoted, and nothing is done before the customer has accepted and paid (F8)."""
    return (
        move(
            "quote",
            pgettext_lazy("claim", "Send a quote"),
            [source.key for source in sources],
            quoted.key,
            (Party.AGENT, Party.SERVICE),
            asks=("quote",),
            guards=(guards.free_on_site,),
            tells="quoted",
        ),
        move(
            "accept_quote",
            pgettext_lazy("claim", "Accept the quote"),
            quoted.key,
            accepted.key,
            (Party.CUSTOMER, Party.AGENT),
            tells="quote_accepted",
            is_main=True,
        ),
        move(
            "decline_quote",
            pgettext_lazy("claim", "Decline the quote"),
            quoted.key,
            s.REJECTED.key,
            (Party.CUSTOMER, Party.AGENT),
            asks=("note",),
            tells="quote_declined",
        ),
    )


def visiting(*sources: State, done: State) -> tuple[Move, ...]:
    """An engineer comes. The visit itself (slots, route, parts, signature) is a record of its own, which makes these moves."""
    return (
        move(
            "ask_visit",
            pgettext_lazy("claim", "Arrange a visit"),
            [source.key for source in sources],
            s.AWAITING_VISIT.key,
            DESK,
            tells="choose_slot",
        ),
        move(
            "arrange",
            pgettext_lazy("claim", "Visit arranged"),
            s.AWAITING_VISIT.key,
            s.VISIT_ARRANGED.key,
            (Party.CUSTOMER, Party.AGENT, Party.PRODUCT),
            asks=("slot",),
            tells="visit_arranged",
            is_main=True,
        ),
        move(
            "rearrange",
            pgettext_lazy("claim", "Arrange another time"),
            s.VISIT_ARRANGED.key,
            s.AWAITING_VISIT.key,
            (Party.CUSTOMER, Party.AGENT, Party.SERVICE, Party.PRODUCT),
            asks=("note",),
            tells="choose_slot",
        ),
        *quoting(s.VISIT_ARRANGED, quoted=s.QUOTED_ON_SITE, accepted=s.VISIT_ARRANGED),
        move(
            "finish_visit",
            pgettext_lazy("claim", "Visit done"),
            s.VISIT_ARRANGED.key,
            done.key,
            Party.SERVICE,
            guards=(guards.visit_done, guards.nothing_owed),
            tells="visit_done",
            is_main=True,
        ),
        closing(done),
        reopening(done),
    )
