"""The form of an application: what every kind asks, and what only some kinds do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.claims.models import ClaimKind, Outcome, Reason
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.portal.offers import QUESTIONS, REASONS
from aftersales.portal.things import Thing
from aftersales.warranty.services.registering import clean_serial
from helpdesk.core.errors import Invalid, Refused
from helpdesk.core.secrets import new_token
from helpdesk.core.uploads import file_limits
from helpdesk.customers.models import Product
from tickets.services.files import NewFile

_TOKEN = re.compile(r"^[A-Za-z0-9_-]{16,64}$")
MOST_QUANTITY = 999
MOST_PRODUCTS = 200
MOST_OTHERS = 50
# What a customer may wish for, of what a rule grants with the kind.
WISHES: dict[str, tuple[str, ...]] = {
    ClaimKind.RETURN: (Outcome.REFUND, Outcome.STORE_CREDIT, Outcome.GIFT_CARD, Outcome.POINTS),
    ClaimKind.REFUND_ONLY: (Outcome.REFUND, Outcome.STORE_CREDIT, Outcome.GIFT_CARD, Outcome.POINTS),
    ClaimKind.PRICE_PROTECTION: (Outcome.REFUND, Outcome.STORE_CREDIT),
}
# Where the customer's own words are needed to begin at all.
NEEDS_WORDS = frozenset({ClaimKind.COMPLAINT, ClaimKind.MISSING_PARTS})
_YES, _NO = "yes", "no"


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """A list of files on their way in; whether they are pictures is found when the claim opens."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[NewFile]:
        given: list[UploadedFile] = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        limits = file_limits()
        if len(given) > limits["files"]:
            raise forms.ValidationError(_("Please send at most %(n)s files at once.") % {"n": limits["files"]})
        for one in given:
            if (one.size or 0) > limits["each"]:
                values = {"name": (one.name or "")[:60], "mb": limits["each_mb"]}
                raise forms.ValidationError(_("“%(name)s” is larger than %(mb)s MB.") % values)
        return [NewFile(one.name or "photo", one.content_type or "", one.read()) for one in given]


