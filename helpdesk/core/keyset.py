"""Keyset pages: a cursor is the signed-free, checked position (moment, id) of the last row; no offsets anywhere."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Invalid

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows of one page and the cursor of the next (None at the end)."""

    rows: list[M]
    next: str | None


def encode(moment: datetime, pk: int) -> str:
    raw = json.dumps([moment.isoformat(), pk], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str) -> tuple[datetime, int]:
    """The position; `Invalid` (field `cursor`) when it makes no sense."""
    try:
        raw = base64.urlsafe_b64decode(cursor[:200].encode("ascii") + b"=" * (-len(cursor) % 4))
        moment, pk = json.loads(raw)
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None or not isinstance(pk, int) or not 0 <= pk < 2**63:
            raise ValueError
        # the database refuses offsets beyond 15:59, which ISO 8601 allows
        parsed = parsed.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, UnicodeEncodeError, binascii.Error, RecursionError):
        raise Invalid(
            fields={"cursor": _("This page address is not valid. Start again from the first page.")}
        ) from None
    return parsed, pk


def after(rows: QuerySet[M], cursor: str | None, *, by: str, newest_first: bool = True) -> QuerySet[M]:
    """`rows` behind the cursor, in the order of (`by`, id), so that an index on both serves it."""
    sign, compare = ("-", "lt") if newest_first else ("", "gt")
    if cursor:
        moment, pk = decode(cursor)
        # the first condition lets the index start there; the second breaks ties
        rows = rows.filter(**{f"{by}__{compare}e": moment}).filter(
            Q(**{f"{by}__{compare}": moment}) | Q(**{by: moment, f"pk__{compare}": pk})
        )
    return rows.order_by(f"{sign}{by}", f"{sign}pk")


def page(
    rows: QuerySet[M], cursor: str | None, *, by: str = "created_at", size: int = 50, newest_first: bool = True
) -> Page[M]:
    """One page of `rows` ordered by (`by`, id)."""
    found = list(after(rows, cursor, by=by, newest_first=newest_first)[: size + 1])
    following: Any = None
    if len(found) > size:
        last = found[size - 1]
        following = encode(getattr(last, by), int(last.pk))
    return Page(found[:size], following)
