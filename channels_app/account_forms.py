"""Forms of channel accounts, one for each kind. Secrets are typed in and never shown again."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels_app.asking import LEFT_OUT, askable_fields, asked_fields
from channels_app.sms.gateways import GATEWAYS
from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind
from helpdesk.core.saving import NamedChoiceField, SeenForm
from tickets.models import CustomField

SECURITIES = [
    ("ssl", _("TLS from the start")),
    ("starttls", "STARTTLS"),
    ("plain", _("not encrypted (this machine only)")),
]
AUTHS = [("password", _("Password")), ("oauth2", "OAuth2")]
PROVIDERS = [("", "–"), ("google", "Google"), ("microsoft", "Microsoft 365"), ("other", _("Another one"))]
_HOST = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\]|[0-9A-Fa-f:]+)$")
_ORIGIN = re.compile(r"^https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?$")


class SecretField(forms.CharField):
    """Typed in, never shown: an empty field keeps what is there."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 4000)
        kwargs.setdefault("strip", False)
        kwargs.setdefault("widget", forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}))
        super().__init__(**kwargs)


class HostField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(max_length=253, required=False, widget=forms.TextInput(attrs=attributes), **kwargs)

    def clean(self, value: Any) -> str:
        host = super().clean(value).strip()
        if host and not _HOST.match(host):
            raise ValidationError(_("Write the server's name, such as imap.example.com."))
        return host


