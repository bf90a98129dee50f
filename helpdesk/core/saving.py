"""Saving rows that people edit in forms: what the database would refuse is said in words, and nobody overwrites silently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict, Invalid, Refused

ALL = "__all__"


def fingerprint(values: Mapping[str, Any]) -> str:
    """A short hash of a row's values as the form showed them; it goes along with the form."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def require_unchanged(seen: str | None, values: Mapping[str, Any]) -> None:
    """`Conflict` when the row no longer has the values that the editor saw; None skips the check."""
    if seen is not None and seen != fingerprint(values):
        raise Conflict


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
    if not refusal.fields:
        form.add_error(None, str(refusal))
    for name, words in refusal.fields.items():
        sentences = [str(word) for word in words] if isinstance(words, (list, tuple)) else [str(words)]
        form.add_error(name if name in form.fields else None, sentences)


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
