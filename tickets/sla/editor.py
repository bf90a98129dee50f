"""A policy while it is edited: nested forms that are read from what was posted, changed in their number without being
checked, and turned into a draft. Works without script, and nothing that was typed is lost on the way.

Each target, rung and action is a block with a key of its own; hidden fields name the keys in their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from helpdesk.core.action_forms import ActionForm, action_choices
from helpdesk.core.errors import Invalid, Refused
from helpdesk.core.registries import actions
from helpdesk.core.saving import Overtaken, add_refusal, fingerprint
from tickets.sla.book import CONDITIONS
from tickets.sla.calc import share_text
from tickets.sla.forms import PolicyForm, StepForm, TargetForm, amount_of, when_of
from tickets.sla.models import Policy, PolicyVersion
from tickets.sla.services.policies import PAUSES, PolicyDraft, StepDraft, TargetDraft, editable_values
from tickets.sla.words import CONDITION_LABELS

MOST_BLOCKS = 60


@dataclass
class ActionBlock:
    """One action of a rung; `form` is None for one that this installation does not know any more."""

    key: str
    prefix: str
    name: str
    form: ActionForm | None

    @property
    def label(self) -> Any:
        return actions.get(self.name).label if self.name in actions else self.name


@dataclass
class StepBlock:
    """One rung with its actions."""

    key: str
    prefix: str
    form: StepForm
    actions: list[ActionBlock] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class TargetBlock:
    """One target with its ladder. `problems` concern the ladder as a whole."""

    key: str
    prefix: str
    form: TargetForm
    steps: list[StepBlock] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_new: bool = False


@dataclass
class Editor:
    """The whole page."""

    form: PolicyForm
    targets: list[TargetBlock]
    # somebody else saved the policy meanwhile: the page shows what
    is_overtaken: bool = False

    @property
    def choices(self) -> list[tuple[str, Any]]:
        """What a rung may do."""
        return action_choices()

    # --- Checking ----------------------------------------------------------------------------------------------------
    def is_valid(self) -> bool:
        """Whether every form says yes by itself; all are asked, so that all that is wrong is shown at once."""
        answers = [self.form.is_valid()]
        for target in self.targets:
            answers.append(target.form.is_valid())
            for step in target.steps:
                answers.append(step.form.is_valid())
                answers += [action.form is None or action.form.is_valid() for action in step.actions]
        return all(answers)

    def draft(self) -> PolicyDraft:
        """What was typed; only of a valid editor."""
        values = self.form.cleaned_data
        return PolicyDraft(
            name=values["name"],
            name_zh=values["name_zh"],
            conditions={name: values[f"if_{name}"] for name in CONDITIONS},
            pauses=values["pauses"],
            managers=[int(pk) for pk in values["managers"]],
            targets=[_target_draft(target) for target in self.targets],
        )

    def refuse(self, refusal: Refused) -> None:
        """Put a service's refusal beside what it is about."""
        rest: dict[str, Any] = {}
        for name, words in refusal.fields.items():
            sentence = str(words[0] if isinstance(words, (list, tuple)) else words)
            if not self._place(name.split("."), sentence):
                rest[name] = words
        self.is_overtaken = isinstance(refusal, Overtaken)
        if not refusal.fields:
            add_refusal(self.form, refusal)
        elif rest:
            add_refusal(self.form, Invalid(refusal.message, fields=rest))

    def _place(self, path: list[str], sentence: str) -> bool:
        if path[0] == "conditions" and len(path) == 2 and path[1] in CONDITION_LABELS:
            self.form.add_error(f"if_{path[1]}", sentence)
            return True
        if path[0] != "targets" or len(path) < 3 or int(path[1]) >= len(self.targets):
            return False
        target = self.targets[int(path[1])]
        if path[2] == "steps":
            nth = int(path[3]) if len(path) > 3 else None
            (target if nth is None else target.steps[nth]).problems.append(sentence)
            return True
        name = "amount" if path[2] in {"seconds", "working_days"} else path[2]
        target.form.add_error(name if name in target.form.fields else None, sentence)
        return True

    # --- Another number of blocks ------------------------------------------------------------------------------------
    def change(self, wanted: str, data: QueryDict) -> None:
        """Add, remove or move a block: `add-target`, `remove-target:KEY`, `up-target:KEY`, `add-step:KEY`,
        `remove-step:KEY:KEY`, `add-action:KEY:KEY`, `remove-action:KEY:KEY:KEY`; anything else changes nothing."""
        what, *keys = wanted.split(":")
        if what == "add-target" and len(self.targets) < MOST_BLOCKS:
            key = _next_key(self.targets)
            form = TargetForm(prefix=f"t{key}")
            self.targets.append(TargetBlock(key, f"t{key}", form, is_new=True))
            return
        target = next((block for block in self.targets if keys and block.key == keys[0]), None)
        if target is None:
            return
        if what == "remove-target":
            self.targets.remove(target)
        elif what == "up-target" and (at := self.targets.index(target)):
            self.targets[at - 1], self.targets[at] = target, self.targets[at - 1]
        else:
            _change_ladder(target, what, keys[1:], data)


def _change_ladder(target: TargetBlock, what: str, keys: list[str], data: QueryDict) -> None:
    if what == "add-step" and len(target.steps) < MOST_BLOCKS:
        key = _next_key(target.steps)
        prefix = f"{target.prefix}-s{key}"
        target.steps.append(StepBlock(key, prefix, StepForm(prefix=prefix)))
        return
    step = next((block for block in target.steps if keys and block.key == keys[0]), None)
    if step is None:
        return
    if what == "remove-step":
        target.steps.remove(step)
    elif what == "add-action" and len(step.actions) < MOST_BLOCKS:
        name = data.get(f"{step.prefix}-new", "")
        if name in actions:
            key = _next_key(step.actions)
            prefix = f"{step.prefix}-a{key}"
            step.actions.append(ActionBlock(key, prefix, name, ActionForm(actions.get(name), prefix=prefix)))
    elif what == "remove-action":
        step.actions = [block for block in step.actions if block.key not in keys[1:]]


