"""The interface of a format: how an aggregator proves itself, what one body holds, what it wants to hear."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse

from aftersales.parcels.services.recording import Shipment
from channels_app.hooks import SignatureRefused
from channels_app.inbox import RawItem, Stored
from channels_app.webhook.hook import FORMER_SECRET, SECRET
from helpdesk.core.models import ChannelAccount
from helpdesk.core.registries import Registry
from tickets.services.receiving import storable

# Aggregators of China write local times without a zone.
BEIJING = ZoneInfo("Asia/Shanghai")
PREFIX = "carrier."


class CarrierFormat(Protocol):
    """One aggregator. `name` is kept with the account and names the codes of carriers (`Carrier.codes`)."""

    name: str
    label: Any

    def verify(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> None:
        """Raise `SignatureRefused` unless the sender holds the account's key."""

    def split(self, request: HttpRequest, account: ChannelAccount, body: bytes) -> Sequence[RawItem]:
        """One item for each parcel in the body."""

    def read(self, raw: bytes) -> Shipment:
        """An item in the product's words; `Permanent` when nothing of it can be read."""

    def acknowledge(self, stored: Sequence[Stored]) -> HttpResponse:
        """What makes the aggregator stop sending it."""


formats: Registry[CarrierFormat] = Registry("format of carriers")


def handler_of(name: str) -> str:
    """The inbound handler's name for a format."""
    return PREFIX + name


def prove(account: ChannelAccount, given: str, sign: Callable[[str], str]) -> None:
    """`SignatureRefused` unless `given` is what `sign` makes of the account's key, or of the former one while it is being
    changed. Every comparison is made, so that the time tells nothing."""
    secrets = [str(account.secrets.get(name) or "") for name in (SECRET, FORMER_SECRET)]
    expected = [sign(secret).encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(one, given.encode("utf-8", "replace")) for one in expected]
    if not any(matches):
        raise SignatureRefused


def form_of(body: bytes) -> dict[str, str]:
    """The fields of a posted form, each once; nothing for what is none."""
    try:
        read = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in read.items()}


def read_json(raw: str | bytes) -> Mapping[str, Any]:
    """The object that the text holds; an empty one when it holds none."""
    try:
        return mapping(json.loads(raw))
    except (ValueError, RecursionError):
        return {}


def text(value: Any, most: int = 500) -> str:
    """A value as text that the database takes; nothing for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(storable(str(value)).split())[:most]


def number_of(value: Any) -> str:
    """A tracking number as parcels keep it."""
    return text(value, 40).replace(" ", "").upper()


def moment(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """A time in ISO form or as `2026-11-22 09:30:00`, of this zone where it names none; None for anything else."""
    try:
        found = datetime.fromisoformat(text(value, 40))
    except ValueError:
        return None
    if not 1990 <= found.year < 2200:
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, at most 1,000."""
    return [one for one in value[:1000] if isinstance(one, dict)] if isinstance(value, list) else []
