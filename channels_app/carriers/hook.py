"""Accounts of kind `webhook` bring messages, or parcel events in the format that the account names."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from channels_app.carriers.formats import PREFIX, formats
from channels_app.hooks import Hook
from channels_app.inbox import RawItem, Stored
from channels_app.webhook.hook import SignedWebhook
from helpdesk.core.errors import NotFound
from helpdesk.core.models import ChannelAccount

MESSAGES = ""


def format_of(account: ChannelAccount) -> str:
    """The name of the account's format; empty for customers' messages."""
    return str(account.config.get("format") or MESSAGES)


class WebhookOfFormat:
    """Hands each call to the format of its account."""

    def verify(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> None:
        """As the format says."""
        self._hook(format_of(account)).verify(request, account, body)

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """As the format says."""
        return self._hook(format_of(account)).split(request, account, body)

    def acknowledge(self, stored: Sequence[Stored]) -> HttpResponse:
        """In the words of whoever sent it; the stored item's handler says who that was."""
        handler = stored[0].event.handler if stored else ""
        return self._hook(handler.removeprefix(PREFIX) if handler.startswith(PREFIX) else MESSAGES).acknowledge(stored)

    def _hook(self, name: str) -> Hook:
        if name == MESSAGES:
            return SignedWebhook()
        if name not in formats:
            raise NotFound
        return formats.get(name)
