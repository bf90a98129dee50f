"""The ways that claims of the demo take through their machines: together they lead into every state of every kind.

A way is a list of moves, as the machine names them; two steps more are no moves: `price` says what the new item costs,
`came` that the ordered goods have been delivered.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from aftersales.claims.machines import MACHINES
from aftersales.claims.models import ClaimKind as K

NO_MOVES = frozenset({"price", "came"})
_BACK = "approve send_back receive inspect"
_SENT_IN = "approve ask_goods send_back receive inspect"
_VISIT = "approve ask_visit arrange"
_USUAL = ("ask_approval", "reject close", "cancel")

WAYS: dict[str, tuple[str, ...]] = {
    K.RETURN: (
        f"{_BACK} settle settled confirm",
        f"{_BACK} turn_down arrive_back",
        "approve expire",
        *_USUAL,
    ),
    K.EXCHANGE: (
        f"{_BACK} order_dispatch dispatch deliver confirm",
        "price approve send_back receive inspect ask_payment paid",
        f"{_BACK} settle settled",
        f"{_BACK} turn_down arrive_back",
        "approve expire",
        *_USUAL,
    ),
    K.REPAIR: (
        f"{_SENT_IN} repair repaired order_dispatch dispatch deliver confirm",
        f"{_VISIT} finish_visit confirm",
        f"{_VISIT} quote",
        f"{_SENT_IN} quote accept_quote",
        f"{_SENT_IN} repair wait_for_parts",
        f"{_SENT_IN} settle settled",
        f"{_SENT_IN} turn_down arrive_back",
        "approve ask_goods expire",
        *_USUAL,
    ),
    K.REFUND_ONLY: ("approve settle settled confirm", *_USUAL),
    K.MISSING_PARTS: (
        "approve order_dispatch dispatch deliver confirm",
        "approve settle settled",
        *_USUAL,
    ),
    K.INSTALLATION: (f"{_VISIT} finish_visit confirm", f"{_VISIT} quote", f"{_VISIT} wait_for_parts", *_USUAL),
    K.DELIVERY_INSTALLATION: (
        "approve await_delivery came ask_visit arrange finish_visit confirm",
        "approve await_delivery came ask_visit arrange quote",
        "approve await_delivery came ask_visit arrange wait_for_parts",
        *_USUAL,
    ),
    K.PRICE_PROTECTION: ("approve settle settled confirm", *_USUAL),
    K.INVOICE: ("approve order_invoice issue confirm", *_USUAL),
    K.ADDRESS_CHANGE: ("approve redirect redirected confirm", *_USUAL),
    K.COMPLAINT: (
        "confirm_matter analyse plan act feed_back follow_up confirm",
        "confirm_matter analyse plan ask_approval",
        "cancel",
    ),
    K.CASE: ("accept analyse plan act answer confirm", "cancel"),
}


@lru_cache(maxsize=1)
def ways_by_state() -> dict[tuple[str, str], tuple[str, ...]]:
    """(kind, state) → the steps that lead there, for every state that there is, in the order of the machines."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, ways in WAYS.items():
        for way in ways:
            for state, steps in _prefixes(kind, tuple(way.split())):
                found.setdefault((kind, state), steps)
    return {
        (kind, state.key): found[kind, state.key]
        for kind, machine in MACHINES.items()
        for state in machine.states
        if (kind, state.key) in found
    }


def _prefixes(kind: str, steps: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    machine = MACHINES[kind]
    state = machine.start.key
    yield state, ()
    for nth, step in enumerate(steps, 1):
        if step in NO_MOVES:
            continue
        move = machine.find(step, state)
        if move is None:
            raise ValueError(f"{kind}: {step} does not leave {state}")
        state = move.target
        yield state, steps[:nth]


def whole_ways(kind: str) -> tuple[tuple[str, ...], ...]:
    """The ways of a kind that end with the closed loop."""
    return tuple(steps for way in WAYS[kind] if (steps := tuple(way.split()))[-1] == "confirm")
