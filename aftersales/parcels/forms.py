"""The form of a carrier."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.parcels.models import Carrier
from helpdesk.core.saving import SeenForm


class CarrierForm(SeenForm):
    """One carrier; its key is chosen once."""

    key = forms.SlugField(
        label=_("Short name"),
        max_length=20,
        help_text=_("In addresses and commands; it cannot be changed later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    codes = forms.CharField(
        label=_("Codes of aggregators"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line, such as kuaidi100:shunfeng or kdniao:sf."),
    )
    page = forms.CharField(
        label=_("Page of a parcel"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text=_("Where the carrier shows it; {number} stands for its number."),
    )
    position = forms.IntegerField(label=_("Place in the list"), min_value=0, max_value=9999, initial=100)
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True, widget=forms.CheckboxInput(attrs={"role": "switch"})
    )

    def __init__(self, *args: Any, carrier: Carrier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if carrier is not None:
            del self.fields["key"]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return values | {"codes": values["codes"].splitlines()}
