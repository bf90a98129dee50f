"""What pages for the staff share: who asks, how a refusal is answered, what a fragment is."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from helpdesk.accounts.models import Staff
from helpdesk.core.actors import Actor
from helpdesk.core.api.problems import problem
from helpdesk.core.errors import Forbidden, Refused, TooMany
from helpdesk.core.middleware import client_address

View = Callable[..., HttpResponse]


def is_htmx(request: HttpRequest) -> bool:
    """Whether our scripts ask for a fragment."""
    return request.headers.get("HX-Request") == "true"


def targets(request: HttpRequest, name: str) -> bool:
    """Whether htmx wants the fragment for the element with this id."""
    return is_htmx(request) and request.headers.get("HX-Target") == name


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def staff_of(request: HttpRequest) -> Staff:
    """The signed-in person; only for views behind `desk`."""
    return cast(Staff, request.user)


def actor_of(request: HttpRequest) -> Actor:
    return Actor.of_staff(staff_of(request), origin=client_address(request))


def desk(view: View | None = None, *, permission: str | None = None) -> Any:
    """A page of the desk: staff only, never cached by browsers, refusals answered in words."""

    def decorate(function: View) -> View:
        @never_cache
        @wraps(function)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not isinstance(request.user, Staff):
                return _sign_in_first(request)
            try:
                if permission is not None and not request.user.can(permission):
                    raise Forbidden
                response = function(request, *args, **kwargs)
            except Refused as refusal:
                response = refused(request, refusal)
            patch_vary_headers(response, ["HX-Request", "HX-Target", "Cookie"])
            return response

        return wrapped

    return decorate(view) if view is not None else decorate


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """A page goes to the sign-in form and comes back; a fragment or script hears 401 and says so."""
    if is_htmx(request) or wants_json(request) or request.method != "GET":
        words = _("You are signed out. Sign in again in another tab, then try once more.")
        return JsonResponse(problem(401, "signed_out", words, detail=words), status=401)
    here = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{here}")


def sentence(refusal: Refused) -> str:
    """One sentence for people: the first field's reason when there is one, else the refusal's own."""
    for value in refusal.fields.values():
        return str(value[0] if isinstance(value, (list, tuple)) else value)
    return str(refusal.message)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal as JSON for scripts and fragments (`detail` is what a toast says), as a page for people."""
    if is_htmx(request) or wants_json(request) or request.method != "GET":
        fields = {name: str(value) for name, value in refusal.fields.items()}
        body = problem(
            refusal.status, refusal.code, str(refusal.message), fields=fields, detail=sentence(refusal), **refusal.data
        )
        response: HttpResponse = JsonResponse(body, status=refusal.status)
    else:
        kind = "forbidden" if refusal.status == 403 else "missing" if refusal.status == 404 else "error"
        context = {"kind": kind, "title": _TITLES[kind](), "text": sentence(refusal)}
        response = render(request, "accounts/refused.html", context, status=refusal.status)
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


_TITLES: dict[str, Callable[[], str]] = {
    "forbidden": lambda: _("You may not do this"),
    "missing": lambda: _("There is nothing here for you"),
    "error": lambda: _("This did not work"),
}


def with_toast(response: HttpResponse, text: Any, **data: Any) -> HttpResponse:
    """Let the page say something when the fragment arrives (toast.js); further events stay."""
    return with_event(response, "toast", {"text": str(text), **data})


def with_event(response: HttpResponse, name: str, detail: Any) -> HttpResponse:
    """Add an event to the response's HX-Trigger header."""
    present = json.loads(response.headers.get("HX-Trigger") or "{}")
    response["HX-Trigger"] = json.dumps({**present, name: detail})
    return response


def number_in(text: str | None, *, most: int = 2**63 - 1) -> int | None:
    """A plain positive number in an address or form, or None."""
    if text and text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most:
        return int(text)
    return None
