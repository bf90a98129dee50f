"""What an agent's desk shows of routing: their presence, their capacities and load, and what is on offer to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from helpdesk.accounts.models import Presence, PresenceState, Staff, WorkProfile
from helpdesk.accounts.permissions import REPLY
from helpdesk.core import clock
from tickets.models import Ticket
from tickets.routing.calc import Candidate, load_kind_of_ticket
from tickets.routing.models import Offer, OfferState
from tickets.routing.selectors.floor import KINDS, allowed, people_of, role_capacities
from tickets.routing.words import capacity_text, load_text, reasons_of

# More offers at once than anybody reads; an offer that is not shown cannot be taken.
MOST_CARDS = 50


@dataclass(frozen=True)
class Mine:
    """The person's presence as the menu shows it: `most` is what their lead allows, `chosen` what they take of it."""

    state: str
    is_overtime: bool
    is_on_shift: bool
    may_take: bool
    most: dict[str, int]
    chosen: dict[str, int]
    used: dict[str, int]

    @property
    def capacity(self) -> str:
        return capacity_text(self.chosen)

    @property
    def loads(self) -> list[str]:
        return [load_text(kind, self.used.get(kind, 0), self.chosen[kind]) for kind in self.chosen if self.chosen[kind]]


def presence_of(staff: Staff) -> Mine:
    """The person's own presence, whoever they are; six queries at most."""
    presence = Presence.objects.filter(staff_id=staff.pk).first()
    own = WorkProfile.objects.filter(staff_id=staff.pk).values_list("chats", "calls", "mails").first()
    most = allowed(role_capacities().get(staff.role, (0, 0, 0)), own or (None, None, None))
    me = next(iter(people_of(now=clock.now(), staff_ids=[staff.pk])), None) or Candidate(
        staff.pk, staff.name, frozenset()
    )
    return Mine(
        presence.state if presence else PresenceState.OFFLINE,
        bool(presence and presence.is_overtime),
        me.is_on_shift,
        staff.can(REPLY) and bool(staff.team_ids),
        most,
        me.most or {str(kind): 0 for kind in KINDS},
        me.used,
    )


def open_offers(staff: Staff) -> list[dict[str, Any]]:
    """What is on offer to the person, the one that ends first at the top, with why; two queries, one more for skills.
    An offer of a team that they have left since is over for them before the matcher has noticed."""
    rows = Offer.objects.filter(staff_id=staff.pk, state=OfferState.OPEN, expires_at__gt=clock.now())
    rows = rows.filter(ticket__in=Ticket.objects.all().visible_to(staff))
    rows = rows.select_related("ticket__customer").order_by("expires_at", "pk")
    return [
        {
            "offer": row,
            "ticket": row.ticket,
            "why": reasons_of(row, reader_id=staff.pk),
            "seconds": int((row.expires_at - row.offered_at).total_seconds()) if row.expires_at else 0,
        }
        for row in rows[:MOST_CARDS]
    ]


def loads_in_words(ticket: Ticket, staff_ids: Collection[int]) -> dict[int, str]:
    """How much each of these people carries of the ticket's kind, for whoever chooses one; four queries."""
    if not staff_ids:
        return {}
    kind = load_kind_of_ticket(ticket)
    people = people_of(now=clock.now(), staff_ids=staff_ids)
    return {person.id: load_text(kind, person.used.get(kind, 0), person.most.get(kind, 0)) for person in people}


def state_of(staff: Staff) -> str:
    """The chosen state, for the dot on the rail; one query."""
    state = Presence.objects.filter(staff_id=staff.pk).values_list("state", flat=True).first()
    return state or PresenceState.OFFLINE
