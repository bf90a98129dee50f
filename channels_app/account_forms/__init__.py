"""Forms of channel accounts, one for each kind. Secrets are typed in and never shown again."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from channels_app.account_forms.base import AccountForm, AcknowledgingForm, AskingAccountForm
from channels_app.account_forms.fields import LinesField, check_origin
from channels_app.account_forms.mail import EmailAccountForm
from channels_app.account_forms.sms import SmsAccountForm
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
    """Any system that can sign a request."""

    kind = ChannelKind.WEBHOOK
    template = "settings/channels/webhook.html"


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
