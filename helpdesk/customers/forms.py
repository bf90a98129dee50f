"""Forms of the portal's sign-in and profile."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.customers.models import Customer, IdentityKind
from helpdesk.customers.services.signing_in import read_entry, sending_account


class SignInForm(forms.Form):
    """One field: an e-mail address or a phone number. `cleaned_data["entry"]` is the normalised identity."""

    entry = forms.CharField(
        max_length=254,
        strip=True,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "inputmode": "email"}
        ),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.has_sms = sending_account(IdentityKind.PHONE) is not None
        self.fields["entry"].label = _("E-mail address or mobile number") if self.has_sms else _("E-mail address")

    def clean_entry(self) -> object:
        known = read_entry(self.cleaned_data["entry"])
        if known is None or (known.kind == IdentityKind.PHONE and not self.has_sms):
            raise forms.ValidationError(
                _("Enter an e-mail address like lin@example.com, or a mobile number like 138 0013 8000.")
                if self.has_sms
                else _("Enter an e-mail address like lin@example.com.")
            )
        return known


class CodeForm(forms.Form):
    """The code from the SMS; what it means is decided by the service."""

    reference = forms.CharField(max_length=200, widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Code from the SMS"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input", "autofocus": True}
        ),
    )


class ProfileForm(forms.Form):
    """Name and language of the signed-in customer."""

    name = forms.CharField(
        label=_("Name"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("This is how we address you."),
    )
    language = forms.ChoiceField(
        label=_("Language of our messages"),
        choices=[("en", "English"), ("zh-hans", "简体中文")],
        widget=forms.RadioSelect,
    )

    @classmethod
    def of(cls, customer: Customer) -> ProfileForm:
        language = "zh-hans" if customer.language.startswith("zh") else "en"
        return cls(initial={"name": customer.name, "language": language})
