"""Forms of channel accounts, one for each kind. Secrets are typed in and never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels_app.account_forms.base import AccountForm, AcknowledgingForm, AskingAccountForm
from channels_app.account_forms.fields import LinesField, SecretField, check_origin
from channels_app.account_forms.mail import EmailAccountForm
from channels_app.account_forms.sms import SmsAccountForm
from channels_app.carriers.formats import formats
from channels_app.carriers.hook import format_of
from channels_app.webhook.hook import SECRET
from helpdesk.core.models import ChannelAccount, ChannelKind

__all__ = ["CREATABLE", "FORMS", "AccountForm", "PlainAccountForm"]


class PortalAccountForm(AskingAccountForm):
    """The portal: which fields a new request asks for."""

    kind = ChannelKind.PORTAL
    template = "settings/channels/portal.html"


class FormAccountForm(AskingAccountForm, AcknowledgingForm):
    """A web form: where it may be embedded, and what it asks for."""

    kind = ChannelKind.FORM
    template = "settings/channels/form.html"

    embed_origins = LinesField(
        label=_("Pages that may embed the form"),
        check=check_origin,
        help_text=_("One origin a line, such as https://www.example.com."),
    )

    @classmethod
    def initial_of(cls, account: ChannelAccount) -> dict[str, Any]:
        return super().initial_of(account) | {"embed_origins": account.config.get("embed_origins") or []}

    def config_values(self) -> dict[str, Any]:
        return super().config_values() | {"embed_origins": self.cleaned_data["embed_origins"]}


class WebhookAccountForm(AccountForm):
    """Any system that can sign a request: with customers' messages, or with what carriers say of parcels."""

    kind = ChannelKind.WEBHOOK
    template = "settings/channels/webhook.html"
    secret_fields = {SECRET: "key"}

    format = forms.ChoiceField(label=_("What it brings"), required=False)
    key = SecretField(
        label=_("Key of the sender"),
        help_text=_(
            "What the aggregator signs with: the salt of Kuaidi100, the application key of KDNiao. Empty: we make one."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["format"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("Messages of customers")), *((name, one.label) for name, one in formats.items())]

    @classmethod
    def initial_of(cls, account: ChannelAccount) -> dict[str, Any]:
        return super().initial_of(account) | {"format": format_of(account)}

    def config_values(self) -> dict[str, Any]:
        return super().config_values() | {"format": self.cleaned_data["format"]}


class PlainAccountForm(AccountForm):
    """API and other kinds that need nothing but a name, a team and a switch."""


FORMS: dict[str, type[AccountForm]] = {
    ChannelKind.PORTAL: PortalAccountForm,
    ChannelKind.EMAIL: EmailAccountForm,
    ChannelKind.FORM: FormAccountForm,
    ChannelKind.SMS: SmsAccountForm,
    ChannelKind.WEBHOOK: WebhookAccountForm,
}
# Kinds of which people may make further accounts; the others ship with the product.
CREATABLE = [kind for kind in FORMS if kind != ChannelKind.PORTAL]
