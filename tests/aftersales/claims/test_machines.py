"""The definitions hang together, and the database allows exactly their steps."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from aftersales.claims.machines import MACHINES, Machine, MachineError, Party, State, Step
from aftersales.claims.machines.definition import move
from aftersales.claims.models import Claim, ClaimKind, Transition
from aftersales.claims.querysets import ENDS
from aftersales.claims.services.arguments import CLEANERS, TAKEN_ABOVE
from aftersales.claims.services.telling import WORDS
from tests.aftersales.factories import make_claim

A = State("a", "A", Step.APPLIED, Party.AGENT)
END = State("end", "End", Step.CLOSED, None, ends=True)


def test_each_kind_of_claim_has_a_machine() -> None:
    assert set(MACHINES) == set(ClaimKind.values)


def test_states_end_where_the_indexes_say() -> None:
    ends = {state.key for machine in MACHINES.values() for state in machine.states if state.ends}
    assert ends == set(ENDS)


def test_what_moves_ask_for_and_tell_is_known() -> None:
    for machine in MACHINES.values():
        for one in machine.moves:
            assert set(one.asks) <= CLEANERS.keys() | TAKEN_ABOVE, one.name
            assert not one.tells or one.tells in WORDS, one.name


def test_every_state_that_waits_for_somebody_has_a_way_out_for_them() -> None:
    for machine in MACHINES.values():
        for state in machine.states:
            if state.waits_for is None:
                continue
            able = {party for one in machine.from_state(state.key) for party in one.by}
            # what the customer does outside (a payment, a parcel) the product hears of
            assert able & {state.waits_for, Party.PRODUCT}, (machine.kind, state.key)


@pytest.mark.parametrize(
    ("states", "moves", "words"),
    [
        ((A, A), (), "listed twice"),
        ((A, END), (move("x", "X", "a", "nowhere", Party.AGENT),), "no state of it"),
        ((A, END), (), "nothing leads"),
        ((A, END), (move("x", "X", "a", "end", Party.AGENT), move("x", "X", "a", "a", Party.AGENT)), "leaves a twice"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(states: tuple, moves: tuple, words: str) -> None:
    with pytest.raises(MachineError, match=words):
        Machine("wrong", states, moves)


@pytest.mark.django_db
def test_the_database_refuses_a_step_that_the_machine_has_not() -> None:
    claim = make_claim()
    with pytest.raises(IntegrityError, match="does not go from"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(state="settled")
    claim.refresh_from_db()
    assert claim.state == "submitted"


@pytest.mark.django_db
def test_the_transitions_of_the_database_are_those_of_the_machines() -> None:
    kept = set(Transition.objects.values_list("kind", "from_state", "to_state"))
    assert kept == {(kind, *step) for kind, machine in MACHINES.items() for step in machine.transitions}
