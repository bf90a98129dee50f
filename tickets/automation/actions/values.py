"""Small helpers for checking arguments, in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team
from helpdesk.core.errors import Invalid


def line(given: dict[str, Any], name: str, *, most: int = 250, required: Any = "") -> str:
    """One line of text; `required` is what to say when it is missing."""
    text = " ".join(str(given.get(name) or "").replace("\x00", "").split())
    if not text and required:
        raise Invalid(fields={name: required})
    if len(text) > most:
        raise Invalid(fields={name: _("Please use at most %(most)d characters.") % {"most": most}})
    return text


def text(given: dict[str, Any], name: str, *, most: int = 5000) -> str:
    """A longer text, ends trimmed."""
    words = str(given.get(name) or "").replace("\x00", "").strip()
    if len(words) > most:
        raise Invalid(fields={name: _("Please use at most %(most)d characters.") % {"most": most}})
    return words


def word(given: dict[str, Any], name: str, known: Collection[str], *, required: bool = True) -> str:
    """One of these words."""
    value = str(given.get(name) or "")
    if value not in known and (value or required):
        raise Invalid(fields={name: _("Choose from the list.")})
    return value


def number(given: dict[str, Any], name: str) -> int:
    """The id of a row."""
    try:
        return int(given.get(name) or 0)
    except (TypeError, ValueError, OverflowError):
        raise Invalid(fields={name: _("Choose from the list.")}) from None


def team(given: dict[str, Any], name: str = "team") -> Team:
    """An active team."""
    found = Team.objects.filter(pk=number(given, name), is_active=True).first()
    if found is None:
        raise Invalid(fields={name: _("Choose one of the teams.")})
    return found
