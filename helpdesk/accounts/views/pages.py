"""What the administration pages share: who asks, what they may do, how a refusal is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from helpdesk.accounts.models import Staff
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Refused, TooMany
from helpdesk.core.middleware import client_address
from helpdesk.core.saving import add_refusal

View = Callable[..., HttpResponse]
T = TypeVar("T")


def is_htmx(request: HttpRequest) -> bool:
    """Whether our scripts ask for a fragment."""
    return request.headers.get("HX-Request") == "true"


def staff_of(request: HttpRequest) -> Staff:
    """The signed-in person; only for views behind `administration`."""
    return cast(Staff, request.user)


def actor_of(request: HttpRequest) -> Actor:
    return Actor.of_staff(staff_of(request), origin=client_address(request))


def administration(*permissions: str) -> Callable[[View], View]:
    """A page for signed-in staff who hold one of the permissions (none named: everybody); refusals become pages."""

    def decorate(function: View) -> View:
        @never_cache
        @wraps(function)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not isinstance(request.user, Staff):
                here = request.get_full_path() if request.method == "GET" else "/settings/"
                return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': here})}")
            try:
                if permissions and not any(request.user.can(permission) for permission in permissions):
                    raise Forbidden
                response = function(request, *args, **kwargs)
            except Refused as refusal:
                response = refused(request, refusal)
            patch_vary_headers(response, ["HX-Request", "Cookie"])
            return response

        return wrapped

    return decorate


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The refusal as a page that says what happened and where to go on."""
    kinds = {403: "forbidden", 404: "missing"}
    reasons = [str(word) for words in refusal.fields.values() for word in _listed(words)]
    context = {"kind": kinds.get(refusal.status, "error"), "text": reasons[0] if reasons else str(refusal)}
    response = show(request, "settings/refused.html", context, status=refusal.status)
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def _listed(words: Any) -> list[Any]:
    return list(words) if isinstance(words, (list, tuple)) else [words]


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page of the administration, with its column of sections."""
    base = {"has_side": True, "rail_current": "settings", "here": request.path}
    return render(request, template, {**base, **(context or {})}, status=status)


def attempt(form: forms.BaseForm, call: Callable[[], T]) -> T | None:
    """Call a service for a valid form; a refusal is shown at the form's fields and nothing that was typed is lost."""
    if not form.is_valid():
        return None
    try:
        return call()
    except Refused as refusal:
        add_refusal(form, refusal)
        return None


def done(request: HttpRequest, words: Any, url: str) -> HttpResponse:
    """Say that it worked on the next page."""
    messages.success(request, str(words))
    return HttpResponseRedirect(url)


def acted(request: HttpRequest, words: Any, url: str, call: Callable[[], Any]) -> HttpResponse:
    """A button that does one thing: do it and go back, or say on that page why not."""
    try:
        call()
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        reasons = [str(word) for found in refusal.fields.values() for word in _listed(found)]
        messages.error(request, reasons[0] if reasons else str(refusal))
        return HttpResponseRedirect(url)
    return done(request, words, url)
