"""What outlets, finance and those who set up outlets fill in."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import ClaimKind
from aftersales.claims.services.arguments import money
from aftersales.outlets.models import OutletMember, PartStock, Rate, Terms
from aftersales.outlets.services.setting_up import VISITED
from aftersales.outlets.services.stock import MOST_PARTS
from aftersales.visits.models import Engineer, Outlet, ServiceArea
from helpdesk.accounts.models import Skill, Staff
from helpdesk.accounts.permissions import Role
from helpdesk.core.errors import Invalid
from helpdesk.customers.models import Product

_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}


class AmountField(forms.CharField):
    """An amount as people write it; empty is None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs=_DECIMAL), **options)

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        try:
            return money("amount", text)
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal.fields["amount"])) from None


# --- An outlet's own pages -------------------------------------------------------------------------------------------
class DeclineForm(forms.Form):
    """Why the outlet does not want the work."""

    reason = forms.CharField(label=_("Why not"), max_length=300)


class EngineerForm(forms.Form):
    """Who of the outlet goes."""

    engineer = forms.ModelChoiceField(label=_("Engineer"), queryset=Engineer.objects.none(), empty_label=_("Choose…"))

    def __init__(self, *arguments: Any, outlet: Outlet, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["engineer"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Engineer.objects.filter(outlet=outlet, is_active=True).select_related("staff")


class ReceiveForm(forms.Form):
    """Parts that have come. The key makes a form that is sent twice one delivery."""

    product = forms.CharField(label=_("Part number"), max_length=60)
    quantity = forms.IntegerField(label=_("Count"), min_value=1, max_value=MOST_PARTS, initial=1)
    unit_price = AmountField(
        label=_("Price of one"), required=False, help_text=_("Only for parts that the outlet bought itself.")
    )
    note = forms.CharField(label=_("Remark"), required=False, max_length=200)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60, initial=lambda: uuid.uuid4().hex)

    def clean_product(self) -> Product:
        product = Product.objects.filter(sku__iexact=self.cleaned_data["product"].strip(), is_active=True).first()
        if product is None:
            raise forms.ValidationError(_("There is no part with this number."))
        return product


class CountForm(forms.Form):
    """What is really there."""

    quantity = forms.IntegerField(label=_("Counted"), min_value=0, max_value=MOST_PARTS)
    note = forms.CharField(label=_("Why it differs"), required=False, max_length=200)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60, initial=lambda: uuid.uuid4().hex)

    def __init__(self, *arguments: Any, stock: PartStock, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["quantity"].initial = stock.quantity


class DisputeForm(forms.Form):
    """What is not right."""

    words = forms.CharField(label=_("What is not right"), max_length=300)


# --- Finance ---------------------------------------------------------------------------------------------------------
class CorrectForm(forms.Form):
    """Something more or less, with the reason."""

    amount = forms.CharField(
        label=_("Amount"),
        max_length=20,
        help_text=_("With a minus to take away."),
        widget=forms.TextInput(attrs=_DECIMAL),
    )
    words = forms.CharField(label=_("Why"), max_length=200)


class AgreeForm(forms.Form):
    """It is right."""


class PayForm(forms.Form):
    """It has been paid."""

    reference = forms.CharField(label=_("Reference of the bank or paying system"), max_length=80)


# --- At the claim ----------------------------------------------------------------------------------------------------
class OfferForm(forms.Form):
    """Which outlet is asked first; none: the best one."""

    outlet = forms.ModelChoiceField(
        label=_("Outlet"),
        required=False,
        queryset=Outlet.objects.filter(is_active=True),
        empty_label=_("The best one, then the next"),
    )


# --- Settings --------------------------------------------------------------------------------------------------------
class LabelledChoices(forms.ModelMultipleChoiceField):
    """Choices by their names in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class OutletForm(forms.ModelForm):
    """An outlet with what was agreed with it."""

    areas = LabelledChoices(
        label=_("Areas"),
        required=False,
        queryset=ServiceArea.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: everywhere."),
    )
    skills = LabelledChoices(
        label=_("Skills"),
        required=False,
        queryset=Skill.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It is only asked about work that needs one of these, or none."),
    )
    most_open = forms.IntegerField(
        label=_("Most work at once"), min_value=0, max_value=10_000, initial=0, help_text=_("0: as much as there is.")
    )
    payee = forms.CharField(label=_("Account that is paid"), required=False, max_length=120)
    currency = forms.RegexField(label=_("Currency"), regex=r"^[A-Z]{3}$", initial="CNY", max_length=3)

    class Meta:
        model = Outlet
        fields = ("name", "name_zh", "phone", "address", "rank", "is_active")
        labels = {
            "name": _("Name"),
            "name_zh": _("Name in Chinese"),
            "phone": _("Phone"),
            "address": _("Address"),
            "rank": _("Order of asking"),
            "is_active": _("Work is offered to it"),
        }
        help_texts = {"rank": _("The lower, the earlier it is asked.")}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("areas", "skills"):
            # nothing to choose from: an empty box says nothing
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            if field.queryset is not None and not field.queryset.exists():
                del self.fields[name]
        if self.instance.pk:
            terms = Terms.objects.filter(outlet=self.instance).first() or Terms(outlet=self.instance)
            for name in ("most_open", "payee", "currency"):
                self.initial[name] = getattr(terms, name)
            self.initial["areas"] = list(self.instance.areas.all())
            self.initial["skills"] = list(self.instance.skills.all())

    def terms(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("most_open", "payee", "currency")}


class PersonField(forms.ModelChoiceField):
    """A choice of people by their names."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class MemberForm(forms.Form):
    """Somebody who answers for the outlet."""

    staff = PersonField(label=_("Person"), queryset=Staff.objects.none(), empty_label=_("Choose…"))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        taken = OutletMember.objects.values("staff_id")
        field = self.fields["staff"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Staff.objects.filter(is_active=True, role=Role.OUTLET).exclude(pk__in=taken).order_by("name")


class RatesForm(forms.Form):
    """Labour and way for each kind of claim for which somebody comes."""

    def __init__(self, *arguments: Any, outlet: Outlet | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        rows = Rate.objects.filter(outlet=outlet) if outlet else Rate.objects.filter(outlet=None)
        known = {rate.kind: rate for rate in rows}
        for kind in VISITED:
            rate = known.get(kind)
            for name, label in (("labour", _("Labour")), ("travel", pgettext_lazy("rate", "Way"))):
                value = getattr(rate, name) if rate else None
                self.fields[f"{name}_{kind}"] = AmountField(label=label, required=False, initial=value)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"kind": ClaimKind(kind).label, "labour": self[f"labour_{kind}"], "travel": self[f"travel_{kind}"]}
            for kind in VISITED
        ]

    def rates(self) -> dict[str, tuple[Decimal | None, Decimal | None]]:
        data = self.cleaned_data
        return {str(kind): (data[f"labour_{kind}"], data[f"travel_{kind}"]) for kind in VISITED}
