"""Cursor pages of the API: `{"results": […], "next": address or null}`, ordered by a moment and the id."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from helpdesk.core import keyset
from helpdesk.core.errors import Invalid


class KeysetPagination(BasePagination):
    """`?cursor=…&page_size=…`; a view names its order with `keyset_by` and `keyset_newest_first`."""

    max_page_size = 200
    default_page_size = 50

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        found = keyset.page(
            queryset,
            request.query_params.get("cursor"),
            by=getattr(view, "keyset_by", "created_at"),
            size=self._size(request),
            newest_first=getattr(view, "keyset_newest_first", True),
        )
        self.next = found.next
        return found.rows

    def _size(self, request: Request) -> int:
        given = request.query_params.get("page_size", "")
        if not given:
            return self.default_page_size
        if not given.isascii() or not given.isdigit() or len(given) > 4 or not 1 <= int(given) <= self.max_page_size:
            raise Invalid(fields={"page_size": _("Give a number from 1 to 200.")})
        return int(given)

    def get_paginated_response(self, data: Any) -> Response:
        address = replace_query_param(self.request.build_absolute_uri(), "cursor", self.next) if self.next else None
        return Response({"results": data, "next": address})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": "string", "format": "uri", "nullable": True}},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 200}},
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "maximum": self.max_page_size},
            },
        ]