class ApplicationForm(forms.Form):
    """What a customer applies for with one thing. `wishes` are the outcomes that the policy grants with the kind."""

    token = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    reason = forms.ChoiceField(label=gettext_lazy("Why?"), widget=forms.RadioSelect)
    quantity = forms.IntegerField(label=gettext_lazy("How many?"), min_value=1)
    words = forms.CharField(
        label=gettext_lazy("What happened?"),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": gettext_lazy("This text is too long. Send the rest as a file.")},
    )
    photos = PhotosField(label=gettext_lazy("Photos"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("What would you like?"), required=False, widget=forms.RadioSelect)
    is_opened = forms.ChoiceField(label=QUESTIONS["is_opened"], required=False, widget=forms.RadioSelect)
    is_used = forms.ChoiceField(label=QUESTIONS["is_used"], required=False, widget=forms.RadioSelect)
    is_complete = forms.ChoiceField(label=QUESTIONS["is_complete"], required=False, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, files: Any = None, *, kind: str, thing: Thing, initial: Any = None) -> None:
        super().__init__(data, files, initial=initial)
        self.kind, self.thing = kind, thing
        self.fields["reason"].choices = [(key, Reason(key).label) for key in REASONS[kind]]  # type: ignore[attr-defined]
        for name in QUESTIONS:
            self.fields[name].choices = [(_YES, _("Yes")), (_NO, _("No"))]  # type: ignore[attr-defined]
        self.fields["outcome"].choices = [(key, Outcome(key).label) for key in WISHES.get(kind, ())]  # type: ignore[attr-defined]
        most = min(MOST_QUANTITY, max(1, thing.available))
        self.fields["quantity"].max_value = most  # type: ignore[attr-defined]
        self.fields["quantity"].required = most > 1
        for name, field in EXTRAS.get(kind, {}).items():
            self.fields[name] = field()
        if kind == ClaimKind.EXCHANGE and (others := _others_like(thing)):
            self.fields["replacement"] = forms.TypedChoiceField(
                label=gettext_lazy("Exchange it for"),
                choices=[("", gettext_lazy("the same again")), *others],
                coerce=int,
                empty_value=None,
                required=False,
                help_text=gettext_lazy(
                    "If it costs more, you pay the difference before we send it; if less, you get it back."
                ),
            )

    @property
    def extras(self) -> list[str]:
        """The names of the fields that only this kind has."""
        found = list(EXTRAS.get(self.kind, {}))
        return [*found, "replacement"] if "replacement" in self.fields else found

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        return token if _TOKEN.match(token) else new_token(18)

    def clean_quantity(self) -> int:
        quantity: int = self.cleaned_data["quantity"] or 1
        if quantity > max(1, self.thing.available):
            raise forms.ValidationError(_("You can apply for at most %(n)s.") % {"n": self.thing.available})
        return quantity

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.kind in NEEDS_WORDS and not (cleaned.get("words") or "").strip() and "words" not in self.errors:
            self.add_error("words", _("Write a few words, so that we know what to send or to look into."))
        if self.kind == ClaimKind.INVOICE and cleaned.get("invoice_for") == COMPANY:
            self._check_company(cleaned)
        is_redirected = self.kind == ClaimKind.ADDRESS_CHANGE and cleaned.get("wanted") == "redirect"
        if is_redirected and not (cleaned.get("address") or "").strip():
            self.add_error("address", _("Where shall it go?"))
        return cleaned

    def _check_company(self, cleaned: Mapping[str, Any]) -> None:
        number = str(cleaned.get("invoice_tax_number") or "").strip()
        if not number:
            self.add_error("invoice_tax_number", _("An invoice for a company needs its tax number."))
        elif not _TAX_NUMBER.match(number):
            self.add_error("invoice_tax_number", _("A tax number has 15 to 20 letters and digits."))


def _others_like(thing: Thing) -> list[tuple[int, str]]:
    """What else is sold of the same category, to be had in exchange; one query."""
    if not thing.product.category:
        return []
    rows = Product.objects.filter(category=thing.product.category, is_active=True).exclude(pk=thing.product.pk)
    return [(row.pk, row.label) for row in rows.order_by("name")[:MOST_OTHERS]]


PERSON, COMPANY = "personal", "company"
_TAX_NUMBER = re.compile(r"^[0-9A-Za-z]{15,20}$")


def _price_now() -> forms.Field:
    return forms.DecimalField(
        label=gettext_lazy("What does one cost now?"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )


def _line(label: Any, *, required: bool = True, most: int = 120, complete: str = "off", **more: Any) -> Any:
    return lambda: forms.CharField(
        label=label,
        required=required,
        max_length=most,
        widget=forms.TextInput(attrs={"autocomplete": complete}),
        **more,
    )


def _invoice_for() -> forms.Field:
    return forms.ChoiceField(
        label=gettext_lazy("Invoice for"),
        choices=[
            (PERSON, pgettext_lazy("invoice for", "a person")),
            (COMPANY, pgettext_lazy("invoice for", "a company")),
        ],
        widget=forms.RadioSelect,
    )


def _wanted() -> forms.Field:
    return forms.ChoiceField(
        label=gettext_lazy("What shall we do?"),
        choices=[
            ("redirect", gettext_lazy("send it to another address")),
            ("stop", gettext_lazy("stop it and send it back")),
        ],
        widget=forms.RadioSelect,
    )


EXTRAS: dict[str, dict[str, Any]] = {
    ClaimKind.PRICE_PROTECTION: {"price_now": _price_now},
    ClaimKind.INVOICE: {
        "invoice_for": _invoice_for,
        "invoice_title": _line(gettext_lazy("Name on the invoice")),
        "invoice_tax_number": _line(gettext_lazy("Tax number of the company"), required=False, most=20),
        "invoice_email": lambda: forms.EmailField(label=gettext_lazy("Send it to this e-mail address"), max_length=200),
    },
    ClaimKind.ADDRESS_CHANGE: {
        "wanted": _wanted,
        "recipient": _line(gettext_lazy("Recipient"), required=False, most=80, complete="name"),
        "phone": _line(gettext_lazy("Phone number"), required=False, most=30, complete="tel"),
        "address": _line(gettext_lazy("New address"), required=False, most=300, complete="street-address"),
    },
}


def answers_of(values: Mapping[str, Any], kind: str, *, paid_each: Decimal) -> dict[str, Any]:
    """What a claim keeps of the answers, in the shapes that rules and the desk read."""
    details: dict[str, Any] = {name: values[name] == _YES for name in QUESTIONS if values.get(name) in {_YES, _NO}}
    if kind == ClaimKind.PRICE_PROTECTION and values.get("price_now") is not None:
        fall = (paid_each - values["price_now"]) * int(values.get("quantity") or 1)
        details["price_now"], details["price_drop"] = str(values["price_now"]), str(max(fall, Decimal(0)))
    if kind == ClaimKind.INVOICE:
        details["invoice"] = {
            "kind": values.get("invoice_for") or PERSON,
            "title": (values.get("invoice_title") or "").strip(),
            "tax_number": (values.get("invoice_tax_number") or "").strip().upper(),
            "email": values.get("invoice_email") or "",
        }
    if kind == ClaimKind.ADDRESS_CHANGE:
        names = ("wanted", "recipient", "phone", "address")
        details["redirect"] = {name: (values.get(name) or "").strip() for name in names}
    return details


def wishes_within(kind: str, granted: Sequence[str]) -> list[str]:
    """The outcomes that the customer may choose between: those of the kind that the rule grants; none when there is only one."""
    found = [key for key in WISHES.get(kind, ()) if not granted or key in granted]
    return found if len(found) > 1 and granted else []


class RegisterForm(forms.Form):
    """A serial number; and, of a thing that we do not know, which product it is and when it was bought."""

    serial = forms.CharField(
        label=gettext_lazy("Serial number"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=gettext_lazy("It stands on the product's label, often after “SN”."),
    )
    product = forms.IntegerField(label=gettext_lazy("Which product is it?"), required=False)
    purchased_on = forms.DateField(
        label=gettext_lazy("Bought on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    products: Sequence[Product] = ()

    def clean_serial(self) -> str:
        try:
            return clean_serial(self.cleaned_data["serial"])
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal.fields["serial"])) from None

    def offer_products(self) -> None:
        """Let the customer choose what it is."""
        self.products = list(Product.objects.filter(is_active=True).order_by("name")[:MOST_PRODUCTS])

    def ask_everything(self, *, is_asked: bool) -> None:
        """The number is unknown: the second time that is a mistake, the first time it is only the next question."""
        if is_asked:
            self.add_error("product", _("Choose which product it is."))

    def take(self, refusal: Refused) -> None:
        """Show a service's refusal at the fields that it names."""
        for name, words in refusal.fields.items():
            self.add_error(name if name in self.fields else None, str(words))
