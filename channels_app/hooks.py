"""`/hooks/{channel}/{account}/`: what other systems post. Check, store raw, answer; the work comes after.

Each channel kind registers its hook. Nothing is stored, and nothing but a refusal answered, before the hook has proved
the sender.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from channels_app import inbox
from channels_app.inbox import RawItem, Stored
from helpdesk.core.api.problems import as_response
from helpdesk.core.errors import NotFound, Refused, TooLarge
from helpdesk.core.models import ChannelAccount
from helpdesk.core.registries import Registry

log = logging.getLogger(__name__)


class SignatureRefused(Refused):
    """The sender could not be proved."""

    code = "signature_refused"
    status = 401
    message = _("The signature is missing, wrong or too old.")


class MethodRefused(Refused):
    code = "method_not_allowed"
    status = 405
    message = _("Only POST is answered here.")


class Hook(Protocol):
    """How one channel kind proves, splits and acknowledges what is posted to it."""

    def verify(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> None:
        """Raise `SignatureRefused` unless the sender holds the account's secret; compared in constant time."""

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """The raw items in the body; what cannot be read is one item as it is."""

    def acknowledge(self, stored: Sequence[Stored]) -> HttpResponse:
        """What the sender wants to hear."""


hooks: Registry[Hook] = Registry("webhook")


@csrf_exempt
def receive_hook(request: HttpRequest, channel: str, account: str) -> HttpResponse:
    """One posted body: proved, stored, acknowledged."""
    try:
        if request.method != "POST":
            raise MethodRefused
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.WEBHOOK_MAX_BYTES:
            raise TooLarge
        found = ChannelAccount.objects.filter(slug=account, kind=channel, is_active=True).first()
        if found is None or channel not in hooks:
            raise NotFound
        hook, body = hooks.get(channel), request.body
        if len(body) > settings.WEBHOOK_MAX_BYTES:
            raise TooLarge
        hook.verify(request, found, body)
        return hook.acknowledge(inbox.store(found, hook.split(request, found, body)))
    except Refused as refusal:
        log.info("hook %s/%s refused: %s", channel, account, refusal.code)
        response = as_response(refusal)
        if isinstance(refusal, MethodRefused):
            response["Allow"] = "POST"
        return response


def plain_acknowledgement(stored: Sequence[Stored]) -> HttpResponse:
    """200 with the ids of the stored events."""
    events = [{"event": item.event.pk, "is_duplicate": not item.is_new} for item in stored]
    return JsonResponse({"events": events})
