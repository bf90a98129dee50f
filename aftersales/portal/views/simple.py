"""The simple look: large type and one thing at a time, for whoever asks for it; kept in this browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from helpdesk.customers.access import safe_next

COOKIE = "portal_simple"
_YEAR = 365 * 24 * 3600


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Switch the simple look on or off, and stay on the page."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    path = f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    response = HttpResponseRedirect(safe_next(path) or reverse("portal_home"))
    if request.POST.get("on") == "1":
        response.set_cookie(COOKIE, "1", max_age=_YEAR, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
