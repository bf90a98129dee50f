"""Per request: an id for the logs and problems, where it came from, and the person's language and zone."""

from __future__ import annotations

import re
import time
import uuid
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from helpdesk.core.logs import request_id
from helpdesk.core.traffic import count_request

Handler = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class RequestContextMiddleware:
    """Gives each request an id (taken over from a trusted proxy when well formed) and echoes it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        identity = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        token = request_id.set(identity)
        request.request_id = identity  # type: ignore[attr-defined]  # for what is logged about it afterwards
        began = time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-Id"] = identity
        route = request.resolver_match.route if request.resolver_match else "-"
        room = route.removeprefix("^").partition("/")[0] or "desk"
        count_request(room, request.method or "", response.status_code, time.perf_counter() - began)
        return response


class PreferencesMiddleware:
    """Activates language and time zone: the signed-in person's own, else the cookie's, else the browser's."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = self._language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            timezone.activate(self._zone(request))
            try:
                response = self.get_response(request)
            finally:
                timezone.deactivate()
        response.headers.setdefault("Content-Language", language)
        return response

    def _language(self, request: HttpRequest) -> str:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and user.language and not request.path.startswith("/portal"):
            return str(user.language)
        return translation.get_language_from_request(request)

    def _zone(self, request: HttpRequest) -> zoneinfo.ZoneInfo:
        user = getattr(request, "user", None)
        name = user.timezone if user is not None and user.is_authenticated else request.COOKIES.get("zone", "")
        try:
            return zoneinfo.ZoneInfo(name or settings.DEFAULT_USER_TIME_ZONE)
        except (KeyError, ValueError, OSError):
            return zoneinfo.ZoneInfo(settings.DEFAULT_USER_TIME_ZONE)


def client_address(request: HttpRequest) -> str:
    """The asker's address as the server's entry determined it (proxies are believed only when trusted)."""
    return str(request.META.get("REMOTE_ADDR") or "")[:64]
