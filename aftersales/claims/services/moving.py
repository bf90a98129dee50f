"""The one way in which a claim moves.

A verb names a move; then, in one transaction: ticket and claim are locked, the machine says whether the state has such a
move, guards and higher rooms may refuse (nothing is written yet), the claim's columns and the move's row are written, the
higher rooms write theirs, the customer is told in the ticket's conversation, and the ticket's clocks follow. Lock order
everywhere: tickets by id → claims by id → order lines by id → clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from aftersales.claims.access import can_see, may_move
from aftersales.claims.errors import ClaimChanged, MoveNotPossible, MoveRefused
from aftersales.claims.machines import Move
from aftersales.claims.models import Claim, ClaimMove, FilePurpose
from aftersales.claims.services.arguments import clean_arguments
from aftersales.claims.services.effects import take_effect
from aftersales.claims.services.files import PURPOSE_OF_MOVE, attach_files
from aftersales.claims.services.telling import tell_customer
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Forbidden, NotFound
from tickets.errors import TicketMerged
from tickets.services.changing import Change, changing
from tickets.services.replying import author_name

# Tickets that a claim is handed on to while somebody waits for it.
_MOST_MERGES = 5


@dataclass
class Moving:
    """A move that is about to be made on a locked claim. `arguments` are clean; `data` is what the move's row keeps of them
    (no personal value); `change` is the change of the ticket that the move is a part of."""

    claim: Claim
    move: Move
    by: Actor
    now: datetime
    change: Change
    arguments: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    # what a higher room adds to the customer's message, by the name that the words use; asked in the customer's language
    told: dict[str, Callable[[], str]] = field(default_factory=dict)

    @property
    def came_from(self) -> str:
        return self._came_from

    def __post_init__(self) -> None:
        self._came_from = self.claim.state


class ClaimParticipant(Protocol):
    """A higher room that takes part in moves (settings.CLAIM_PARTICIPANTS)."""

    def check(self, moving: Moving) -> None:
        """Refuse (raise `Refused`) before any write, or say nothing."""

    def apply(self, moving: Moving) -> None:
        """Write rows of its own room and its columns of the locked claim; never call a verb."""


@lru_cache(maxsize=1)
def claim_participants() -> tuple[ClaimParticipant, ...]:
    """The participants in the order of the setting, made once per process."""
    return tuple(import_string(path)() for path in settings.CLAIM_PARTICIPANTS)


@contextmanager
def changing_claim(
    claim_id: int, verb: str, *, by: Actor, sees: Callable[[Actor, Claim], bool] = can_see
) -> Iterator[tuple[Claim, Change]]:
    """Lock a claim's ticket, then the claim, for somebody who may see it; what the block writes is one transaction with what
    the ticket's change writes at its end.

    A merge may hand the claim to another ticket between the look at it and the lock: then the other ticket is locked, so that
    nothing written here takes the claim back to the ticket that it has left.
    """
    for _attempt in range(_MOST_MERGES):
        ticket_id = Claim.objects.filter(pk=claim_id).values_list("ticket_id", flat=True).first()
        if ticket_id is None:
            raise NotFound
        with ExitStack() as held:
            opened = changing(ticket_id, verb, by=by, permission=None, sees=lambda actor, ticket: True)
            try:
                change = held.enter_context(opened)
            except TicketMerged:
                if Claim.objects.filter(pk=claim_id, ticket_id=ticket_id).exists():
                    raise
                continue
            locked = Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("customer", "order")
            claim = locked.get(pk=claim_id)
            if claim.ticket_id != ticket_id:
                continue
            claim.ticket = change.ticket
            if not sees(by, claim):
                raise NotFound
            yield claim, change
            return
    raise ClaimChanged


def move_claim(
    claim_id: int,
    name: str,
    *,
    by: Actor,
    arguments: Mapping[str, Any] | None = None,
    row_version: int | None = None,
) -> Claim:
    """Make the move of this name; announces claim.moved.

    Refuses (`MoveNotPossible`) when the claim's state has no such move, (`Forbidden`) when the actor is none of those who
    make it, (`MoveRefused`) when a guard says no, (`ClaimChanged`) when the claim moved since `row_version`, and (`Invalid`)
    arguments that are missing or wrong.
    """
    with changing_claim(claim_id, "move_claim", by=by) as (claim, change):
        if row_version is not None and row_version != claim.row_version:
            raise ClaimChanged(row_version=claim.row_version)
        make_move(claim, name, change, by=by, given=arguments or {})
    return claim


def make_move(claim: Claim, name: str, change: Change, *, by: Actor, given: Mapping[str, Any]) -> None:
    """The move as a part of a change that the caller has opened on the claim's ticket."""
    move = claim.machine.find(name, claim.state)
    if move is None:
        raise MoveNotPossible(state=claim.state, possible=[one.name for one in claim.machine.from_state(claim.state)])
    if not may_move(by, move):
        raise Forbidden
    arguments = clean_arguments(claim, move, given, by=by)
    moving = Moving(claim, move, by, change.now, change, arguments)
    for guard in move.guards:
        if words := guard(claim, arguments):
            raise MoveRefused(words, move=name)
    for participant in claim_participants():
        participant.check(moving)
    take_effect(moving)
    _write(moving)
    for participant in claim_participants():
        participant.apply(moving)
    claim.save()
    tell_customer(moving)


def _write(moving: Moving) -> None:
    claim, move, now = moving.claim, moving.move, moving.now
    claim.state, claim.moved_at = move.target, now
    claim.closed_at = now if claim.place.ends else None
    claim.row_version += 1
    row = ClaimMove.objects.create(
        claim=claim,
        name=move.name,
        from_state=moving.came_from,
        to_state=move.target,
        at=now,
        by_kind=moving.by.kind,
        by_id=moving.by.id,
        by_name="" if moving.by.kind == ActorKind.CUSTOMER else author_name(moving.by),
        words=moving.arguments.get("words", ""),
        note=moving.arguments.get("note", ""),
        data=moving.data,
    )
    if files := moving.arguments.get("files"):
        purpose = PURPOSE_OF_MOVE.get(move.name, FilePurpose.WORK)
        attach_files(claim, files, purpose=purpose, by=moving.by, move=row)
    moving.change.announce(
        "claim.moved",
        claim=claim.pk,
        kind=claim.kind,
        move=move.name,
        state=[moving.came_from, move.target],
        amount=str(claim.approved_amount) if claim.approved_amount is not None else None,
    )
    moving.change.set(last_activity_at=now)
