"""Random walks over claims of every kind: legal moves go through, illegal ones are refused and leave nothing behind."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.claims.errors import MoveNotPossible, MoveRefused
from aftersales.claims.machines import MACHINES
from aftersales.claims.models import ABOUT_GOODS, Cause, CauseGroup, Claim, ClaimMove
from aftersales.claims.services.moving import move_claim
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Refused
from helpdesk.core.models import Event
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_ticket
from tickets.models import Message

NAMES = sorted({one.name for machine in MACHINES.values() for one in machine.moves} | {"nothing_such"})


def arguments_for(claim: Claim) -> dict[str, Any]:
    """Something for every argument that any move asks for."""
    lines = [line.pk for line in claim.lines.all()]
    return {
        "words": "Because.",
        "refusal": "too_late",
        "note": "As said on the phone",
        "plan": "Replace the pump",
        "cause": "pump",
        "agreement": True,
        "amount": "80.00",
        "outcome": "",
        "invoice": {"kind": "personal", "title": "Li Na"},
        "invoice_number": "INV-1",
        "received": dict.fromkeys(map(str, lines), 1),
        "inspection": {str(pk): {"condition": "used", "damaged": 0} for pk in lines},
        "quote": {"total": Decimal("0.00")},
        "part": {"product": claim.loaded_lines[0].product.sku, "quantity": 1},
        "approvers": {"business": Staff.objects.get(username="approves").pk},
    }


@pytest.mark.django_db
@pytest.mark.req("F4", "no state skipped")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    kind=st.sampled_from(sorted(MACHINES)), names=st.lists(st.sampled_from(NAMES), max_size=14), seed=st.integers(0, 9)
)
def test_a_random_walk_keeps_the_claim_right(kind: str, names: list[str], seed: int) -> None:
    Cause.objects.get_or_create(key="pump", defaults={"group": CauseGroup.QUALITY, "name": "Pump"})
    if not Staff.objects.filter(username="approves").exists():
        make_staff("approves", role="approver")
    ticket = make_ticket()
    line = make_order(ticket.customer)
    claim = make_claim(kind, ticket=ticket, line=line)
    Claim.objects.filter(pk=claim.pk).update(handler=make_staff())
    chance = random.Random(seed)
    for name in names:
        claim = Claim.objects.get(pk=claim.pk)
        usual = [one.name for one in claim.machine.from_state(claim.state)]
        # half of the steps are drawn from what is possible, so that walks get far
        wanted = chance.choice(usual) if usual and chance.random() < 0.5 else name
        _step(claim, wanted)
    _holds(Claim.objects.get(pk=claim.pk), line.pk)


def _step(claim: Claim, name: str) -> None:
    before = (claim.state, claim.row_version, ClaimMove.objects.count(), Event.objects.count())
    legal = claim.machine.find(name, claim.state)
    refusal: Refused | None = None
    try:
        moved = move_claim(claim.pk, name, by=SYSTEM, arguments=arguments_for(claim))
    except Refused as error:
        refusal = error
    if refusal is not None:
        assert isinstance(refusal, MoveNotPossible) == (legal is None)
        after = Claim.objects.get(pk=claim.pk)
        assert (after.state, after.row_version, ClaimMove.objects.count(), Event.objects.count()) == before
    else:
        assert legal is not None
        assert moved.state == legal.target
        assert moved.row_version == before[1] + 1


def _holds(claim: Claim, line_id: int) -> None:
    moves = list(claim.moves.order_by("pk"))
    assert moves[0].name == "open"
    for earlier, later in pairwise(moves):
        assert later.from_state == earlier.to_state
        assert (later.from_state, later.to_state) in claim.machine.transitions
    assert moves[-1].to_state == claim.state
    assert (claim.closed_at is not None) == claim.place.ends
    line = claim.lines.get()
    bought = line.order_line
    assert bought is not None
    assert bought.pk == line_id
    taken = line.quantity if line.is_counted else 0
    assert bought.claimed_quantity == taken
    if claim.kind in ABOUT_GOODS and claim.state not in {"cancelled", "refused", "expired"} and not claim.place.ends:
        assert taken == line.quantity


@pytest.mark.django_db
@pytest.mark.req("F4", "no state skipped")
def test_after_the_inspection_less_can_be_given_but_not_more_than_was_approved_jointly() -> None:
    claim = make_claim("return")
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    for name, arguments in (
        ("approve", {"outcome": "refund", "amount": "100.00"}),
        ("send_back", {}),
        ("receive", {"received": {claim.loaded_lines[0].pk: 1}}),
        ("inspect", {"inspection": {claim.loaded_lines[0].pk: {"condition": "damaged", "damaged": 1}}}),
    ):
        claim = move_claim(claim.pk, name, by=SYSTEM, arguments=arguments)
    Claim.objects.filter(pk=claim.pk).update(approval_sides=["business"])
    claim = move_claim(claim.pk, "regrade", by=SYSTEM, arguments={"amount": "60.00", "words": "The door is broken."})
    assert (claim.state, claim.approved_amount) == ("inspected", Decimal("60.00"))
    assert "60.00" in Message.objects.filter(ticket=claim.ticket_id).latest("pk").text
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "regrade", by=SYSTEM, arguments={"amount": "90.00", "words": "Sorry."})
