"""Saving rows that people edit in forms: what the database would refuse is said in words, and nobody overwrites silently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict, Invalid, Refused

ALL = "__all__"


def fingerprint(values: Mapping[str, Any]) -> str:
    """A short hash of a row's values as the form showed them; it goes along with the form."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Overtaken(Conflict):
    """Somebody else saved the row since the editor read it. `seen` is its fingerprint, `values` what it says, as it is now:
    whoever has been shown that may save over it."""

    def __init__(self, *, seen: Any, values: Mapping[str, Any]) -> None:
        super().__init__()
        self.seen, self.values = str(seen), values


def require_unchanged(seen: str | None, values: Mapping[str, Any]) -> None:
    """`Overtaken` when the row no longer has the values that the editor saw; None skips the check."""
    if seen is not None and seen != fingerprint(values):
        raise Overtaken(seen=fingerprint(values), values=values)


def save_checked(row: Model, *, update_fields: Iterable[str] | None = None) -> None:
    """Validate and save; `Invalid` names the fields, also when somebody else took a unique value a moment ago."""
    names = None if update_fields is None else set(update_fields)
    left_out = set() if names is None else {field.name for field in row._meta.fields} - names
    # what may be empty in the database is nobody's business to fill in
    left_out |= {field.name for field in row._meta.fields if field.null and getattr(row, field.attname) is None}
    try:
        row.full_clean(exclude=left_out)
    except ValidationError as error:
        raise Invalid(fields=in_words(error)) from None
    try:
        with transaction.atomic():
            row.save(update_fields=names)
    except IntegrityError:
        raise Invalid(
            fields={ALL: [_("Another entry with this name or address was saved a moment ago. Choose another one.")]}
        ) from None


def in_words(error: ValidationError) -> dict[str, list[str]]:
    """Field → sentences; what concerns no single field stands under `__all__`."""
    if hasattr(error, "message_dict"):
        return {ALL if name == NON_FIELD_ERRORS else name: words for name, words in error.message_dict.items()}
    return {ALL: error.messages}


def add_refusal(form: forms.BaseForm, refusal: Refused) -> None:
    """Show a service's refusal at the form's fields; what names none of them stands above the form."""
    if isinstance(refusal, Overtaken):
        _show_overtaken(form, refusal)
        return
    if not refusal.fields:
        form.add_error(None, str(refusal))
    for name, words in refusal.fields.items():
        sentences = [str(word) for word in words] if isinstance(words, (list, tuple)) else [str(words)]
        form.add_error(name if name in form.fields else None, sentences)


def _show_overtaken(form: forms.BaseForm, refusal: Overtaken) -> None:
    """Say what is saved now where it differs from what was typed, and let the form be saved over it knowingly."""
    link = format_html('<a href="" target="_blank">{}</a>', _("Open what is saved now"))
    form.add_error(None, forms.ValidationError(format_html("{} {}", str(refusal), link)))
    for name, value in refusal.values.items():
        field = form.fields.get(name)
        if field is None or isinstance(value, Mapping) or isinstance(field.widget, forms.PasswordInput):
            continue
        if field.has_changed(value, form[name].data):
            words = {"field": form[name].label, "value": _said(field, value)}
            form.add_error(None, gettext("%(field)s is now: %(value)s") % words)
    if "seen" in form.fields:
        data = cast(QueryDict, form.data).copy()
        data[form.add_prefix("seen")] = refusal.seen
        form.data = data


def _said(field: forms.Field, value: Any) -> str:
    """A saved value in the words of its field."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if value in (None, "", [], ()):
        return "–"
    labels = _labels_of(field)
    several = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return ", ".join(labels.get(str(one), str(one)) for one in several)


def _labels_of(field: forms.Field) -> dict[str, str]:
    if not isinstance(field, forms.ChoiceField):
        return {}
    pairs: list[tuple[Any, Any]] = []
    for key, label in cast(Iterable[tuple[Any, Any]], field.choices):
        pairs += label if isinstance(label, (list, tuple)) else [(key, label)]
    return {str(key): str(label) for key, label in pairs}


class NamedChoiceField(forms.ModelChoiceField):
    """A choice of rows that says their `label`, or what `say` makes of a row."""

    def __init__(self, *args: Any, say: Callable[[Any], str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say = say or (lambda row: str(row.label))

    def label_from_instance(self, obj: Any) -> str:
        return self.say(obj)


class SeenForm(forms.Form):
    """Carries the fingerprint of the values that the form was filled with, for `require_unchanged`."""

    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
