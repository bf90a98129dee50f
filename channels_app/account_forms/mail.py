"""The form of a mail address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels_app.account_forms.base import AcknowledgingForm
from channels_app.account_forms.fields import (
    HostField,
    LinesField,
    SecretField,
    check_alias,
    check_folder,
    check_server_name,
)
from helpdesk.core.models import ChannelAccount, ChannelKind

SECURITIES = [
    ("ssl", _("TLS from the start")),
    ("starttls", "STARTTLS"),
    ("plain", _("not encrypted (this machine only)")),
]
AUTHS = [("password", _("Password")), ("oauth2", "OAuth2")]
PROVIDERS = [("", "–"), ("google", "Google"), ("microsoft", "Microsoft 365"), ("other", _("Another one"))]


class EmailAccountForm(AcknowledgingForm):
    """A mail address: how mail comes in, how it goes out, how we sign in there."""

    kind = ChannelKind.EMAIL
    template = "settings/channels/email.html"
    secret_fields = {
        "imap_password": "imap_password",
        "smtp_password": "smtp_password",
        "oauth2.client_id": "oauth_client_id",
        "oauth2.client_secret": "oauth_client_secret",
        "oauth2.refresh_token": "oauth_refresh_token",
    }

    address = forms.EmailField(label=_("Address"), max_length=254)
    aliases = LinesField(
        label=_("Other addresses"), check=check_alias, help_text=_("One a line; @example.com takes a whole domain.")
    )
    plus_addresses = forms.BooleanField(
        label=_("Tell conversations apart by plus addresses"), required=False, initial=True,
        help_text=_("Answers go to name+key@…; switch it off if the mail server refuses them."),
    )  # fmt: skip
    trusted_servers = LinesField(
        label=_("Servers whose spam verdicts count"),
        check=check_server_name,
        help_text=_("One name a line, as in Authentication-Results."),
    )
    imap_host = HostField(label=_("IMAP server"), help_text=_("Empty: mail comes by SMTP to this server."))
    imap_port = forms.IntegerField(label=_("Port"), required=False, min_value=1, max_value=65535)
    imap_security = forms.ChoiceField(label=_("Security"), choices=SECURITIES, required=False)
    imap_user = forms.CharField(label=_("User"), max_length=254, required=False, help_text=_("Empty: the address."))
    imap_auth = forms.ChoiceField(label=_("Sign-in"), choices=AUTHS, required=False)
    imap_password = SecretField(label=_("Password"))
    imap_folders = LinesField(label=_("Folders"), check=check_folder, most=20, help_text=_("One a line; empty: INBOX."))
    smtp_host = HostField(label=_("SMTP server"), help_text=_("Empty: the relay of the installation."))
    smtp_port = forms.IntegerField(label=_("Port"), required=False, min_value=1, max_value=65535)
    smtp_security = forms.ChoiceField(label=_("Security"), choices=SECURITIES, required=False, initial="starttls")
    smtp_user = forms.CharField(label=_("User"), max_length=254, required=False, help_text=_("Empty: the address."))
    smtp_auth = forms.ChoiceField(label=_("Sign-in"), choices=AUTHS, required=False)
    smtp_password = SecretField(label=_("Password"))
    oauth_provider = forms.ChoiceField(label=_("Provider"), choices=PROVIDERS, required=False)
    oauth_tenant = forms.RegexField(
        label=_("Tenant"), regex=r"^[A-Za-z0-9.-]+$", max_length=120, required=False, help_text=_("Microsoft 365 only.")
    )
    oauth_token_url = forms.URLField(
        label=_("Token address"),
        required=False,
        max_length=300,
        assume_scheme="https",
        help_text=_("For another provider."),
    )
    oauth_client_id = SecretField(label=_("Client id"))
    oauth_client_secret = SecretField(label=_("Client secret"))
    oauth_refresh_token = SecretField(label=_("Refresh token"))

    @classmethod
    def initial_of(cls, account: ChannelAccount) -> dict[str, Any]:
        config = account.config
        imap, smtp, oauth = (config.get(name) or {} for name in ("imap", "smtp", "oauth2"))
        values = super().initial_of(account) | {
            "address": account.address,
            "aliases": config.get("aliases") or [],
            "plus_addresses": config.get("plus_addresses", True),
            "trusted_servers": list(config.get("trusted_servers") or []),
            "imap_folders": imap.get("folders") or [],
            "oauth_provider": oauth.get("provider") or ("other" if oauth.get("token_url") else ""),
            "oauth_tenant": oauth.get("tenant", ""),
            "oauth_token_url": oauth.get("token_url", ""),
        }
        for prefix, kept, security in (("imap", imap, "ssl"), ("smtp", smtp, "starttls")):
            values |= {f"{prefix}_{name}": kept.get(name) for name in ("host", "port", "user")}
            values |= {
                f"{prefix}_security": kept.get("security", security),
                f"{prefix}_auth": kept.get("auth", "password"),
            }
        return values

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        provider = data.get("oauth_provider")
        if "oauth2" in {data.get("imap_auth"), data.get("smtp_auth")} and not provider:
            self.add_error("oauth_provider", _("Choose the provider for OAuth2."))
        if provider == "other" and not data.get("oauth_token_url") and "oauth_token_url" not in self.errors:
            self.add_error("oauth_token_url", _("Another provider needs its token address."))
        if str(data.get("oauth_token_url") or "").startswith("http:"):
            self.add_error("oauth_token_url", _("This address must begin with https."))
        return data

    def values(self) -> dict[str, Any]:
        return super().values() | {"address": self.cleaned_data["address"]}

    def config_values(self) -> dict[str, Any]:
        data = self.cleaned_data
        provider = data["oauth_provider"]
        oauth = {
            "provider": provider if provider != "other" else "",
            "tenant": data["oauth_tenant"],
            "token_url": data["oauth_token_url"] if provider == "other" else "",
        }
        return super().config_values() | {
            "aliases": [entry.lower() for entry in data["aliases"]],
            "plus_addresses": data["plus_addresses"],
            "trusted_servers": data["trusted_servers"],
            "imap": self._server("imap", folders=data["imap_folders"]),
            "smtp": self._server("smtp"),
            "oauth2": {name: value for name, value in oauth.items() if value},
        }

    def _server(self, prefix: str, **more: Any) -> dict[str, Any]:
        data = self.cleaned_data
        if not data[f"{prefix}_host"]:
            return {}
        names = ("host", "port", "security", "user", "auth")
        values = {name: data[f"{prefix}_{name}"] for name in names} | more
        return {name: value for name, value in values.items() if value}
