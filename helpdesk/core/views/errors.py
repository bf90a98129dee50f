"""Pages for what went wrong: plain words, what to do, never a stack."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from helpdesk.core.api import problems


def _error(request: HttpRequest, status: int, template: str | None = None) -> HttpResponse:
    if request.path.startswith(("/api/", "/hooks/")):
        return problems.as_page(status)
    return render(request, f"errors/{template or status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "", **_: Any) -> HttpResponse:
    return _error(request, 403)
