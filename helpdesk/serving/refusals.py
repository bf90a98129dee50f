"""Answers that the entry gives itself, before or instead of a view."""

import json
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from helpdesk.serving.types import HeaderList, Scope, Send

REASONS = {
    HTTPStatus.BAD_REQUEST: ("bad_request", _("The request is not well formed.")),
    HTTPStatus.REQUEST_TIMEOUT: (
        "request_timeout",
        _("The upload took too long. Please try again on a better connection."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "body_too_large",
        _("This is too large. At most %(megabytes)s MB can be sent at once; your text is still in the form."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("server_error", _("Something went wrong on our side. Please try again.")),
    HTTPStatus.SERVICE_UNAVAILABLE: ("overloaded", _("Too much is going on at the moment. Please try again shortly.")),
    HTTPStatus.INSUFFICIENT_STORAGE: (
        "storage_full",
        _("The server has no room left for this. Please try again later."),
    ),
}


class Refused(Exception):
    """The request cannot reach a view; ``status`` says why. ``limit_bytes`` belongs to 413."""

    def __init__(self, status: HTTPStatus, *, limit_bytes: int = 0) -> None:
        """Keep what the answer needs."""
        super().__init__(status.phrase)
        self.status = status
        self.limit_bytes = limit_bytes


async def answer(scope: Scope, send: Send, refused: Refused) -> None:
    """Say it in the visitor's language: problem+json (RFC 9457) to programs, plain text to people; then hang up."""
    code, reason = REASONS[refused.status]
    with translation.override(_language(scope)):
        detail = str(reason) % {"megabytes": max(1, refused.limit_bytes // (1024 * 1024))}
    headers = dict(scope["headers"])
    if scope["path"].startswith(("/api/", "/hooks/")) or b"json" in headers.get(b"accept", b""):
        problem = {"type": "about:blank", "title": refused.status.phrase, "status": refused.status, "code": code}
        body = json.dumps(problem | {"detail": detail}, ensure_ascii=False).encode()
        kind = b"application/problem+json"
    else:
        body = detail.encode()
        kind = b"text/plain; charset=utf-8"
    answer_headers: HeaderList = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        # What is left of the body would be read as the next request.
        (b"connection", b"close"),
    ]
    if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer_headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": int(refused.status), "headers": answer_headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _language(scope: Scope) -> str:
    """The language cookie, else the browser's first language, else the site's."""
    headers = dict(scope["headers"])
    try:
        cookie = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(settings.LANGUAGE_COOKIE_NAME)
    except CookieError:
        cookie = None
    wanted = cookie.value if cookie else headers.get(b"accept-language", b"").decode("latin-1").split(",")[0]
    try:
        return translation.get_supported_language_variant(wanted.split(";")[0].strip() or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE
