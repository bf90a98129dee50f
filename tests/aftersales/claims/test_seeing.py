"""Who sees which claims: the claim's own copy of its ticket's team and owner says exactly what the ticket says."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aftersales.claims.access import can_see
from aftersales.claims.models import Claim
from aftersales.claims.querysets import sees_every_claim, viewers
from aftersales.selectors.listing import BOARD_SIZE, OPEN_STATES, ClaimFilter, board, claim_rows
from aftersales.selectors.reaching import BY_RANK, counted, nearest
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Refused
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Ticket, Watcher
from tickets.querysets import seen_by
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.merging import merge_tickets

pytestmark = pytest.mark.django_db
ROLES = ["agent", "agent", "lead", "warehouse", "finance", "supervisor", "engineer"]
STEPS = ["assign", "free", "transfer", "merge", "watch", "lead", "raw"]
_nth = count(1)


def by_the_ticket(staff: Staff) -> set[int]:
    """What the person sees when each claim's ticket is asked, without the copy."""
    if not staff.is_active:
        return set()
    if sees_every_claim(staff):
        return set(Claim.objects.values_list("pk", flat=True))
    seen = Q(handler_id=staff.pk)
    if staff.can(CLAIM_WORK):
        seen |= seen_by(staff, "ticket_id")
    for viewer in viewers.values():
        seen |= viewer(staff)
    return set(Claim.objects.filter(seen).values_list("pk", flat=True))


def walk(step: str, ticket: Ticket, other: Ticket, staff: Staff) -> None:
    """One thing that moves a ticket or a claim between people."""
    if step in {"assign", "free"}:
        assign_ticket(ticket.pk, to=staff if step == "assign" else None, by=SYSTEM)
    elif step == "transfer":
        transfer_ticket(ticket.pk, team=other.team, by=SYSTEM)
    elif step == "merge":
        merge_tickets(ticket.pk, other.pk, by=SYSTEM)
    elif step == "watch":
        Watcher.objects.get_or_create(ticket=ticket, staff=staff)
    elif step == "lead":
        Claim.objects.filter(ticket=ticket).update(handler=staff)
    else:
        # not even a statement of somebody who knows nothing of claims leaves the copy behind
        Ticket.objects.filter(pk=ticket.pk).update(team=other.team, owner=staff)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_person_sees_exactly_the_claims_that_their_tickets_say(data: Any) -> None:
    run = next(_nth)
    teams = [make_team(f"Team {run} {nth}") for nth in range(3)]
    people = []
    for nth, role in enumerate(ROLES):
        member_of = data.draw(st.sets(st.sampled_from(range(3))))
        people.append(make_staff(f"p{run}-{nth}", role=role, teams=tuple(teams[one] for one in sorted(member_of))))
    values = {"address": f"walks{run}@customer.example"}
    tickets = [make_ticket(team=team, subject=f"Matter {nth}", **values) for team in teams for nth in range(2)]
    customer = tickets[0].customer
    for ticket in tickets:
        make_claim(ticket=ticket, line=make_order(customer))
    for _ in range(data.draw(st.integers(1, 6))):
        step, ticket, other = data.draw(st.sampled_from(STEPS)), *data.draw(st.permutations(tickets))[:2]
        # a refused step leaves nothing behind, which is what is looked at
        with suppress(Refused):
            walk(step, ticket, other, data.draw(st.sampled_from(people)))
    for claim in Claim.objects.select_related("ticket"):
        assert (claim.team_id, claim.owner_id) == (claim.ticket.team_id, claim.ticket.owner_id)
    for person in Staff.objects.filter(pk__in=[one.pk for one in people]):
        wanted = by_the_ticket(person)
        assert set(Claim.objects.visible_to(person).values_list("pk", flat=True)) == wanted
        assert {claim.pk for claim in Claim.objects.all() if can_see(Actor.of_staff(person), claim)} == wanted
        rows = Claim.objects.open()
        found = nearest(rows, person, states=OPEN_STATES, order=BY_RANK, size=500)
        assert [one.pk for one in found] == sorted(one.pk for one in found)
        assert {one.pk for one in found} == wanted
        assert set(claim_rows(person, ClaimFilter(), None, size=500).ids) == wanted
        assert sum(counted(rows, person, states=OPEN_STATES, most=500).values()) == len(wanted)
        # all of them wait for the desk, and a column shows so many
        assert sum(len(column.rows) for column in board(person, ClaimFilter(), {})) == min(len(wanted), BOARD_SIZE)


def test_nobody_who_left_sees_a_claim() -> None:
    team = make_team()
    make_claim(ticket=make_ticket(team=team))
    gone = make_staff("gone", teams=(team,), is_active=False)
    assert claim_rows(gone, ClaimFilter(), None).ids == []
    assert counted(Claim.objects.open(), gone, states=OPEN_STATES, most=5) == {}
