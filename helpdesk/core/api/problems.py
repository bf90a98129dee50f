"""Every error of the API in one envelope: problem+json (RFC 9457) with a stable `code` and `fields`."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from helpdesk.core.errors import Refused, TooMany
from helpdesk.core.logs import request_id

log = logging.getLogger(__name__)


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
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        body = problem(400, "invalid", _("Some fields need your attention."), fields=fields)
    elif isinstance(error, exceptions.APIException):
        code = error.default_code if isinstance(error.default_code, str) else "error"
        body = problem(error.status_code, code, str(error.detail))
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
    else:
        log.error("unexpected error in the API", exc_info=error)
        return None
    return Response(body, status=body["status"], headers=headers, content_type="application/problem+json")


def as_response(refusal: Refused) -> HttpResponse:
    """The same envelope outside DRF (webhooks, health, fetches by our own scripts)."""
    body = from_refusal(refusal)
    response = JsonResponse(body, status=refusal.status, content_type="application/problem+json")
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response
