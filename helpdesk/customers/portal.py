"""The portal's sign-in and profile pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.core.actors import Actor
from helpdesk.core.errors import Refused, TooMany
from helpdesk.core.middleware import client_address
from helpdesk.customers.access import CustomerRequest, customer_page, portal_page, safe_next
from helpdesk.customers.errors import LinkUsedUp
from helpdesk.customers.forms import CodeForm, ProfileForm, SignInForm
from helpdesk.customers.identities import Known, mask_email, mask_phone, readable
from helpdesk.customers.models import IdentityKind
from helpdesk.customers.services.profiles import change_profile
from helpdesk.customers.services.signing_in import (
    SignedIn,
    ask_to_sign_in,
    code_reference,
    find_link,
    sign_in_by_code,
    sign_in_by_link,
)
from helpdesk.customers.sessions import drop_cookie, end_all_sessions, end_session, session_of, set_cookie

HOME = "/portal/"


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = render(request, f"portal/{name}.html", context, status=status)
    # Django would log the address of a refused page; a sign-in link's address is a secret, used or not
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _too_many(request: HttpRequest, name: str, context: dict[str, Any], refusal: TooMany) -> HttpResponse:
    response = _page(request, name, {**context, "errors": [refusal.message]}, status=refusal.status)
    response["Retry-After"] = str(refusal.retry_after)
    return response


@require_http_methods(["GET", "POST"])
@portal_page
def sign_in(request: CustomerRequest) -> HttpResponse:
    """Ask for a link or code. The answer is the same for everybody, in words, status and work."""
    next_path = safe_next(request.POST.get("next") or request.GET.get("next"))
    if request.customer is not None and request.method == "GET":
        return HttpResponseRedirect(next_path or HOME)
    form = SignInForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "next": next_path, "demo_customer": "customer@demo.example"}
    if request.method == "GET":
        return _page(request, "sign_in", context)
    if not form.is_valid():
        return _page(request, "sign_in", context, status=422)
    entry: Known = form.cleaned_data["entry"]
    try:
        token = ask_to_sign_in(
            entry, client=client_address(request), language=get_language() or "en", next_path=next_path
        )
    except TooMany as refusal:
        return _too_many(request, "sign_in", context, refusal)
    if entry.kind == IdentityKind.PHONE:
        address = {"reference": code_reference(token), "to": mask_phone(entry.value)}
        return HttpResponseRedirect(f"{reverse('portal_code')}?{urlencode(address)}")
    return HttpResponseRedirect(f"{reverse('portal_sent')}?{urlencode({'to': mask_email(entry.value)})}")


@portal_page
def sent(request: CustomerRequest) -> HttpResponse:
    """“If we know this address, a link is on its way.”"""
    return _page(request, "sent", {"to": request.GET.get("to", "")[:80]})


@require_http_methods(["GET", "POST"])
@portal_page
def code(request: CustomerRequest) -> HttpResponse:
    """Type the code from the SMS."""
    to = (request.POST.get("to") or request.GET.get("to", ""))[:40]
    if request.method == "GET":
        form = CodeForm(initial={"reference": request.GET.get("reference", "")[:200]})
        return _page(request, "code", {"form": form, "to": to})
    form = CodeForm(request.POST)
    context = {"form": form, "to": to}
    if not form.is_valid():
        return _page(request, "code", context, status=422)
    try:
        signed_in = sign_in_by_code(
            form.cleaned_data["reference"], form.cleaned_data["code"], client=client_address(request)
        )
    except TooMany as refusal:
        return _too_many(request, "code", context, refusal)
    except Refused as refusal:
        form.add_error("code", str(refusal))
        return _page(request, "code", context, status=422)
    return _welcome(request, signed_in)


@require_http_methods(["GET", "POST"])
@portal_page
def link(request: CustomerRequest, text: str) -> HttpResponse:
    """A sign-in link: looking (also by a mail scanner) changes nothing, the button's POST signs in."""
    if request.method == "POST":
        try:
            return _welcome(request, sign_in_by_link(text, client=client_address(request)))
        except LinkUsedUp:
            return _page(request, "link_used_up", {}, status=410)
        except TooMany as refusal:
            return _too_many(request, "link_used_up", {}, refusal)
    token = find_link(text)
    if token is None or token.identity is None:
        if request.customer is not None:
            return HttpResponseRedirect(HOME)
        return _page(request, "link_used_up", {}, status=410)
    return _page(request, "link", {"to": mask_email(token.identity.value)})


def _welcome(request: HttpRequest, signed_in: SignedIn) -> HttpResponse:
    """A session of its own, a fresh CSRF token, the customer's language where they chose none, and on to their page."""
    response = HttpResponseRedirect(safe_next(signed_in.next_path) or HOME)
    set_cookie(response, signed_in.session_token)
    rotate_token(request)
    language = signed_in.customer.language
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and language:
        _keep_language(response, "zh-hans" if language.startswith("zh") else "en")
    return response


def _keep_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.HTTPS
    )


@require_POST
@portal_page
def sign_out(request: CustomerRequest) -> HttpResponse:
    """End this browser's session, or with `everywhere` all of the customer's."""
    session = session_of(request)
    if session is not None:
        end_session(session)
        if request.POST.get("everywhere"):
            end_all_sessions(request.customer)
            messages.success(request, _("You are signed out on all devices."))
    response = HttpResponseRedirect(HOME)
    drop_cookie(response)
    # the pages of this visit are not to be had by the browser's back button
    response["Clear-Site-Data"] = '"cache"'
    return response


@require_http_methods(["GET", "POST"])
@customer_page
def profile(request: CustomerRequest) -> HttpResponse:
    """Name, language, and the addresses and numbers by which we know the customer."""
    customer = request.customer
    form = ProfileForm(request.POST) if request.method == "POST" else ProfileForm.of(customer)
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        change_profile(
            customer.pk,
            name=form.cleaned_data["name"],
            language=language,
            by=Actor.of_customer(customer, origin="portal"),
        )
        messages.success(request, _("Saved."))
        response = HttpResponseRedirect(reverse("portal_profile"))
        _keep_language(response, language)
        return response
    shown = {IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.MEMBER}
    identities = [
        {"kind": item.kind, "value": readable(item), "is_verified": item.is_verified}
        for item in customer.identities.order_by("kind", "pk")
        if item.kind in shown
    ]
    return _page(
        request,
        "profile",
        {"form": form, "customer": customer, "identities": identities, "place": "profile"},
        status=200 if request.method == "GET" else 422,
    )
