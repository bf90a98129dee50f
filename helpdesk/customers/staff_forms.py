"""Forms of the staff's pages about customers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from helpdesk.customers.models import Customer, CustomerLevel


class CustomerForm(forms.Form):
    """What people may change of a profile."""

    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    level = forms.ChoiceField(label=_("Level"), choices=CustomerLevel.choices)
    language = forms.ChoiceField(label=_("Language"), choices=[("", "—"), *settings.LANGUAGES], required=False)
    region = forms.CharField(label=_("Region"), max_length=80, required=False)
    notes = forms.CharField(
        label=_("Notes"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=10_000,
        help_text=_("Only your colleagues see this."),
    )

    @classmethod
    def initial_of(cls, customer: Customer) -> dict[str, Any]:
        """The present values."""
        return {name: getattr(customer, name) for name in cls.base_fields}
