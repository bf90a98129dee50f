"""Forms of visits: the address, an absence."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.visits.addresses import PARTS
from aftersales.visits.models import AbsenceKind, Engineer
from helpdesk.core.saving import NamedChoiceField


class AddressForm(forms.Form):
    """Where somebody is to come."""

    name = forms.CharField(label=_("Name at the door"), max_length=PARTS["name"], required=False)
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=PARTS["phone"],
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    city = forms.CharField(
        label=_("City"), max_length=PARTS["city"], widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    district = forms.CharField(label=_("District"), max_length=PARTS["district"], required=False)
    street = forms.CharField(
        label=_("Street, house and door"),
        max_length=PARTS["street"],
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postcode = forms.CharField(
        label=_("Postal code"),
        max_length=PARTS["postcode"],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )


class AbsenceForm(forms.Form):
    """Days on which an engineer goes to nobody."""

    kind = forms.ChoiceField(label=_("Why"), choices=AbsenceKind.choices)
    first_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class EngineerAbsenceForm(AbsenceForm):
    """The same of an engineer who is chosen."""

    engineer = NamedChoiceField(
        label=_("Engineer"),
        queryset=Engineer.objects.filter(is_active=True).select_related("staff").order_by("staff__name"),
        empty_label=_("Choose …"),
    )
    field_order = ("engineer", "kind", "first_on", "last_on", "note")
