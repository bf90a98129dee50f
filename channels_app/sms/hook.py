"""What an SMS gateway posts to us: receipts of messages that we sent, and messages of customers, signed like any webhook.

An item with `status` is a receipt: `id` (the gateway's, as it answered when we sent), `status`, `reason`, `at`. An item
with `from` and `text` is a message: `id`, `from` (a phone number), `text`, `at`. The body is one item, or an object with
up to 100 in `items`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from channels_app.inbox import RawItem, hash_id
from channels_app.sms.inbound import MESSAGE, RECEIPT
from channels_app.webhook.hook import SignedWebhook, parts_of
from helpdesk.core.models import ChannelAccount


class SmsHook(SignedWebhook):
    """Accounts of kind `sms`; proved and acknowledged as a generic webhook is."""

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """One raw item for each receipt and message; the same one twice is one."""
        kind = (request.content_type or "")[:100]
        first: dict[str, RawItem] = {}
        for raw, read in parts_of(body, "items"):
            item = _item(raw, read, kind)
            first.setdefault(item.external_id, item)
        return list(first.values())


def _item(raw: bytes, read: Any, content_type: str) -> RawItem:
    item = read if isinstance(read, dict) else {}
    given = item.get("id")
    own = _short(given) if isinstance(given, (str, int)) and not isinstance(given, bool) else ""
    if "status" in item:
        external_id = f"receipt:{own}:{_short(item['status'])}" if own else hash_id(raw)
        return RawItem(raw, RECEIPT, external_id, f"receipt:{own}" if own else "", content_type)
    return RawItem(raw, MESSAGE, f"message:{own}" if own else hash_id(raw), _short(item.get("from")), content_type)


def _short(value: Any) -> str:
    return str(value or "").replace("\x00", "").encode("utf-8", "replace").decode()[:100]
