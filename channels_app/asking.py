"""Custom fields that customers are asked for on our own pages: the public ones of the kind that they choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from channels_app.submissions import ORDER_FIELD
from helpdesk.core.errors import Invalid
from helpdesk.core.models import ChannelAccount
from tickets.models import CustomField, FieldType
from tickets.services.properties import clean_field

LEFT_OUT = "left_out_fields"
_PREFIX = "field_"
_WRONG = {
    FieldType.NUMBER: _("Enter a number, such as 12.5."),
    FieldType.DATE: _("Enter a date, such as 2026-03-31."),
    FieldType.CHOICE: _("Choose one of the listed values."),
}


def askable_fields() -> list[CustomField]:
    """What customers may see, and so may be asked for; the order number has its own question."""
    return list(CustomField.objects.filter(is_active=True, is_public=True).exclude(key=ORDER_FIELD))


def asked_fields(account: ChannelAccount) -> list[CustomField]:
    """The fields that this account's form asks for: all askable ones but those that an administrator left out."""
    left_out = set(account.config.get(LEFT_OUT) or ())
    return [field for field in askable_fields() if field.key not in left_out]


def still_asked(values: Any, *, kind: str) -> dict[str, Any]:
    """Of stored values those that a ticket of this kind can hold now; a field that was retired meanwhile stops nothing."""
    kept: dict[str, Any] = {}
    given = values if isinstance(values, dict) else {}
    for field in CustomField.objects.filter(is_active=True, is_public=True, kind__in=["", kind], key__in=list(given)):
        try:
            kept[field.key] = clean_field(field, given[field.key])
        except Invalid:
            continue
    return {key: value for key, value in kept.items() if value is not None}


class AskingForm(forms.Form):
    """A form that asks for custom fields too; `kind` is one of its own fields. None of them holds a customer up."""

    def __init__(self, *args: Any, asked: Sequence[CustomField] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {f"{_PREFIX}{field.key}": field for field in asked}
        for name, field in self.asked.items():
            self.fields[name] = _form_field(field)

    @property
    def asked_rows(self) -> list[tuple[str, BoundField]]:
        """Kind (empty: all) and bound field of each."""
        return [(field.kind, self[name]) for name, field in self.asked.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, field in self.asked.items():
            if field.kind not in {"", cleaned.get("kind")}:
                self.errors.pop(name, None)
                cleaned[name] = None
            elif name not in self.errors:
                try:
                    cleaned[name] = clean_field(field, cleaned.get(name))
                except Invalid:
                    self.add_error(name, _WRONG.get(FieldType(field.type), _("This value does not fit the field.")))
        return cleaned

    def asked_values(self) -> dict[str, Any]:
        """Key → value of what was filled in, for the kind that was chosen."""
        values: Mapping[str, Any] = self.cleaned_data
        return {field.key: values[name] for name, field in self.asked.items() if values.get(name) is not None}


def _form_field(field: CustomField) -> forms.Field:
    label = field.label
    if field.type == FieldType.CHOICE:
        return forms.ChoiceField(label=label, choices=[("", "—"), *field.choice_labels], required=False)
    if field.type == FieldType.BOOLEAN:
        words = [("", "—"), ("true", _("Yes")), ("false", _("No"))]
        return forms.ChoiceField(label=label, choices=words, required=False)
    attributes = {"autocomplete": "off"}
    if field.type == FieldType.NUMBER:
        attributes["inputmode"] = "decimal"
    if field.type == FieldType.DATE:
        attributes["type"] = "date"
    most = 2000 if field.type == FieldType.TEXT else 40
    return forms.CharField(label=label, required=False, max_length=most, widget=forms.TextInput(attrs=attributes))
