"""Forms of the settings page of registered products."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.warranty.services.registering import MOST_MONTHS, clean_serial
from helpdesk.core.errors import Invalid
from helpdesk.customers.models import Product

MOST_AT_ONCE = 100


class LabelsForm(forms.Form):
    """Things to be put on record, so that labels can be printed for them."""

    product = forms.ModelChoiceField(label=gettext_lazy("Product"), queryset=Product.objects.none())
    serials = forms.CharField(
        label=gettext_lazy("Serial numbers, one a line"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    lot = forms.CharField(label=gettext_lazy("Lot"), required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product: Any = self.fields["product"]
        product.queryset = Product.objects.filter(is_active=True).order_by("name")
        product.label_from_instance = lambda one: f"{one.label} ({one.sku})"

    def clean_serials(self) -> list[str]:
        lines = [line for line in self.cleaned_data["serials"].splitlines() if line.strip()]
        if len(lines) > MOST_AT_ONCE:
            raise forms.ValidationError(_("At most %(n)s at once.") % {"n": MOST_AT_ONCE})
        found = []
        for line in lines:
            try:
                found.append(clean_serial(line))
            except Invalid:
                raise forms.ValidationError(
                    _("“%(serial)s” is no serial number.") % {"serial": line.strip()[:60]}
                ) from None
        return list(dict.fromkeys(found))


class ExtendForm(forms.Form):
    """An extension that was bought."""

    months = forms.IntegerField(label=gettext_lazy("Months more"), min_value=1, max_value=MOST_MONTHS, initial=12)
    order_number = forms.CharField(
        label=gettext_lazy("Number of the order that paid for it"), required=False, max_length=60
    )


class ConfirmForm(forms.Form):
    """The day of the purchase, as the proof says."""

    purchased_on = forms.DateField(
        label=gettext_lazy("Bought on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
