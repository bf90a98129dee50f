"""Reading bodies: JSON with limits of its own, whatever depth or size somebody sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from helpdesk.core.errors import TooLarge


class JsonParser(BaseParser):
    """UTF-8 JSON (RFC 8259). Not a number, over-deep or over-large text is refused in words."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value; `ParseError` (400) or `TooLarge` (413)."""
        raw = stream.read(settings.API_MAX_JSON_BYTES + 1)
        if len(raw) > settings.API_MAX_JSON_BYTES:
            raise TooLarge
        return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """The value of UTF-8 JSON; `ParseError` when it is none, or nested deeper than any request of ours."""
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ParseError(_("The body is not JSON that can be read.")) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class JsonAlways(BaseContentNegotiation):
    """Every answer is JSON, whatever the client says it accepts: a clear answer beats a 406."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The parser of the request's content type."""
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The first renderer."""
        return renderers[0], renderers[0].media_type


class JsonRenderer(BaseRenderer):
    """Compact UTF-8 JSON; what is not plain yet (lazy texts, decimals) becomes text."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The bytes; nothing for an empty answer. A lone surrogate is escaped, so it cannot break the encoding."""
        if data is None:
            return b""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return text.encode("utf-8", "backslashreplace")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (set, tuple, frozenset)) else str(value)
