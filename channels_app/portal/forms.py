"""Forms of the portal: an answer, and a new request."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from channels_app.asking import AskingForm
from channels_app.uploads import ManyFilesField
from helpdesk.core.secrets import new_token
from tickets.models import Kind
from tickets.services.replying import MAX_TEXT

_TOKEN = re.compile(r"^[A-Za-z0-9_-]{16,64}$")
_TOO_LONG = _("This text is too long. Send the rest as a file.")

# In the customer's words; what is left out here can be chosen by agents only.
KINDS = [
    (Kind.LOGISTICS, _("My order or its delivery")),
    (Kind.RETURN, _("Return or exchange something")),
    (Kind.REPAIR, _("Something is broken")),
    (Kind.TECHNICAL, _("Help with using it")),
    (Kind.ENQUIRY, _("A question before I buy")),
    (Kind.COMPLAINT, _("A complaint or suggestion")),
    (Kind.ACCOUNT, _("My account")),
    (Kind.OTHER, _("Something else")),
]


class Once(forms.Form):
    """A form with a token of its own: sending it twice means it once."""

    token = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)

    def clean_token(self) -> str:
        token = self.cleaned_data["token"]
        return token if _TOKEN.match(token) else new_token(18)


def fresh_token() -> str:
    return new_token(18)


class AnswerForm(Once):
    """An answer on a request: words, files, or both."""

    text = forms.CharField(
        label=_("Your answer"),
        required=False,
        max_length=MAX_TEXT,
        error_messages={"max_length": _TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    attachments = ManyFilesField(label=_("Photos and files"), required=False)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned.get("text") or "").strip() and not cleaned.get("attachments"):
            self.add_error("text", _("Write something first, or attach a file."))
        return cleaned


class NewRequestForm(Once, AskingForm):
    """A new request of a signed-in customer."""

    kind = forms.ChoiceField(label=_("What is it about?"), choices=KINDS)
    subject = forms.CharField(
        label=_("In one line"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("For example: The washer shows E21 and does not drain"),
    )
    text = forms.CharField(
        label=_("What happened?"),
        max_length=MAX_TEXT,
        error_messages={"max_length": _TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    order = forms.CharField(
        label=_("Order number"), required=False, max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    attachments = ManyFilesField(label=_("Photos and files"), required=False)
