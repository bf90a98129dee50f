"""Proving and splitting a generic webhook.

`X-Helpdesk-Timestamp` holds Unix seconds, `X-Helpdesk-Signature` is `sha256=` and the hexadecimal HMAC-SHA256, under the
account's secret, of the timestamp, a full stop and the body as sent. Older than 300 s is refused. While a secret is being
changed the former one is taken too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from channels_app.hooks import SignatureRefused, plain_acknowledgement
from channels_app.inbox import RawItem, Stored
from channels_app.webhook import goods
from channels_app.webhook.handler import HANDLER
from helpdesk.core.models import ChannelAccount

SECRET = "webhook_secret"
FORMER_SECRET = "webhook_secret_former"
MAX_ITEMS = 100


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `X-Helpdesk-Signature`."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def parts_of(body: bytes, name: str) -> list[tuple[bytes, Any]]:
    """The parts of a body, raw and read: up to 100 in the list `name` of its object, else the body itself (None: no JSON)."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        read = None
    many = read.get(name) if isinstance(read, dict) else None
    if isinstance(many, list) and 0 < len(many) <= MAX_ITEMS:
        return [(json.dumps(one, ensure_ascii=True).encode(), one) for one in many]
    return [(body, read)]


class SignedWebhook:
    """Accounts of kind `webhook`."""

    def verify(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> None:
        """Raise `SignatureRefused` unless signature and age are right."""
        given = request.headers.get("X-Helpdesk-Signature", "")
        stamp = request.headers.get("X-Helpdesk-Timestamp", "")
        secrets = [str(account.secrets.get(name) or "") for name in (SECRET, FORMER_SECRET)]
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12) or not any(secrets):
            raise SignatureRefused
        expected = [sign(secret, int(stamp), body) for secret in secrets if secret]
        # every comparison is made, so that the time tells nothing
        matches = [hmac.compare_digest(value.encode(), given.encode("utf-8", "replace")) for value in expected]
        if not any(matches) or abs(time.time() - int(stamp)) > settings.WEBHOOK_MAX_AGE_SECONDS:
            raise SignatureRefused

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """One item a message: the body is a message, or an object with up to 100 in `messages`."""
        kind = (request.content_type or "")[:100]
        items = [_item(raw, read, kind) for raw, read in parts_of(body, "messages")]
        # the same id twice in one body is one message
        return list({item.external_id or item.raw: item for item in items}.values())

    def acknowledge(self, stored: Sequence[Stored]) -> HttpResponse:
        """200 with the ids of the events."""
        return plain_acknowledgement(stored)


def _item(raw: bytes, read: Any, content_type: str) -> RawItem:
    message = read if isinstance(read, dict) else {}
    given, sender = message.get("id"), message.get("sender")
    external_id = str(given) if isinstance(given, (str, int)) and not isinstance(given, bool) else ""
    order_key = ""
    if isinstance(sender, dict):
        order_key = next((str(sender[name]) for name in ("id", "email", "phone") if sender.get(name)), "")
    if (record := message.get("type")) in goods.KINDS:
        return RawItem(
            raw=raw,
            handler=goods.HANDLER,
            external_id=_storable(external_id),
            order_key=_storable(
                f"{record}:{message.get('number') or message.get('serial') or message.get('sku') or ''}"
            ),
            content_type=content_type,
        )
    return RawItem(
        raw=raw,
        handler=HANDLER,
        external_id=_storable(external_id),
        order_key=_storable(order_key),
        content_type=content_type,
    )


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:200]
