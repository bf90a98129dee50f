"""What the forms of several kinds of account share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels_app.asking import LEFT_OUT, askable_fields, asked_fields
from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount, ChannelGrade
from helpdesk.core.saving import NamedChoiceField, SeenForm
from tickets.models import CustomField


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
