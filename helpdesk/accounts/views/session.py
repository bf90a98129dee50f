"""Pages of the session: signing in and out, language, theme and density."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.accounts.forms import ForgotPasswordForm, SignInForm
from helpdesk.accounts.models import Staff
from helpdesk.accounts.services.forgotten import ask_for_link
from helpdesk.accounts.services.signing_in import sign_in, sign_out
from helpdesk.core.context import DENSITIES, THEMES
from helpdesk.core.errors import Refused, TooMany
from helpdesk.core.middleware import client_address

DEMO_USERS = (
    "agent",
    "lead",
    "supervisor",
    "editor",
    "quality",
    "engineer",
    "outlet",
    "warehouse",
    "approver",
    "finance",
    "admin",
)
YEAR = 365 * 24 * 3600


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The address to come back to, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return default


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """The sign-in form; a wrong password answers 401, too many tries 429, both with the form."""
    if isinstance(request.user, Staff):
        return redirect(safe_next(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 401
        if form.is_valid():
            try:
                sign_in(request, **form.cleaned_data)
                return redirect(safe_next(request))
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 401 if refusal.status == 400 else refusal.status
    context = {
        "form": form,
        "next": safe_next(request, ""),
        "demo_users": DEMO_USERS if settings.DEMO else (),
        "demo_password": settings.DEMO_PASSWORD,
    }
    return render(request, "accounts/sign_in.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Ask for a link to a new password; the answer is the same for every name."""
    form = ForgotPasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                ask_for_link(
                    form.cleaned_data["entry"], origin=client_address(request), language=get_language() or "en"
                )
                return render(request, "accounts/forgot_sent.html")
            except TooMany as refusal:
                form.add_error(None, _("Too many attempts. Wait a while, or ask an administrator."))
                status = refusal.status
    return render(request, "accounts/forgot_password.html", {"form": form}, status=status)


@require_POST
def sign_out_now(request: HttpRequest) -> HttpResponse:
    """End the session and go to the sign-in page."""
    sign_out(request)
    return redirect(settings.LOGIN_URL)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie, and with the person when somebody is signed in."""
    response = HttpResponseRedirect(safe_next(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        if isinstance(request.user, Staff):
            Staff.objects.filter(pk=request.user.pk).update(language=language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    return response


@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Remember theme, density and zone with the signed-in person; unknown values are left alone."""
    if not isinstance(request.user, Staff):
        return HttpResponse(status=403)
    values = {}
    if (theme := request.POST.get("theme", "")) in THEMES:
        values["theme"] = theme
    if (density := request.POST.get("density", "")) in DENSITIES:
        values["density"] = density
    if values:
        Staff.objects.filter(pk=request.user.pk).update(**values)
    return HttpResponse(status=204)
