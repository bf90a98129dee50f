"""What people fill in about money."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import ClaimKind, ClaimLine, Reason
from aftersales.compensation.limits import DECIDING, Bounds
from aftersales.compensation.models import Basis, Means, MoneySetting, ProposalRule, ReceiptMeans
from aftersales.compensation.models.means import OF_COMPENSATION
from helpdesk.accounts.permissions import Role
from helpdesk.core.saving import NamedChoiceField
from helpdesk.customers.models import CustomerLevel
from tickets.automation.models import WebhookEndpoint

_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}


def _amount(label: Any, *, required: bool = True, hint: Any = "") -> forms.CharField:
    """Amounts are read by the services, which say what is wrong with them in words of their own."""
    return forms.CharField(
        label=label, required=required, max_length=20, help_text=hint, widget=forms.TextInput(attrs=_DECIMAL)
    )


# --- Finance ---------------------------------------------------------------------------------------------------------
class ConfirmForm(forms.Form):
    """It has been paid."""

    reference = forms.CharField(label=_("Reference of the bank or paying system"), max_length=120)


class FailForm(forms.Form):
    """It could not be paid."""

    reason = forms.CharField(label=_("Why it could not be paid"), max_length=300)


class RetryForm(forms.Form):
    """Order it again, perhaps to another account."""

    account = forms.CharField(
        label=_("Account"), required=False, max_length=120, help_text=_("Empty: back the way it was paid.")
    )


class ReverseForm(forms.Form):
    """It came back, or was given wrongly."""

    reason = forms.CharField(label=_("Why it is reversed"), max_length=300)


class ReceiptForm(forms.Form):
    """The customer has paid."""

    amount = _amount(_("Amount"))
    means = forms.ChoiceField(label=_("How it was paid"), choices=ReceiptMeans.choices)
    reference = forms.CharField(label=_("Reference of the bank or paying system"), max_length=120)


# --- The desk --------------------------------------------------------------------------------------------------------
class CompensationForm(forms.Form):
    """What is to be given. `key` makes a form that is sent twice one compensation."""

    means = forms.ChoiceField(
        label=_("What"), choices=[(one.value, one.label) for one in OF_COMPENSATION], initial=Means.COUPON.value
    )
    worth = _amount(
        _("Worth"), required=False, hint=_("In the currency of the order; points are worked out. None for an apology.")
    )
    words = forms.CharField(
        label=_("Why; for an apology what the customer reads"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    approver = forms.ChoiceField(
        label=_("Approver"), required=False, choices=[], help_text=_("Only needed above your limit.")
    )
    rule = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, approvers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["approver"].choices = [("", _("Nobody")), *approvers]  # type: ignore[attr-defined]
        self.initial.setdefault("key", uuid.uuid4().hex)


class PriceForm(forms.Form):
    """What one of the items that go out in exchange costs."""

    price = _amount(_("Price of one new item"))

    def __init__(self, *args: Any, line: ClaimLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = line.replacement or line.product
        self.fields["price"].label = _("Price of one: %(product)s") % {"product": product.label}


# --- Settings --------------------------------------------------------------------------------------------------------
_LIMIT_OF = {"refund": _("%(role)s: refund"), "compensation": _("%(role)s: compensation")}


class LimitsForm(forms.Form):
    """How far each deciding role goes by itself; an empty field is no limit."""

    def __init__(self, *args: Any, bounds: dict[str, Bounds], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role in DECIDING:
            for name in ("refund", "compensation"):
                value = getattr(bounds[role], name)
                self.fields[f"{name}_{role}"] = forms.DecimalField(
                    label=Role(role).label,
                    required=False,
                    min_value=0,
                    max_digits=14,
                    decimal_places=2,
                    initial=None if value is None else f"{value:.2f}",
                    widget=forms.TextInput(
                        attrs={**_DECIMAL, "aria-label": _LIMIT_OF[name] % {"role": Role(role).label}}
                    ),
                )

    def rows(self) -> list[dict[str, Any]]:
        """Each role with its two fields, for the table."""
        return [
            {
                "role": Role(role).label,
                "refund": self[f"refund_{role}"],
                "compensation": self[f"compensation_{role}"],
            }
            for role in DECIDING
        ]

    def chosen(self) -> dict[str, Bounds]:
        data = self.cleaned_data
        return {role: Bounds(data[f"refund_{role}"], data[f"compensation_{role}"]) for role in DECIDING}


class MoneyForm(forms.ModelForm):
    """How money leaves, and what points are worth."""

    endpoint = NamedChoiceField(
        queryset=WebhookEndpoint.objects.filter(is_active=True).order_by("name", "pk"),
        label=_("Company's system that pays"),
        required=False,
        empty_label=_("None: finance pays by hand"),
        say=lambda row: str(row.name),
        help_text=_(
            "A webhook of the settings. It gets a signed order for each payout and reports to /hooks/payouts/."
        ),
    )

    class Meta:
        model = MoneySetting
        fields = ("endpoint", "points_per_unit", "freight")
        labels = {
            "points_per_unit": _("Points for one unit of currency"),
            "freight": _("Freight of a return, where the policy repays it"),
        }


class RuleForm(forms.ModelForm):
    """When a compensation is proposed, and which."""

    kinds = forms.MultipleChoiceField(
        label=_("Kinds of claims"),
        required=False,
        choices=ClaimKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every kind."),
    )
    reasons = forms.MultipleChoiceField(
        label=_("Reasons"),
        required=False,
        choices=Reason.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every reason."),
    )
    levels = forms.MultipleChoiceField(
        label=_("Levels of customers"),
        required=False,
        choices=CustomerLevel.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every level."),
    )
    means = forms.ChoiceField(label=_("What is proposed"), choices=[(one.value, one.label) for one in OF_COMPENSATION])
    basis = forms.ChoiceField(label=_("How much"), choices=Basis.choices)

    class Meta:
        model = ProposalRule
        fields = (
            "name", "name_zh", "kinds", "reasons", "levels", "least_paid", "means", "basis", "value", "most", "is_active",
        )  # fmt: skip
        labels = {
            "name": pgettext_lazy("of a rule", "Name"),
            "name_zh": _("Name in Chinese"),
            "least_paid": _("Only from this price on"),
            "value": _("Amount, or per cent"),
            "most": _("At most"),
            "is_active": _("In use"),
        }

    def clean(self) -> dict[str, Any]:
        """A rule that gives something says how much."""
        data = super().clean() or {}
        is_measured = data.get("means") != Means.APOLOGY and data.get("basis") != Basis.FREIGHT
        if not self.errors and is_measured and not data.get("value"):
            self.add_error("value", _("Enter how much is given."))
        if data.get("basis") == Basis.PERCENT and (data.get("value") or 0) > 100:
            self.add_error("value", _("At most 100 per cent."))
        return data
