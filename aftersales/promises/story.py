"""What the metrics read: the claims of a ticket with their moves and visits, asked once for all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from aftersales.claims.models import Claim, ClaimMove
from aftersales.claims.querysets import ENDS
from aftersales.visits.models import OPEN_STATES, Visit
from helpdesk.core.actors import ActorKind
from tickets.sla.metrics import Facts


@dataclass(frozen=True)
class Moved:
    """One move of a claim, the opening included."""

    name: str
    to_state: str
    at: datetime
    is_customers: bool


@dataclass(frozen=True)
class Visited:
    """A visit's moments."""

    pk: int
    state: str
    asked_at: datetime
    assigned_at: datetime | None
    confirmed_at: datetime | None
    checked_in_at: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


@dataclass(frozen=True)
class Story:
    """A claim and what has happened to it, the oldest first."""

    pk: int
    kind: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    moves: list[Moved] = field(default_factory=list)
    visits: list[Visited] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.state not in ENDS

    def last(self, names: Collection[str], *, by_customer: bool | None = None) -> datetime | None:
        """When one of these moves was last made."""
        return next(
            (
                one.at
                for one in reversed(self.moves)
                if one.name in names and (by_customer is None or one.is_customers == by_customer)
            ),
            None,
        )

    def first_after(self, since: datetime, names: Collection[str] | None = None) -> datetime | None:
        """When the company first moved the claim after a moment, or made one of these moves."""
        return next(
            (
                one.at
                for one in self.moves
                if one.at > since and ((one.name in names) if names is not None else not one.is_customers)
            ),
            None,
        )

    def entered(self, state: str) -> datetime | None:
        """When the claim last came to a state."""
        return next((one.at for one in reversed(self.moves) if one.to_state == state), None)

    def spans_in(self, state: str) -> tuple[tuple[datetime, datetime | None], ...]:
        """From when to when it was in a state; the last stretch has no end while it is there."""
        found: list[tuple[datetime, datetime | None]] = []
        began: datetime | None = None
        for one in self.moves:
            if one.to_state == state and began is None:
                began = one.at
            elif one.to_state != state and began is not None:
                found.append((began, one.at))
                began = None
        return (*found, (began, None)) if began is not None else tuple(found)


def stories(facts: Facts) -> list[Story]:
    """The claims of the ticket; three queries, none for a ticket that is only being made, and none again for another metric."""
    return facts.once("aftersales.stories", _stories)


def _stories(ticket_id: int) -> list[Story]:
    if not ticket_id:
        return []
    rows = Claim.objects.filter(ticket_id=ticket_id).order_by("pk")
    found = {row[0]: Story(*row) for row in rows.values_list("pk", "kind", "state", "opened_at", "closed_at")}
    if not found:
        return []
    moves = ClaimMove.objects.filter(claim_id__in=found).order_by("pk")
    for claim_id, name, to_state, at, by in moves.values_list("claim_id", "name", "to_state", "at", "by_kind"):
        found[claim_id].moves.append(Moved(name, to_state, at, by == ActorKind.CUSTOMER))
    visits = Visit.objects.filter(claim_id__in=found).order_by("pk")
    columns = ("pk", "state", "asked_at", "assigned_at", "confirmed_at", "checked_in_at", "finished_at")
    for row in visits.values_list("claim_id", *columns):
        found[row[0]].visits.append(Visited(*row[1:]))
    return list(found.values())
