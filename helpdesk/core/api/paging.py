"""One page of dictionaries as the API answers it: `{"results": […], "next": address or null}`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from helpdesk.core import keyset
from helpdesk.core.errors import Invalid

DEFAULT_SIZE = 50
MAX_SIZE = 200


def page_size(request: Request) -> int:
    """The number of rows that the caller wants."""
    given = request.query_params.get("page_size", "")
    if not given:
        return DEFAULT_SIZE
    if not given.isascii() or not given.isdigit() or len(given) > 4 or not 1 <= int(given) <= MAX_SIZE:
        raise Invalid(fields={"page_size": _("Give a number from 1 to 200.")})
    return int(given)


def envelope(request: Request, rows: Sequence[Any], cursor: str | None) -> Response:
    """The answer of a list."""
    address = replace_query_param(request.build_absolute_uri(), "cursor", cursor) if cursor else None
    return Response({"results": rows, "next": address})


def keyset_page(
    request: Request, rows: QuerySet[Any, Any], write: Callable[[Any], Any], *, by: str, newest_first: bool = True
) -> Response:
    """A page of a `values()` queryset (with `id` and `by` among them), each row written by `write`."""
    size = page_size(request)
    behind = keyset.after(rows, request.query_params.get("cursor"), by=by, newest_first=newest_first)
    found = list(behind[: size + 1])
    following = keyset.encode(found[size - 1][by], found[size - 1]["id"]) if len(found) > size else None
    return envelope(request, [write(row) for row in found[:size]], following)


def moment(value: Any) -> str | None:
    """A moment as the API writes it: ISO 8601 in UTC with `Z`."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if value is not None else None