class LinesField(forms.CharField):
    """One entry a line, each checked."""

    def __init__(self, *, check: Any, most: int = 50, **kwargs: Any) -> None:
        self.check, self.most = check, most
        super().__init__(required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        entries = list(dict.fromkeys(line.strip() for line in super().clean(value).splitlines() if line.strip()))
        if len(entries) > self.most:
            raise ValidationError(_("At most %(n)s entries.") % {"n": self.most})
        for entry in entries:
            self.check(entry)
        return entries


class JsonField(forms.CharField):
    """A small JSON object."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict) and value else value or ""

    def clean(self, value: Any) -> dict[str, Any]:
        text = super().clean(value).strip()
        try:
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            raise ValidationError(_("This is not valid JSON.")) from None
        if not isinstance(found, dict):
            raise ValidationError(_('Write a JSON object, such as {"key": "value"}.'))
        return found


def check_alias(entry: str) -> None:
    """A whole address, or `@domain` for everything that is sent there."""
    if entry.startswith("@"):
        validate_domain_name(entry[1:])
    else:
        validate_email(entry)


def check_origin(entry: str) -> None:
    if not _ORIGIN.match(entry):
        raise ValidationError(
            _("“%(entry)s” is not an origin such as https://www.example.com.") % {"entry": entry[:60]}
        )


def check_server_name(entry: str) -> None:
    if not _HOST.match(entry):
        raise ValidationError(_("“%(entry)s” is not the name of a server.") % {"entry": entry[:60]})


def check_folder(entry: str) -> None:
    if len(entry) > 200 or "\x00" in entry:
        raise ValidationError(_("This name is too long."))


class AccountForm(SeenForm):
    """What every account has. A kind's form adds its own and says which values are plain and which are secret."""

    kind = ""
    # secret's name in the sealed part → field
    secret_fields: dict[str, str] = {}
    template = "settings/channels/plain.html"

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=40,
        help_text=_("In addresses and commands; it cannot be changed later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("Name in English"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    brand = forms.CharField(label=_("Brand"), max_length=120, required=False, help_text=_("Empty: the company's name."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    grade = forms.ChoiceField(label=pgettext_lazy("of a channel", "Grade"), choices=ChannelGrade.choices)
    is_instant = forms.BooleanField(
        label=_("Instant: customers wait for the answer"),
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    team = NamedChoiceField(
        label=_("Team"),
        queryset=Team.objects.filter(is_active=True),
        required=False,
        empty_label=_("the default team"),
    )

    def __init__(self, *args: Any, account: ChannelAccount | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        if account is not None:
            del self.fields["slug"]
            kept = account.secrets
            for name, field_name in self.secret_fields.items():
                if _kept(kept, name):
                    self.fields[field_name].help_text = _("One is kept. Leave it empty to keep it.")

    @classmethod
    def initial_of(cls, account: ChannelAccount) -> dict[str, Any]:
        """The form's values, without any secret."""
        return {}

    def config_values(self) -> dict[str, Any]:
        """Plain settings, by their keys in `ChannelAccount.config`."""
        return {}

    def secret_values(self) -> dict[str, Any]:
        """What was typed into secret fields, by its name in the sealed part; dots make nested mappings."""
        found: dict[str, Any] = {}
        for name, field_name in self.secret_fields.items():
            value = self.cleaned_data.get(field_name)
            if value:
                outer, _dot, inner = name.partition(".")
                if inner:
                    found.setdefault(outer, {})[inner] = value
                else:
                    found[outer] = value
        return found

    def values(self) -> dict[str, Any]:
        """Arguments of `create_account` and `change_account`, without slug, seen and team."""
        names = ("name", "name_zh", "brand", "language", "grade", "is_instant")
        return {name: self.cleaned_data[name] for name in names}


def _kept(secrets: dict[str, Any], name: str) -> bool:
    outer, _dot, inner = name.partition(".")
    value = secrets.get(outer)
    return bool((value or {}).get(inner)) if inner else bool(value)


class AcknowledgingForm(AccountForm):
    """Accounts that say by mail that a message has arrived."""

    acknowledge = forms.BooleanField(
        label=_("Say by mail that a message has arrived"), required=False, initial=True,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )  # fmt: skip
    acknowledgement_en = forms.CharField(
        label=_("Acknowledgement in English"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Empty: our text. {number} and {address} stand for the ticket's number and its page."),
    )  # fmt: skip
    acknowledgement_zh = forms.CharField(
        label=_("Acknowledgement in Chinese"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    @classmethod
    def initial_of(cls, account: ChannelAccount) -> dict[str, Any]:
        texts = account.config.get("acknowledgement") or {}
        return {
            "acknowledge": account.config.get("acknowledge", True),
            "acknowledgement_en": texts.get("en", ""),
            "acknowledgement_zh": texts.get("zh", ""),
        }

    def config_values(self) -> dict[str, Any]:
        data = self.cleaned_data
        texts = {"en": data["acknowledgement_en"].strip(), "zh": data["acknowledgement_zh"].strip()}
        return {
            "acknowledge": data["acknowledge"],
            "acknowledgement": {language: text for language, text in texts.items() if text},
        }


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


class AskingAccountForm(AccountForm):
    """Accounts with a form of ours: which custom fields it asks for. What is left out is kept, so that a new field is asked."""

    asked_fields = forms.MultipleChoiceField(
        label=_("Fields that the form asks for"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Custom fields that customers see. Each is asked only for its kind of request."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(field.key, _asked_label(field)) for field in askable_fields()]
        if not choices:
            del self.fields["asked_fields"]
            return
        asked = self.fields["asked_fields"]
        assert isinstance(asked, forms.MultipleChoiceField)
        asked.choices = choices
        if self.account is None:
            asked.initial = [key for key, _label in choices]

    @classmethod
    def initial_of(cls, account: ChannelAccount) -> dict[str, Any]:
        return super().initial_of(account) | {"asked_fields": [field.key for field in asked_fields(account)]}

    def config_values(self) -> dict[str, Any]:
        values = super().config_values()
        if "asked_fields" in self.fields:
            asked = set(self.cleaned_data["asked_fields"])
            values[LEFT_OUT] = [field.key for field in askable_fields() if field.key not in asked]
        return values


def _asked_label(field: CustomField) -> str:
    return f"{field.label} ({field.get_kind_display()})" if field.kind else field.label


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


class SmsAccountForm(AccountForm):
    """An SMS gateway."""

    kind = ChannelKind.SMS
    template = "settings/channels/sms.html"
    secret_fields = {
        name: name for name in ("access_key_id", "access_key_secret", "secret_id", "secret_key", "api_key")
    }
    plain_fields = ("gateway", "sign_name", "sdk_app_id", "region", "endpoint", "url", "method", "id_path")
    json_fields = ("templates", "headers", "json", "form", "query")

    gateway = forms.ChoiceField(label=_("Gateway"), required=False)
    sign_name = forms.CharField(label=_("Signature name"), max_length=60, required=False)
    templates = JsonField(
        label=_("Templates"), help_text=_("Purpose (or *) → id and parameters, as the gateway has approved them.")
    )
    region = forms.RegexField(label=_("Region"), regex=r"^[a-z0-9-]+$", max_length=40, required=False)
    endpoint = forms.URLField(label=_("Endpoint"), max_length=300, required=False, assume_scheme="https")
    sdk_app_id = forms.CharField(label=_("SDK app id"), max_length=60, required=False)
    access_key_id = SecretField(label=_("Access key id"))
    access_key_secret = SecretField(label=_("Access key secret"))
    secret_id = SecretField(label=_("Secret id"))
    secret_key = SecretField(label=_("Secret key"))
    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")
    method = forms.ChoiceField(
        label=_("Method"), choices=[("POST", "POST"), ("GET", "GET"), ("PUT", "PUT")], required=False
    )
    headers = JsonField(label=_("Headers"))
    json = JsonField(label=_("JSON body"), help_text=_("{to}, {text}, {code}, {id} and {api_key} are filled in."))
    form = JsonField(label=_("Form body"))
    query = JsonField(label=_("Query"))
    id_path = forms.CharField(label=_("Where the answer has its id"), max_length=120, required=False)
    api_key = SecretField(label=_("API key"), help_text=_("Stands for {api_key}."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {"aliyun": _("Alibaba Cloud"), "tencent": _("Tencent Cloud"), "http": _("Any HTTP gateway")}
        shown = [(name, names.get(name, name)) for name in GATEWAYS if name != "console" or settings.DEMO]
        gateway = self.fields["gateway"]
        assert isinstance(gateway, forms.ChoiceField)
        gateway.choices = [("", _("as the installation says")), *shown]

    @classmethod
    def initial_of(cls, account: ChannelAccount) -> dict[str, Any]:
        return {name: account.config.get(name) for name in (*cls.plain_fields, *cls.json_fields)}

    def config_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*self.plain_fields, *self.json_fields)}


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
