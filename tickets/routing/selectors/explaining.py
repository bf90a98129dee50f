"""Why a ticket is with somebody, or with nobody yet; and who would get it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.core import clock
from tickets.models import Ticket
from tickets.routing.book import open_book
from tickets.routing.calc import (
    Candidate,
    Waiting,
    lane_of,
    load_kind_of_ticket,
    order_for,
    reasons_for,
    tally,
    why_not,
)
from tickets.routing.models import ENDED, AccountOwner, Offer, OfferState, QueueEntry, QueueSettings, Strategy
from tickets.routing.selectors.floor import people_of
from tickets.routing.selectors.waiting import asked_lately, last_agents


@dataclass(frozen=True)
class Verdict:
    """One person of the team: their place in the order (1 is the next), or why they do not come into question."""

    person: Candidate
    place: int | None
    obstacle: str
    reasons: list[dict[str, Any]]


@dataclass(frozen=True)
class Explained:
    """A dry run of the matcher for one ticket; nothing is written."""

    waiting: Waiting
    strategy: str
    verdicts: list[Verdict]
    counts: dict[str, int]

    @property
    def chosen(self) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if verdict.place == 1), None)


def explain_ticket(ticket: Ticket, *, now: datetime | None = None) -> Explained:
    """Who would get this ticket if it waited now, and why each other would not; seven queries. A queue that people work by
    hand is explained as if it looked for the most room."""
    now = now or clock.now()
    queue = QueueSettings.objects.filter(team_id=ticket.team_id).first()
    strategy = queue.strategy if queue and queue.strategy != Strategy.MANUAL else Strategy.LEAST_LOADED
    waiting = waiting_of(ticket, now)
    people = people_of(now=now, team_ids=[ticket.team_id])
    fitting = sorted((one for one in people if not why_not(waiting, one)), key=order_for(waiting, strategy))
    verdicts = [
        Verdict(person, place, "", reasons_for(waiting, person, strategy)) for place, person in enumerate(fitting, 1)
    ]
    verdicts += [Verdict(one, None, code, []) for one in people if (code := why_not(waiting, one))]
    return Explained(waiting, strategy, verdicts, tally(waiting, people))


def waiting_of(ticket: Ticket, now: datetime) -> Waiting:
    """The ticket as the matcher sees it."""
    needs = open_book().needs_of(team_id=ticket.team_id, kind=ticket.kind, language=ticket.language, tags=ticket.tags)
    owner = AccountOwner.objects.filter(customer_id=ticket.customer_id).values_list("staff_id", flat=True).first()
    return Waiting(
        ticket.pk,
        ticket.team_id,
        load_kind_of_ticket(ticket),
        lane_of(ticket.customer.level),
        needs,
        owner,
        last_agents([ticket.customer_id]).get(ticket.customer_id),
        asked_lately([ticket.pk], now).get(ticket.pk, frozenset()),
    )


def latest_offer(ticket: Any) -> Offer | None:
    """What the matcher did last with a ticket: the offer that is open, or the one by which its owner got it; one query."""
    rows = Offer.objects.filter(ticket_id=ticket.pk).select_related("staff").order_by("-pk")
    if ticket.owner_id is not None:
        return rows.filter(state__in=ENDED, staff_id=ticket.owner_id).first()
    return rows.filter(state=OfferState.OPEN).first()


def entry_of(ticket: Any) -> QueueEntry | None:
    return QueueEntry.objects.filter(ticket_id=ticket.pk).first()
