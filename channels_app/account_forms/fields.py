"""Fields of the accounts' forms, and what their entries must be."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.utils.translation import gettext_lazy as _

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
