"""A form for any action of the library, made from the inputs that the action describes.

Ladders, rules and macros keep an action as `{"do": name, **arguments}`. A page draws `action_form(name, …)` with the
ordinary field templates, reads it with `form.kept()`, and shows a kept action with `action_summary`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from helpdesk.core.errors import Invalid
from helpdesk.core.registries import Action, Argument, actions
from helpdesk.core.saving import add_refusal

LANGUAGES = (("en", _("English")), ("zh-hans", _("Simplified Chinese")))
_FEW = 12


class ActionForm(forms.Form):
    """The inputs of one action. Valid only when the action's own `check` takes them."""

    def __init__(self, action: Action, *args: Any, kept: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.action = action
        if kept is not None:
            kwargs["initial"] = _initial(action, kept)
        super().__init__(*args, **kwargs)
        for argument in action.arguments:
            self.fields.update(_fields(argument))

    def clean(self) -> dict[str, Any]:
        """The arguments as the action's check returns them, under `arguments`; its refusals stand at their fields."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            cleaned["arguments"] = self.action.check(_arguments(self.action, cleaned))
        except Invalid as refusal:
            add_refusal(self, refusal)
        return cleaned

    def kept(self) -> dict[str, Any]:
        """What a ladder, a rule or a macro keeps; only of a valid form."""
        return {"do": self.action.name, **self.cleaned_data["arguments"]}


def action_form(
    name: str, data: Mapping[str, Any] | None = None, *, kept: Mapping[str, Any] | None = None, prefix: str = ""
) -> ActionForm:
    """The form of an action: empty, filled from a kept action, or bound to what was posted. KeyError for an unknown name."""
    return ActionForm(actions.get(name), data, kept=kept, prefix=prefix or None)


def action_choices() -> list[tuple[str, Any]]:
    """Every action by name and label, in the order in which the rooms registered them."""
    return [(name, action.label) for name, action in actions.items()]


def action_summary(kept: Mapping[str, Any]) -> str:
    """A kept action in one line: its label, and what it was given."""
    arguments = dict(kept)
    name = str(arguments.pop("do", ""))
    if name not in actions:
        return name
    action = actions.get(name)
    if action.summary is not None:
        return action.summary(arguments)
    said = [words for argument in action.arguments if (words := _said(argument, arguments.get(argument.name)))]
    label = str(action.label)
    return (
        pgettext("action and its arguments", "%(action)s: %(given)s")
        % {
            "action": label,
            "given": ", ".join(said),
        }
        if said
        else label
    )


def _said(argument: Argument, value: Any) -> str:
    if value in (None, "", [], {}, False):
        return ""
    if argument.choices is not None:
        known = {str(key): str(label) for key, label in argument.choices()}
        values = value if isinstance(value, list) else [value]
        return ", ".join(known.get(str(one), str(one)) for one in values)
    if argument.kind == "flag":
        return str(argument.label)
    if isinstance(value, Mapping):
        value = next((text for text in value.values() if text), "")
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _fields(argument: Argument) -> dict[str, forms.Field]:
    """The form's fields of one input; a text per language has one for each."""
    if argument.kind == "texts":
        return {
            _in_language(argument.name, code): forms.CharField(
                label=_label_in(argument, language),
                required=False,
                max_length=argument.max_length,
                help_text=argument.hint if nth == 0 else "",
                widget=forms.Textarea(attrs={"rows": 4, "lang": code}),
            )
            for nth, (code, language) in enumerate(LANGUAGES)
        }
    common = {"label": argument.label, "required": argument.required, "help_text": argument.hint}
    return {argument.name: _field(argument, common)}


def _field(argument: Argument, common: dict[str, Any]) -> forms.Field:
    pairs = [(str(value), label) for value, label in argument.choices()] if argument.choices else []
    if argument.kind == "choice":
        return forms.ChoiceField(choices=pairs if argument.required else [("", "–"), *pairs], **common)
    if argument.kind == "choices":
        widget = forms.CheckboxSelectMultiple() if len(pairs) <= _FEW else forms.SelectMultiple(attrs={"size": 6})
        return forms.MultipleChoiceField(choices=pairs, widget=widget, **common)
    if argument.kind == "number":
        return forms.IntegerField(**common)
    if argument.kind == "flag":
        return forms.BooleanField(**{**common, "required": False})
    line = forms.Textarea(attrs={"rows": 4}) if argument.kind == "text" else forms.TextInput()
    return forms.CharField(max_length=argument.max_length, widget=line, **common)


def _label_in(argument: Argument, language: Any) -> str:
    return pgettext("input in a language", "%(label)s (%(language)s)") % {"label": argument.label, "language": language}


def _in_language(name: str, code: str) -> str:
    return f"{name}_{code.partition('-')[0]}"


def _arguments(action: Action, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for argument in action.arguments:
        if argument.kind == "texts":
            texts = {code: cleaned.get(_in_language(argument.name, code), "") for code, _language in LANGUAGES}
            given[argument.name] = {code: text for code, text in texts.items() if text}
        else:
            given[argument.name] = cleaned.get(argument.name)
    return {name: value for name, value in given.items() if value not in (None, "", [], {}, False)}


def _initial(action: Action, kept: Mapping[str, Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for argument in action.arguments:
        value = kept.get(argument.name)
        if argument.kind == "texts":
            for code, _language in LANGUAGES:
                initial[_in_language(argument.name, code)] = (value or {}).get(code, "")
        elif isinstance(value, list):
            initial[argument.name] = [str(one) for one in value]
        elif value is not None:
            initial[argument.name] = str(value) if argument.choices else value
    return initial
