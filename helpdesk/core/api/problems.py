"""Every error of the API in one envelope: problem+json (RFC 9457) with a stable `code` and `fields`."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from helpdesk.core.errors import Refused, TooMany
from helpdesk.core.logs import request_id

log = logging.getLogger(__name__)
_BARE = {
    400: ("bad_request", gettext_lazy("The request is not well formed.")),
    403: ("forbidden", gettext_lazy("Your role does not allow this. Ask a supervisor.")),
    404: ("not_found", gettext_lazy("There is nothing here, or you may not see it.")),
    500: ("server_error", gettext_lazy("Something went wrong on our side. Please try again.")),
}


def problem(status: int, code: str, title: str, *, fields: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """The body: `type`, `title`, `status`, `code`, `fields`, `request_id` and what the error adds."""
    return {
        "type": f"urn:helpdesk:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "fields": fields or {},
        "request_id": request_id.get(),
        **data,
    }


def from_refusal(refusal: Refused) -> dict[str, Any]:
    fields = {name: [str(item) for item in _listed(value)] for name, value in refusal.fields.items()}
    return problem(refusal.status, refusal.code, str(refusal.message), fields=fields, **refusal.data)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def flat(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested validation details as one level: `{"requester.email": ["…"]}`."""
    found: dict[str, list[str]] = {}
    if isinstance(detail, dict):
        for name, value in detail.items():
            found |= flat(value, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(detail, list) and any(isinstance(item, (dict, list)) for item in detail):
        for nth, item in enumerate(detail):
            if item:
                found |= flat(item, f"{prefix}.{nth}")
    else:
        found[prefix] = [str(item) for item in _listed(detail)]
    return found


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: refusals, validation, authentication and the unexpected, all as problems."""
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        body = from_refusal(error)
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, (Http404, exceptions.NotFound)):
        body = problem(404, "not_found", _("There is nothing here, or you may not see it."))
    elif isinstance(error, PermissionDenied):
        body = problem(403, "forbidden", _("Your role does not allow this. Ask a supervisor."))
    elif isinstance(error, exceptions.ValidationError):
        fields = flat(error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail})
        body = problem(400, "invalid", _("Some fields need your attention."), fields=fields)
    elif isinstance(error, exceptions.APIException):
        code = error.default_code if isinstance(error.default_code, str) else "error"
        body = problem(error.status_code, code, str(error.detail))
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
    elif isinstance(error, (OperationalError, InterfaceError)):
        log.error("the database is away: %s", type(error).__name__)
        body = problem(503, "unavailable", _("The service is not available for a moment. Please try again."))
        headers["Retry-After"] = "5"
    elif isinstance(error, RequestDataTooBig):
        body = problem(413, "too_large", _("This is too large."))
    else:
        log.error("unexpected error in the API", exc_info=error)
        body = problem(500, "server_error", _("Something went wrong on our side. Please try again."))
    return Response(body, status=body["status"], headers=headers, content_type="application/problem+json")


def as_page(status: int) -> HttpResponse:
    """A problem for what went wrong before any view of the API was reached."""
    code, title = _BARE.get(status, _BARE[500])
    return JsonResponse(problem(status, code, str(title)), status=status, content_type="application/problem+json")


def as_response(refusal: Refused) -> HttpResponse:
    """The same envelope outside DRF (webhooks, health, fetches by our own scripts)."""
    body = from_refusal(refusal)
    response = JsonResponse(body, status=refusal.status, content_type="application/problem+json")
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response
