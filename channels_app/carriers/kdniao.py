"""KDNiao (快递鸟): each post is a form with `RequestData`, the histories of several numbers as JSON, and `DataSign`.

The signature is Base64 of the hexadecimal MD5 of `RequestData` and the application key, as its documentation says; some of
its clients encode it for an address once more. It wants `Success` and its own account number back within some seconds, and
sends again otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.parcels.choices import Scan
from aftersales.parcels.services.recording import ScanDraft, Shipment
from channels_app.carriers.formats import (
    BEIJING,
    form_of,
    handler_of,
    moment,
    number_of,
    objects,
    prove,
    read_json,
    text,
)
from channels_app.inbox import RawItem, Stored
from helpdesk.core.errors import Permanent
from helpdesk.core.models import ChannelAccount

MOST = 200
# `Action` of a trace (its first digit where the longer code is not listed), and `State` of the number.
_SCANS = {
    "0": Scan.NOTE,
    "1": Scan.COLLECTED,
    "2": Scan.IN_TRANSIT,
    "202": Scan.OUT_FOR_DELIVERY,
    "211": Scan.AT_PICKUP_POINT,
    "3": Scan.DELIVERED,
    "4": Scan.DELAYED,
    "401": Scan.NOTE,
    "402": Scan.DELAYED,
    "403": Scan.DELAYED,
    "404": Scan.REFUSED,
    "405": Scan.UNDELIVERABLE,
    "406": Scan.RETURNED,
    "407": Scan.RETURNING,
    "412": Scan.UNDELIVERABLE,
    "413": Scan.INTERCEPTED,
    "414": Scan.DAMAGED,
    "415": Scan.NOTE,
    "416": Scan.UNDELIVERABLE,
    "417": Scan.DELAYED,
    "418": Scan.IN_TRANSIT,
    "419": Scan.OUT_FOR_DELIVERY,
    "5": Scan.IN_TRANSIT,
    "6": Scan.IN_TRANSIT,
    "10": Scan.NOTE,
}


def sign(secret: str, data: str) -> str:
    """The value of `DataSign`, before it is encoded for a form."""
    digest = hashlib.md5((data + secret).encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(digest.encode()).decode()


class KdNiao:
    """The format `kdniao`."""

    name = "kdniao"
    label = _("KDNiao")

    def verify(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> None:
        """The signature under the account's key, or under the former one while it is being changed."""
        form = form_of(body)
        given = unquote(form.get("DataSign", "")).replace(" ", "+")
        prove(account, given, lambda secret: sign(secret, form.get("RequestData", "")))

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """One item for each number; what holds none is one item as it is."""
        data = form_of(body).get("RequestData", "")
        read = read_json(data)
        envelope = {"EBusinessID": text(read.get("EBusinessID"), 40)}
        found = objects(read.get("Data"))[:MOST]
        parts = [(json.dumps(one, ensure_ascii=True).encode(), number_of(one.get("LogisticCode"))) for one in found]
        if not parts:
            parts = [(data.encode("utf-8", "replace"), "")]
        return [
            RawItem(
                raw=raw,
                handler=handler_of(self.name),
                order_key=number,
                content_type="application/json",
                envelope=envelope,
            )
            # the same history twice in one body is one item
            for raw, number in dict(parts).items()
        ]

    def read(self, raw: bytes) -> Shipment:
        """The history of a number; traces without a readable time are left out."""
        read = read_json(raw)
        number = number_of(read.get("LogisticCode"))
        if not number:
            raise Permanent("the item names no tracking number (LogisticCode)")
        traces = objects(read.get("Traces"))
        scans = [scan for trace in traces if (scan := _scan(trace)) is not None]
        if not scans and traces:
            raise Permanent("no trace of the item has a time that can be read")
        return Shipment(
            number, text(read.get("ShipperCode"), 40), _with_state(scans, read), text(read.get("OrderCode"), 60)
        )

    def acknowledge(self, stored: Sequence[Stored]) -> HttpResponse:
        """What it takes for an acknowledgement."""
        business = stored[0].event.envelope.get("EBusinessID", "") if stored else ""
        now = timezone.localtime(timezone.now(), BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        return JsonResponse({"EBusinessID": business, "UpdateTime": now, "Success": True, "Reason": ""})


def _scan(trace: Any) -> ScanDraft | None:
    at = moment(trace.get("AcceptTime"), BEIJING)
    if at is None:
        return None
    code = text(trace.get("Action"), 40)
    scan = _SCANS.get(code) or _SCANS.get(code[:1]) or Scan.IN_TRANSIT
    return ScanDraft(scan, at, text(trace.get("AcceptStation")), text(trace.get("Location"), 120), code)


def _with_state(scans: list[ScanDraft], read: Any) -> list[ScanDraft]:
    """Its plain version gives traces no code of their own, only the number's state: that is what the newest one says."""
    if not scans or any(scan.code for scan in scans):
        return scans
    code = text(read.get("StateEx"), 40) or text(read.get("State"), 40)
    newest = max(scans, key=lambda scan: scan.at)
    scan = _SCANS.get(code) or _SCANS.get(code[:1]) or Scan.IN_TRANSIT
    said = ScanDraft(scan, newest.at, newest.words, newest.place, code)
    return [said if one is newest else one for one in scans]
