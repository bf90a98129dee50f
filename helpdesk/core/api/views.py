"""What every view of the API has: problems for errors, answers that can be asked for twice, nothing for unknown paths."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from helpdesk.core import idempotency
from helpdesk.core.errors import Invalid, NotFound, TooLarge

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEY_HEADER = "Idempotency-Key"
MAX_KEY = 200


class ApiView(APIView):
    """A view of the API. A write with an `Idempotency-Key` is done once and its answer kept in the same transaction.

    `keeps_answers` False: the view commits on the way and keeps its answer itself.
    """

    keeps_answers = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """DRF's way from request to answer, with the kept answers in between."""
        self.args, self.kwargs = args, kwargs
        self.request = wrapped = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(wrapped, *args, **kwargs)
            method = wrapped.method or ""
            if method in WRITES:
                _take_body(wrapped)
            handler = getattr(self, method.lower(), None) if method.lower() in self.http_method_names else None
            if handler is None:
                self.http_method_not_allowed(wrapped, *args, **kwargs)
            elif method in WRITES and self.keeps_answers and KEY_HEADER in wrapped.headers:
                response = self._once(handler, wrapped)
            else:
                response = handler(wrapped, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(wrapped, response, *args, **kwargs)
        return self.response

    def _once(self, handler: Any, request: Request) -> Response:
        def work() -> idempotency.Answer:
            response = handler(request, *self.args, **self.kwargs)
            return idempotency.Answer(response.status_code, response.data)

        answer = idempotency.once(request.auth.pk, idempotency_key(request), fingerprint(request), work)
        return as_response(answer)


def _take_body(request: Request) -> None:
    """Read the body once as bytes, since it is parsed, compared and stored; of an upload only its parts are read."""
    if (request.content_type or "").startswith("multipart/"):
        return
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.API_MAX_JSON_BYTES:
        raise TooLarge
    request._request.body  # noqa: B018 - kept by Django from here on


def as_response(answer: idempotency.Answer) -> Response:
    """The answer as it is sent; a repeat says so."""
    headers = {"Idempotency-Replayed": "true"} if answer.is_repeat else None
    return Response(answer.body, status=answer.status, headers=headers)


def idempotency_key(request: Request) -> str:
    """The key of the header, empty without one; `Invalid` when it cannot be kept."""
    key = request.headers.get(KEY_HEADER, "").strip()
    if KEY_HEADER in request.headers and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise Invalid(fields={KEY_HEADER: _("Send 1 to 200 printable ASCII characters.")})
    return key


def fingerprint(request: Request) -> str:
    """What makes a repeat the same request: method, path and body (of an upload, the names and bytes of its files)."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        for name, file in request.FILES.items():
            digest.update(f"{name}={file.name}\n".encode("utf-8", "replace"))
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


class UnknownPath(ApiView):
    """Whatever is not an address of the API."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Every method is answered alike."""
        raise NotFound
