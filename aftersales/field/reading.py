"""What a phone sends, read and checked before anything is looked up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from aftersales.field.models import EntryKind
from aftersales.visits.services.working import Position
from helpdesk.core.errors import Invalid
from helpdesk.core.plain import plain

MOST_TEXT = 32 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Deed:
    """One deed as it was sent: its key, of whom, at which visit, when by the phone's clock, and its values."""

    key: UUID
    kind: str
    visit_id: int
    staff_id: int
    happened_at: datetime
    data: dict[str, Any] = field(default_factory=dict)


def read_deed(text: str) -> Deed:
    """The deed in a JSON text; `Invalid` (field `entry`) for anything that is none."""
    if len(text) > MOST_TEXT:
        raise Invalid(fields={"entry": _("This is too long.")})
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("data", {}), dict):
        raise _unreadable()
    try:
        key = UUID(str(given.get("key")))
        happened_at = parse_datetime(str(given.get("at"))[:40])
    except ValueError:
        raise _unreadable() from None
    if happened_at is None or happened_at.tzinfo is None or given.get("kind") not in EntryKind.values:
        raise _unreadable()
    visit_id, staff_id = whole(given.get("visit")), whole(given.get("staff"))
    if visit_id is None or staff_id is None:
        raise _unreadable()
    if not 2000 <= happened_at.year < 2200:
        # a year beyond what Python reads back would break every page that shows the row
        raise _unreadable()
    return Deed(key, given["kind"], visit_id, staff_id, happened_at, plain(given.get("data", {}), field="entry"))


def _unreadable() -> Invalid:
    return Invalid(fields={"entry": _("What the phone sent cannot be read. Load the page anew.")})


def whole(given: Any, most: int = 2**63 - 1) -> int | None:
    """A positive whole number, or None."""
    if isinstance(given, bool) or not isinstance(given, (int, str)):
        return None
    text = str(given).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return int(text) if 0 < int(text) <= most else None


def words(given: Any, most: int) -> str:
    """Text without control characters that no database keeps, at most so long."""
    return str(given if given is not None else "").replace("\x00", "").strip()[:most]


def read_position(given: Any) -> Position | None:
    """Where the phone was; None when it did not say, or what it said is no place."""
    if not isinstance(given, Mapping):
        return None
    try:
        latitude, longitude = float(given["latitude"]), float(given["longitude"])
        within = int(min(float(given.get("within") or 0), 1e6))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Position(latitude, longitude, max(within, 0))


def read_hash(given: Any) -> str:
    """A SHA-256 as the phone worked it out; empty when it did not."""
    text = str(given or "").lower()
    return text if _HASH.fullmatch(text) else ""
