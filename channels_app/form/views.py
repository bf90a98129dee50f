"""The web form's pages. They know no session, so they also work inside another site's frame, where the account allows it.

There is no CSRF token: a form that anybody may send carries no authority that a third site could borrow, and inside a
foreign frame browsers withhold the cookie. The signed stamp, the limits and the spam view are what guards it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels_app.asking import asked_fields
from channels_app.form.forms import WebForm, fresh_stamp, read_stamp
from channels_app.form.inbound import send
from helpdesk.core import throttle
from helpdesk.core.company import company_name
from helpdesk.core.errors import TooMany
from helpdesk.core.middleware import client_address
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.core.secrets import token_hash
from helpdesk.core.uploads import file_limits
from helpdesk.customers.identities import Known
from tickets.models import CustomField

TEN_MINUTES, DAY = timedelta(minutes=10), timedelta(days=1)
PER_CLIENT = ((20, TEN_MINUTES), (200, DAY))
PER_CONTACT = ((5, TEN_MINUTES), (20, DAY))
_ORIGIN = re.compile(r"^https?://[A-Za-z0-9.*-]+(:\d{1,5})?$")
_SALT = "web-form-number"


def _account(slug: str) -> ChannelAccount:
    account = ChannelAccount.objects.filter(slug=slug, kind=ChannelKind.FORM, is_active=True).first()
    if account is None:
        raise Http404
    return account


def _page(
    request: HttpRequest, account: ChannelAccount, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shown = {
        "account": account,
        "company_name": account.brand or company_name(),
        "home_url": reverse("web_form", args=[account.slug]),
        "language_url": reverse("web_form_language", args=[account.slug]),
        "limits": file_limits(),
    }
    response = render(request, f"form/{name}.html", shown | context, status=status)
    origins = [origin for origin in account.config.get("embed_origins", []) if _ORIGIN.match(str(origin))]
    if origins:
        response.xframe_options_exempt = True
        response._csp_replace = {"frame-ancestors": ["'self'", *origins]}  # type: ignore[attr-defined]
    return response


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def web_form(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and what was filled in."""
    account = _account(slug)
    language = request.GET.get("lang", "")
    if language in dict(settings.LANGUAGES):
        with override(language):
            return _form(request, account)
    return _form(request, account)


def _form(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    asked = asked_fields(account)
    if request.method == "GET":
        initial = {"stamp": fresh_stamp(), "order": request.GET.get("order", "")[:60]}
        return _page(request, account, "form", {"form": WebForm(initial=initial, asked=asked)})
    client = client_address(request)
    try:
        _limit(f"form-from:{throttle.asker(client)}", PER_CLIENT)
    except TooMany as refusal:
        return _refuse(request, account, WebForm(initial=_typed(request, asked), asked=asked), refusal)
    form = WebForm(request.POST, request.FILES, asked=asked)
    token, is_fast = read_stamp(request.POST.get("stamp", ""))
    if not token or not form.is_valid():
        if not token:
            form.data = request.POST.copy() | {"stamp": fresh_stamp()}
        error = "" if token else _("This page was open for too long. Please send it once more.")
        return _page(request, account, "form", {"form": form, "form_error": error}, status=422)
    contact: Known = form.cleaned_data["contact"]
    try:
        _limit(f"form-to:{token_hash(contact.value)[:32]}", PER_CONTACT)
    except TooMany as refusal:
        return _refuse(request, account, form, refusal)
    spam_reason = "form:honeypot" if form.cleaned_data["website"] else ("form:too_fast" if is_fast else "")
    submitted = send(
        account,
        {**form.cleaned_data, "fields": form.asked_values()},
        token=token,
        language=get_language() or "en",
        spam_reason=spam_reason,
        client=client,
    )
    if submitted.ticket is None:
        return _page(request, account, "taken", {}, status=202)
    signed = Signer(salt=_SALT).sign(f"{submitted.ticket.number}|{'mail' if contact.kind == 'email' else 'phone'}")
    return HttpResponseRedirect(f"{reverse('web_form_sent', args=[account.slug])}?r={signed}{_lang(request)}")


def _lang(request: HttpRequest) -> str:
    language = request.GET.get("lang", "")
    return f"&lang={language}" if language in dict(settings.LANGUAGES) else ""


def _limit(key: str, limits: tuple[tuple[int, timedelta], ...]) -> None:
    for most, window in limits:
        throttle.limit(f"{key}:{int(window.total_seconds())}", most, per=window)


def _typed(request: HttpRequest, asked: list[CustomField]) -> dict[str, str]:
    """What was typed, to be shown again without checking it."""
    names = [name for name in WebForm(asked=asked).fields if name != "attachments"]
    return {name: request.POST.get(name, "")[:200_000] for name in names}


def _refuse(request: HttpRequest, account: ChannelAccount, form: WebForm, refusal: TooMany) -> HttpResponse:
    minutes = max(1, refusal.retry_after // 60)
    said = _("That was a lot at once. Your text is still here: please send it again in %(n)s minutes.") % {"n": minutes}
    response = _page(request, account, "form", {"form": form, "form_error": said}, status=refusal.status)
    response["Retry-After"] = str(refusal.retry_after)
    return response


@never_cache
@require_GET
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    """“We have your message”, with its number; the address is signed, so that no number can be made up."""
    account = _account(slug)
    try:
        number, _bar, way = Signer(salt=_SALT).unsign(request.GET.get("r", "")[:200]).partition("|")
    except BadSignature:
        return HttpResponseRedirect(reverse("web_form", args=[slug]))
    language = request.GET.get("lang", "")
    with override(language if language in dict(settings.LANGUAGES) else get_language()):
        return _page(request, account, "sent", {"number": number, "by_mail": way == "mail"})


@csrf_exempt
@require_POST
def set_language(request: HttpRequest, slug: str) -> HttpResponse:
    """The other language; also in the address, since a frame on another site has no cookie."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = "en"
    response = HttpResponseRedirect(f"{reverse('web_form', args=[_account(slug).slug])}?lang={language}")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.HTTPS
    )
    return response
