"""The fields of the web form, and what tells a person from a script."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext_lazy as _

from channels_app.asking import AskingForm
from channels_app.portal.forms import KINDS
from channels_app.uploads import ManyFilesField
from helpdesk.core.secrets import new_token
from helpdesk.customers.identities import Known, normalise_email, normalise_phone
from helpdesk.customers.models import IdentityKind
from tickets.services.replying import MAX_TEXT

_SALT = "web-form"
# Nobody reads the page and writes a message in less; a script does not wait.
TOO_FAST_SECONDS = 2


def fresh_stamp() -> str:
    """The form's own token with the moment at which it was given out, signed."""
    return TimestampSigner(salt=_SALT).sign(new_token(12))


def read_stamp(stamp: str) -> tuple[str, bool]:
    """The token, and whether it came back too fast for a person; an empty token when it is not ours."""
    signer = TimestampSigner(salt=_SALT)
    try:
        token = signer.unsign(stamp[:200])
    except BadSignature:
        return "", False
    try:
        signer.unsign(stamp, max_age=TOO_FAST_SECONDS)
    except BadSignature:
        return token, False
    return token, True


class WebForm(AskingForm):
    """What a stranger tells us. `cleaned_data["contact"]` is one normalised identity: two of them in one unproven
    message would let anybody tie their own number to somebody else's profile."""

    stamp = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    # a field that people do not see and scripts fill in
    website = forms.CharField(required=False, max_length=2000)
    name = forms.CharField(
        label=_("Your name"), required=False, max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact = forms.CharField(
        label=_("E-mail address or mobile number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Our answer goes there."),
    )
    kind = forms.ChoiceField(label=_("What is it about?"), choices=KINDS)
    subject = forms.CharField(
        label=_("In one line"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    text = forms.CharField(
        label=_("What happened?"),
        max_length=MAX_TEXT,
        error_messages={"max_length": _("This text is too long. Send the rest as a file.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    order = forms.CharField(
        label=_("Order number"), required=False, max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    attachments = ManyFilesField(label=_("Photos and files"), required=False)

    def clean_contact(self) -> Known:
        given = self.cleaned_data["contact"]
        if "@" in given or "＠" in given:
            value = normalise_email(given)
            kind = IdentityKind.EMAIL
        else:
            value = normalise_phone(given, region=settings.DEFAULT_PHONE_REGION)
            kind = IdentityKind.PHONE
        if value is None:
            raise forms.ValidationError(
                _("Enter an e-mail address like lin@example.com, or a mobile number like 138 0013 8000.")
            )
        return Known(kind, value)
