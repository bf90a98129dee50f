"""What a person can do with a claim now: the moves that their role makes, and what still stands against each, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.access import may_move
from aftersales.claims.machines import Machine, Move, Party
from aftersales.claims.models import Claim, Verdict
from helpdesk.core.actors import Actor, ActorKind

PARTY_WORDS: dict[Party, Any] = {
    Party.CUSTOMER: pgettext_lazy("claim party", "the customer"),
    Party.AGENT: pgettext_lazy("claim party", "the desk"),
    Party.APPROVAL: pgettext_lazy("claim party", "the approvers"),
    Party.WAREHOUSE: pgettext_lazy("claim party", "the warehouse"),
    Party.FINANCE: pgettext_lazy("claim party", "finance"),
    Party.SERVICE: pgettext_lazy("claim party", "the engineers"),
    Party.PRODUCT: pgettext_lazy("claim party", "the carrier or the system"),
}


@dataclass(frozen=True)
class Possible:
    """A move that the person may make from here; `obstacle` says why it cannot be made yet, empty when it can."""

    move: Move
    obstacle: str = ""

    @property
    def name(self) -> str:
        return self.move.name

    @property
    def label(self) -> Any:
        return self.move.label


def possible_moves(claim: Claim, by: Actor, limit: Decimal | None = None) -> list[Possible]:
    """The moves of this person, the usual way on first, those that are held up last. What named approvers alone decide is
    not among them: it has a page of its own."""
    found = [
        Possible(one, obstacle(claim, one, by))
        for one in claim.machine.from_state(claim.state)
        if may_move(by, one) and one.by != {Party.APPROVAL}
    ]
    return sorted(found, key=lambda one: (bool(one.obstacle), one.name != usual_move(claim, found, limit)))


def obstacle(claim: Claim, move: Move, by: Actor) -> str:
    """Why the move is refused whatever is filled in. A limit is no obstacle: the amount is what the form asks for."""
    assumed: dict[str, Any] = dict.fromkeys((name for name in move.asks if name != "amount"), True)
    assumed["by_staff"] = by.kind == ActorKind.STAFF
    return next((str(words) for guard in move.guards if (words := guard(claim, assumed))), "")


def is_above(claim: Claim, limit: Decimal | None) -> bool:
    """Whether what is asked for is more than somebody with this limit decides alone."""
    return limit is not None and claim.asked_amount is not None and claim.asked_amount > limit


def usual_move(claim: Claim, found: Iterable[Possible], limit: Decimal | None = None) -> str:
    """The move that the policy, the person's limit and the state suggest: the verdict's while it is undecided, else the main
    one."""
    names = {one.name for one in found if not one.obstacle}
    if (
        claim.state == "submitted"
        and is_above(claim, limit)
        and claim.verdict == Verdict.ALLOWED
        and "ask_approval" in names
    ):
        return "ask_approval"
    if claim.state == "submitted" and (wanted := _BY_VERDICT.get(claim.verdict)) in names:
        return str(wanted)
    if claim.needs_joint_approval and "ask_approval" in names:
        return "ask_approval"
    return next((one.name for one in found if one.move.is_main and not one.obstacle), "")


_BY_VERDICT: dict[str, str] = {
    Verdict.ALLOWED: "approve",
    Verdict.NEEDS_APPROVAL: "ask_approval",
    Verdict.REFUSED: "reject",
}


def suggestion(claim: Claim, limit: Decimal | None = None) -> str:
    """One sentence for whoever decides; empty when nothing is to be decided."""
    if claim.state != "submitted" or not claim.verdict or claim.machine.find("ask_approval", claim.state) is None:
        return ""
    if claim.needs_joint_approval or claim.verdict == Verdict.NEEDS_APPROVAL:
        return _("Send it for approval.")
    if claim.verdict == Verdict.REFUSED:
        return _("Reject it with the reason, or send it for approval as an exception.")
    if is_above(claim, limit):
        return _("It is above your limit: send it for approval.")
    return _("Approve it.")


def waits_for(claim: Claim) -> Any:
    """Who has to do something now, in words; empty at an end."""
    party = claim.place.waits_for
    return PARTY_WORDS[party] if party is not None else ""


def states_waiting_for(party: Party, machines: Iterable[Machine]) -> list[str]:
    """The states of these machines in which this party has to act."""
    return sorted({state.key for machine in machines for state in machine.states if state.waits_for == party})
