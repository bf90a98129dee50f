"""The product's own format, for carriers and systems that can sign: `X-Helpdesk-Timestamp` and `X-Helpdesk-Signature` as for
messages (`channels_app.webhook.hook`), and a body like

    {"events": [{"id": "e-1", "carrier": "sf", "number": "SF123", "status": "delivered", "at": "2026-11-22T10:00:00+08:00",
                 "text": "Handed over", "place": "Shenzhen", "order": "SO-1", "shop": ""}]}

or one such event by itself. `status` is one of the words of `Scan`; `order` and `shop` tell of which order it is a parcel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from aftersales.parcels.choices import Scan
from aftersales.parcels.services.recording import ScanDraft, Shipment
from channels_app.carriers.formats import handler_of, mapping, moment, number_of, read_json, text
from channels_app.hooks import plain_acknowledgement
from channels_app.inbox import RawItem, Stored
from channels_app.webhook.hook import SignedWebhook, parts_of
from helpdesk.core.errors import Permanent
from helpdesk.core.models import ChannelAccount


class PlainCarrier:
    """The format `parcels`."""

    name = "parcels"
    label = _("Parcel events in our own format")

    def verify(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> None:
        """As a signed message: HMAC-SHA256 over the time and the body, at most five minutes old."""
        SignedWebhook().verify(request, account, body)

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """One item an event; up to 100 in `events`."""
        items = [self._item(raw, mapping(read)) for raw, read in parts_of(body, "events")]
        # the same id twice in one body is one event
        return list({item.external_id or item.raw: item for item in items}.values())

    def _item(self, raw: bytes, event: Any) -> RawItem:
        return RawItem(
            raw=raw,
            handler=handler_of(self.name),
            external_id=text(event.get("id"), 200),
            order_key=number_of(event.get("number")),
            content_type="application/json",
        )

    def read(self, raw: bytes) -> Shipment:
        """One event of one number."""
        event = read_json(raw)
        number, at, status = number_of(event.get("number")), moment(event.get("at")), text(event.get("status"), 40)
        if not number:
            raise Permanent("the event names no parcel: give its number")
        if at is None:
            raise Permanent("the event has no time: give `at` with its zone")
        if status not in Scan.values:
            raise Permanent(f"the event's status is none of {', '.join(Scan.values)}")
        words, place = text(event.get("text")), text(event.get("place"), 120)
        return Shipment(
            number,
            text(event.get("carrier"), 40),
            [ScanDraft(status, at, words, place)],
            text(event.get("order"), 60),
            text(event.get("shop"), 60),
        )

    def acknowledge(self, stored: Sequence[Stored]) -> HttpResponse:
        """200 with the ids of the events."""
        return plain_acknowledgement(stored)
