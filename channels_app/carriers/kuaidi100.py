"""Kuaidi100 (快递100): each post is a form with `param`, the whole history of one number as JSON, and `sign`.

The signature is the upper-case MD5 of `param` and the salt that was given when the number was subscribed, as its
documentation of the push interface says; MD5 is theirs to choose. It carries no time: a repeated post is the same event.
An answer other than `returnCode` 200 makes it send again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from aftersales.parcels.choices import Scan
from aftersales.parcels.services.recording import ScanDraft, Shipment
from channels_app.carriers.formats import (
    BEIJING,
    form_of,
    handler_of,
    mapping,
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

# `statusCode` of an event (its first digit where the longer code is not listed).
_SCANS = {
    "0": Scan.IN_TRANSIT,
    "1": Scan.COLLECTED,
    "101": Scan.NOTE,
    "102": Scan.NOTE,
    "103": Scan.COLLECTED,
    "2": Scan.DELAYED,
    "201": Scan.DELAYED,
    "202": Scan.DELAYED,
    "203": Scan.REFUSED,
    "204": Scan.UNDELIVERABLE,
    "205": Scan.UNDELIVERABLE,
    "206": Scan.UNDELIVERABLE,
    "207": Scan.UNDELIVERABLE,
    "208": Scan.DELAYED,
    "209": Scan.DAMAGED,
    "210": Scan.NOTE,
    "3": Scan.DELIVERED,
    "4": Scan.RETURNED,
    "401": Scan.NOTE,
    "5": Scan.OUT_FOR_DELIVERY,
    "501": Scan.AT_PICKUP_POINT,
    "6": Scan.RETURNING,
    "7": Scan.IN_TRANSIT,
    "8": Scan.IN_TRANSIT,
    "14": Scan.REFUSED,
}
# The words of an event's `status`, where it has no code.
_WORDS = {
    "揽收": Scan.COLLECTED,
    "在途": Scan.IN_TRANSIT,
    "干线": Scan.IN_TRANSIT,
    "派件": Scan.OUT_FOR_DELIVERY,
    "投柜": Scan.AT_PICKUP_POINT,
    "驿站": Scan.AT_PICKUP_POINT,
    "签收": Scan.DELIVERED,
    "退签": Scan.RETURNED,
    "退回": Scan.RETURNING,
    "拒": Scan.REFUSED,
    "疑难": Scan.DELAYED,
}


def sign(secret: str, param: str) -> str:
    """The value of `sign`."""
    return hashlib.md5((param + secret).encode(), usedforsecurity=False).hexdigest().upper()


class Kuaidi100:
    """The format `kuaidi100`."""

    name = "kuaidi100"
    label = _("Kuaidi100")

    def verify(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> None:
        """The signature under the account's salt, or under the former one while it is being changed."""
        form = form_of(body)
        given = form.get("sign", "").upper()
        prove(account, given, lambda secret: sign(secret, form.get("param", "")))

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """One number a post."""
        param = form_of(body).get("param", "").encode("utf-8", "replace")
        number = number_of(_result(read_json(param)).get("nu"))
        return [
            RawItem(raw=param, handler=handler_of(self.name), order_key=number, content_type="application/json"),
        ]

    def read(self, raw: bytes) -> Shipment:
        """The history of a number; events without a readable time are left out."""
        result = _result(read_json(raw))
        number = number_of(result.get("nu"))
        if not number:
            raise Permanent("the post names no tracking number (lastResult.nu)")
        scans = [scan for event in objects(result.get("data")) if (scan := _scan(event)) is not None]
        if not scans and result.get("data"):
            raise Permanent("no event of the post has a time that can be read")
        return Shipment(number, text(result.get("com"), 40), scans)

    def acknowledge(self, stored: Sequence[Stored]) -> HttpResponse:
        """What it takes for an acknowledgement."""
        return JsonResponse({"result": True, "returnCode": "200", "message": "ok"})


def _result(read: Any) -> Any:
    return mapping(mapping(read).get("lastResult"))


def _scan(event: Any) -> ScanDraft | None:
    at = moment(event.get("ftime"), BEIJING) or moment(event.get("time"), BEIJING)
    if at is None:
        return None
    code, words = text(event.get("statusCode"), 40), text(event.get("status"), 40)
    scan = _SCANS.get(code) or _SCANS.get(code[:1])
    if scan is None:
        scan = next((found for word, found in _WORDS.items() if word in words), Scan.IN_TRANSIT)
    return ScanDraft(scan, at, text(event.get("context")), text(event.get("areaName"), 120), code or words)
