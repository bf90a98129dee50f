"""How far a claim has come, as a stepper: the steps that it went through, where it is, and the usual way on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import Machine, Step
from aftersales.claims.models import Claim, ClaimKind, ClaimMove

STEP_WORDS: dict[Step, Any] = {
    Step.APPLIED: pgettext_lazy("claim step", "Applied"),
    Step.DECIDED: pgettext_lazy("claim step", "Decided"),
    Step.GOODS_BACK: pgettext_lazy("claim step", "Goods on the way back"),
    Step.CHECKED: pgettext_lazy("claim step", "Received and checked"),
    Step.ARRANGED: pgettext_lazy("claim step", "Arranged"),
    Step.DONE_WORK: pgettext_lazy("claim step", "Work done"),
    Step.SENT: pgettext_lazy("claim step", "Sent"),
    Step.SETTLED: pgettext_lazy("claim step", "Settled"),
    Step.CLOSED: pgettext_lazy("claim step", "Closed"),
}
# Ends and turns that are no success; the step where they happen is marked.
FAILED = frozenset({"rejected", "refused", "cancelled", "expired", "sending_back"})


@dataclass(frozen=True)
class Progress:
    """One step of the stepper. `state` is done, current, todo or failed; `at` when it was reached, `detail` the words of
    the state that the claim is in."""

    step: Step
    label: Any
    state: str
    at: datetime | None = None
    detail: Any = ""


# What leads through steps of its own has their names, not those of goods and money.
_NAMED_BY_STATES = {ClaimKind.COMPLAINT, ClaimKind.CASE}


def words_of(machine: Machine, step: Step) -> Any:
    """What a step is called in a claim of this kind."""
    if machine.kind in _NAMED_BY_STATES:
        return next(state.label for state in machine.states if state.step == step)
    return STEP_WORDS[step]


def progress_of(claim: Claim, moves: Sequence[ClaimMove]) -> list[Progress]:
    """The steps of a claim whose moves are given, oldest first; no query."""
    reached: dict[Step, datetime] = {}
    for one in moves:
        step = claim.machine.by_key[one.to_state].step
        # a claim that goes back to the desk goes through the later steps again
        reached = {known: at for known, at in reached.items() if _before(claim.machine, known, step)}
        reached.setdefault(step, one.at)
    here = claim.place.step
    has_failed = claim.state in FAILED
    found = [Progress(step, words_of(claim.machine, step), "done", at) for step, at in reached.items() if step != here]
    state = "failed" if has_failed else "current" if claim.is_open else "done"
    found.append(Progress(here, words_of(claim.machine, here), state, reached.get(here), claim.place.label))
    if claim.is_open and not has_failed:
        steps = _usual_way(claim.machine, claim.state)
        found += [Progress(step, words_of(claim.machine, step), "todo") for step in steps]
    return found


def _before(machine: Machine, known: Step, step: Step) -> bool:
    order = list(machine.steps)
    return order.index(known) <= order.index(step)


def _usual_way(machine: Machine, state: str) -> list[Step]:
    """The further steps when everything goes on by its main moves."""
    seen, steps = {state}, [machine.by_key[state].step]
    while True:
        following = next((one for one in machine.from_state(state) if one.is_main and one.target not in seen), None)
        if following is None:
            return steps[1:]
        state = following.target
        seen.add(state)
        if (step := machine.by_key[state].step) not in steps:
            steps.append(step)
