"""What a claim's life is made of: states, moves between them, and the machine of one kind of claim.

A machine is data. The verbs (`aftersales.claims.services.moving`) carry moves out, the pages ask which are possible now, the
database refuses any other step, and the diagrams of the documentation are drawn from the same definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aftersales.claims.models import Claim


class Party(StrEnum):
    """Who makes a move; what a person of the staff needs for it is a permission (`PERMISSION_OF`)."""

    CUSTOMER = "customer"
    AGENT = "agent"
    APPROVAL = "approval"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    SERVICE = "service"
    PRODUCT = "product"


class Step(StrEnum):
    """What the customer's stepper shows; several states share one."""

    APPLIED = "applied"
    DECIDED = "decided"
    GOODS_BACK = "goods_back"
    CHECKED = "checked"
    ARRANGED = "arranged"
    DONE_WORK = "done_work"
    SENT = "sent"
    SETTLED = "settled"
    CLOSED = "closed"


@dataclass(frozen=True)
class State:
    """A place where a claim waits. `waits_for` is who has to do something now; `ends` that nobody has."""

    key: str
    label: Any
    step: Step
    waits_for: Party | None
    ends: bool = False


# Says why a move may not be made now (in the reader's language), or nothing. It reads the locked claim and the arguments.
Guard = Callable[["Claim", dict[str, Any]], Any]


@dataclass(frozen=True)
class Move:
    """A verb that takes a claim from one of `sources` to `target`.

    `by`: who may make it. `guards` are asked in their order, the first refusal counts. `asks` names the arguments that the
    move needs (their forms and checks stand in `aftersales.claims.arguments`). `tells` names the message that goes to the
    customer, empty when they are told nothing; `is_main` marks the usual way on, which a page shows as its first button.
    """

    name: str
    label: Any
    sources: tuple[str, ...]
    target: str
    by: frozenset[Party]
    guards: tuple[Guard, ...] = ()
    asks: tuple[str, ...] = ()
    tells: str = ""
    is_main: bool = False


def move(
    name: str,
    label: Any,
    sources: str | Iterable[str],
    target: str,
    by: Party | Iterable[Party],
    **rest: Any,
) -> Move:
    """A move, with a single source or party written without brackets."""
    return Move(
        name,
        label,
        (sources,) if isinstance(sources, str) else tuple(sources),
        target,
        frozenset((by,) if isinstance(by, Party) else by),
        **rest,
    )


class MachineError(ValueError):
    """A definition that contradicts itself; raised when the module is imported, never later."""


@dataclass(frozen=True)
class Machine:
    """The life of one kind of claim: its states in the order of the stepper, the first is where it starts, and its moves."""

    kind: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise MachineError(f"{self.kind}: {problem}")

    @property
    def start(self) -> State:
        return self.states[0]

    @cached_property
    def by_key(self) -> dict[str, State]:
        return {state.key: state for state in self.states}

    @cached_property
    def transitions(self) -> frozenset[tuple[str, str]]:
        """Every step that there is, as (from, to)."""
        return frozenset((source, one.target) for one in self.moves for source in one.sources)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the customer's stepper in their order."""
        return tuple(dict.fromkeys(state.step for state in self.states))

    def from_state(self, state: str) -> list[Move]:
        """The moves that leave this state, in the order of the definition."""
        return [one for one in self.moves if state in one.sources]

    def find(self, name: str, state: str) -> Move | None:
        """The move of this name that leaves the state."""
        return next((one for one in self.moves if one.name == name and state in one.sources), None)

    def extended(self, *moves: Move) -> Machine:
        """The same machine with further moves."""
        return replace(self, moves=(*self.moves, *moves))

    def _problems(self) -> Iterator[str]:
        keys = [state.key for state in self.states]
        if len(set(keys)) != len(keys):
            yield "a state is listed twice"
        known = {state.key: state for state in self.states}
        seen: set[tuple[str, str]] = set()
        for one in self.moves:
            for end in (*one.sources, one.target):
                if end not in known:
                    yield f"{one.name} names {end}, which is no state of it"
                    return
            for source in one.sources:
                if (one.name, source) in seen:
                    yield f"{one.name} leaves {source} twice"
                seen.add((one.name, source))
        leaving = {source for one in self.moves for source in one.sources}
        reached, fresh = {keys[0]}, {keys[0]}
        while fresh:
            fresh = {one.target for one in self.moves for source in one.sources if source in fresh} - reached
            reached |= fresh
        for state in self.states:
            if state.key not in reached:
                yield f"nothing leads to {state.key}"
            if not state.ends and state.key not in leaving:
                yield f"nothing leads out of {state.key}"
            if state.ends and state.waits_for is not None:
                yield f"{state.key} is an end and waits for somebody"
