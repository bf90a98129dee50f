"""The form of an SMS gateway."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from channels_app.account_forms.base import AccountForm
from channels_app.account_forms.fields import (
    JsonField,
    SecretField,
)
from channels_app.sms.gateways import GATEWAYS
from helpdesk.core.models import ChannelAccount, ChannelKind


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
