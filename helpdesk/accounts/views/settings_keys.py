"""Administration of API keys: list, issue (shown once), revoke."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.models import ApiKey
from helpdesk.accounts.permissions import KEYS_MANAGE
from helpdesk.accounts.selectors import keys_page
from helpdesk.accounts.services.guarding import require
from helpdesk.accounts.services.keys import create_api_key, revoke_api_key
from helpdesk.accounts.settings_forms import ApiKeyForm
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, show
from helpdesk.core.errors import NotFound


@require_safe
@administration(KEYS_MANAGE)
def key_list(request: HttpRequest) -> HttpResponse:
    given = request.GET.get("staff", "")
    staff_id = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    page = keys_page(cursor=request.GET.get("cursor"), staff_id=staff_id)
    further = f"?cursor={page.next}" + (f"&staff={staff_id}" if staff_id else "") if page.next else ""
    return show(request, "settings/key_list.html", {"keys": page.rows, "next_url": further})


@sensitive_variables("text", "made")
@require_http_methods(["GET", "HEAD", "POST"])
@administration(KEYS_MANAGE)
def key_create(request: HttpRequest) -> HttpResponse:
    """The key's text is shown on the answer to this very request, and never again."""
    form = ApiKeyForm(request.POST or None, initial={"staff": request.GET.get("staff")})
    if request.method == "POST":
        by = actor_of(request)
        require(by, KEYS_MANAGE)
        made = attempt(
            form,
            lambda: create_api_key(
                form.cleaned_data["staff"],
                form.cleaned_data["scopes"],
                by=by,
                name=form.cleaned_data["name"],
                expires_at=form.cleaned_data["expires_on"],
            ),
        )
        if made is not None:
            key, text = made
            return show(request, "settings/key_shown.html", {"key": key, "text": text})
    return show(request, "settings/key_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@administration(KEYS_MANAGE)
def key_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise NotFound
    words = _("Revoked. The key is refused from now on.")
    return acted(request, words, reverse("settings_keys"), lambda: revoke_api_key(key, by=actor_of(request)))
