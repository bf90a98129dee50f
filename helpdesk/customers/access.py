"""The door of the portal's pages: who is signed in, and where to send those who are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from helpdesk.customers.models import Customer
from helpdesk.customers.sessions import customer_of, renew

View = Callable[..., HttpResponse]


class CustomerRequest(HttpRequest):
    """A request of somebody who is signed in to the portal."""

    customer: Customer


def portal_page(view: View) -> View:
    """A page of the portal for anybody: never cached by others, `request.customer` is the customer or None."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.customer = customer_of(request)  # type: ignore[attr-defined]
        response = view(request, *args, **kwargs)
        renew(request, response)
        return response

    return never_cache(inner)


def customer_page(view: View) -> View:
    """A page for the signed-in customer; others are sent to the sign-in page and come back afterwards."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.customer is None:  # type: ignore[attr-defined]
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    return portal_page(inner)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page; a fragment's asker is told to go there as a whole page."""
    is_fragment = request.headers.get("HX-Request") == "true"
    came_from = request.headers.get("HX-Current-URL", "") if is_fragment else request.get_full_path()
    if request.method not in {"GET", "HEAD"} and not is_fragment:
        came_from = request.headers.get("Referer", "")
    path = safe_next(_path_of(came_from))
    address = f"{reverse('portal_sign_in')}?{urlencode({'next': path})}" if path else reverse("portal_sign_in")
    if is_fragment:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _path_of(address: str) -> str:
    """The path of an address on this site, given whole or as a path."""
    if "://" in address:
        return "/" + address.split("://", 1)[1].partition("/")[2]
    return address


def safe_next(path: str | None) -> str:
    """A path inside the portal to return to, or nothing: no other site, no other room, no sign-in page."""
    path = (path or "").strip()
    if not path.startswith("/portal/") or path.startswith("/portal/sign-") or len(path) > 300 or "\\" in path:
        return ""
    if any(ord(c) < 32 for c in path) or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return ""
    return path
