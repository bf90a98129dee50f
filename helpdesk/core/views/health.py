"""Health for machines: is the process alive, is the product ready, and the same figures for Prometheus."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from helpdesk.core import health, metrics
from helpdesk.core.middleware import client_address
from helpdesk.env import is_loopback


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing of anybody."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything is within its bounds, else 503 with what is not."""
    figures = health.look()
    body = {"status": "ready" if figures.is_ready else "not_ready", "failing": figures.failing, **figures.values}
    return JsonResponse(body, status=200 if figures.is_ready else 503, headers={"Cache-Control": "no-store"})


@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format, for the holder of METRICS_TOKEN; in demo mode, which listens on this machine
    only, without one. For others as if not there.

    That an asker is this machine says nothing elsewhere: behind a proxy on the same machine everybody is.
    """
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    token = settings.METRICS_TOKEN
    by_token = bool(token) and hmac.compare_digest(token.encode(), given.encode("utf-8", "replace"))
    is_demo = settings.DEMO and not token and is_loopback(client_address(request))
    if not by_token and not is_demo:
        return HttpResponse(status=404)
    return HttpResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