def _next_key(blocks: list[Any]) -> str:
    return str(max((int(block.key) for block in blocks), default=-1) + 1)


def _target_draft(block: TargetBlock) -> TargetDraft:
    values = block.form.cleaned_data
    return TargetDraft(
        metric=values["metric"],
        calendar=values["calendar"],
        priorities=values["priorities"],
        kinds=values["kinds"],
        teams=[int(pk) for pk in values["teams"]],
        warnings=values["warnings"],
        steps=[StepDraft([_kept(action) for action in step.actions], **step.form.when()) for step in block.steps],
        **block.form.length(),
    )


def _kept(block: ActionBlock) -> dict[str, Any]:
    return block.form.kept() if block.form is not None else {"do": block.name}


# --- Filled ----------------------------------------------------------------------------------------------------------
def empty_editor() -> Editor:
    """A new policy, with one target to begin with."""
    editor = Editor(PolicyForm(initial={"pauses": list(PAUSES)}), [])
    editor.change("add-target", QueryDict())
    editor.targets[0].is_new = False
    return editor


def editor_of(policy: Policy, lengths: Mapping[int, int] | None = None) -> Editor:
    """A policy as it stands; `lengths` (target's id → seconds, or working days) are put in as if they had been typed."""
    version = PolicyVersion.objects.get(policy=policy, number=policy.version)
    initial: dict[str, Any] = {
        "name": policy.name,
        "name_zh": policy.name_zh,
        "pauses": version.pauses,
        "managers": [str(pk) for pk in policy.managers],
        "seen": fingerprint(editable_values(policy)),
    }
    initial |= {f"if_{name}": [str(value) for value in version.conditions.get(name, ())] for name in CONDITIONS}
    rows = version.targets.prefetch_related("steps").order_by("position", "pk")
    return Editor(
        PolicyForm(initial=initial),
        [_filled(str(nth), _with_length(row, lengths or {})) for nth, row in enumerate(rows)],
    )


def _with_length(target: Any, lengths: Mapping[int, int]) -> Any:
    length = lengths.get(target.pk)
    if length is not None:
        target.seconds, target.working_days = (length, None) if target.seconds is not None else (None, length)
    return target


def _filled(key: str, target: Any) -> TargetBlock:
    prefix = f"t{key}"
    initial = {
        "metric": target.metric,
        "calendar": target.calendar_id,
        "priorities": target.priorities,
        "kinds": target.kinds,
        "teams": [str(pk) for pk in target.teams],
        "warnings": ", ".join(share_text(share) for share in target.warnings),
        **amount_of(target.seconds, target.working_days),
    }
    block = TargetBlock(key, prefix, TargetForm(initial=initial, prefix=prefix))
    for nth, step in enumerate(sorted(target.steps.all(), key=lambda row: (row.after_seconds or 0, row.share or 0))):
        at = f"{prefix}-s{nth}"
        form = StepForm(initial=when_of(step.share, step.after_seconds), prefix=at)
        taken = [_filled_action(str(place), f"{at}-a{place}", kept) for place, kept in enumerate(step.actions)]
        block.steps.append(StepBlock(str(nth), at, form, taken))
    return block


def _filled_action(key: str, prefix: str, kept: Mapping[str, Any]) -> ActionBlock:
    name = str(kept.get("do", ""))
    form = ActionForm(actions.get(name), kept=kept, prefix=prefix) if name in actions else None
    return ActionBlock(key, prefix, name, form)


# --- Posted ----------------------------------------------------------------------------------------------------------
def posted_editor(data: QueryDict, *, is_checked: bool) -> Editor:
    """What was posted. Unchecked, the forms only show it: another block was asked for, and nothing is wrong yet."""

    def read(make: Any, prefix: str | None, *args: Any) -> Any:
        if is_checked:
            return make(*args, data, prefix=prefix)
        blank = make(*args, prefix=prefix)
        blank.initial = _raw(blank, data)
        return blank

    targets = []
    for key in _keys(data, "target"):
        prefix = f"t{key}"
        block = TargetBlock(key, prefix, read(TargetForm, prefix))
        for step_key in _keys(data, f"{prefix}-step"):
            at = f"{prefix}-s{step_key}"
            step = StepBlock(step_key, at, read(StepForm, at))
            for action_key in _keys(data, f"{at}-action"):
                place = f"{at}-a{action_key}"
                name = data.get(f"{place}-do", "")
                form = read(ActionForm, place, actions.get(name)) if name in actions else None
                step.actions.append(ActionBlock(action_key, place, name[:40], form))
            block.steps.append(step)
        targets.append(block)
    return Editor(read(PolicyForm, None), targets)


def _keys(data: QueryDict, name: str) -> list[str]:
    """The keys of blocks in their order; what is no key was not made by the page."""
    found = [key for key in data.getlist(name) if key.isascii() and key.isdigit() and len(key) < 6]
    return list(dict.fromkeys(found))[:MOST_BLOCKS]


def _raw(form: forms.Form, data: QueryDict) -> dict[str, Any]:
    return {
        name: bound.field.widget.value_from_datadict(data, {}, form.add_prefix(name))
        for name, bound in ((name, form[name]) for name in form.fields)
    }
