"""A person's own page: name, language, zone, look, password; and the page behind the link in a mail."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.services.passwords import owner_of_link
from helpdesk.accounts.services.staff import change_own_profile, choose_password
from helpdesk.accounts.settings_forms import ChangePasswordForm, NewPasswordForm, ProfileForm
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show, staff_of
from helpdesk.core import throttle
from helpdesk.core.actors import Actor
from helpdesk.core.middleware import client_address

TRIES_PER_HOUR = 10


@sensitive_post_parameters("present", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@administration()
def profile(request: HttpRequest) -> HttpResponse:
    """Two forms on one page; `form` says which was sent."""
    staff = staff_of(request)
    is_password = request.method == "POST" and request.POST.get("form") == "password"
    initial = {name: getattr(staff, name) for name in ("name", "language", "timezone", "theme", "density")}
    form = ProfileForm(request.POST if request.method == "POST" and not is_password else None, initial=initial)
    password_form = ChangePasswordForm(request.POST if is_password else None)
    if is_password and _change_password(request, password_form):
        return done(request, _("The password is changed. You are signed out everywhere else."), reverse("profile"))
    if request.method == "POST" and not is_password:
        saved = attempt(form, lambda: change_own_profile(staff.pk, by=actor_of(request), **form.cleaned_data))
        if saved is not None:
            return done(request, _("Saved."), reverse("profile"))
    context = {"form": form, "password_form": password_form, "person": staff}
    status = 422 if form.errors or password_form.errors else 200
    return show(request, "settings/profile.html", context, status=status)


@sensitive_variables("data")
def _change_password(request: HttpRequest, form: ChangePasswordForm) -> bool:
    if not form.is_valid():
        return False
    staff, data = staff_of(request), form.cleaned_data
    throttle.limit(f"password:{staff.pk}", TRIES_PER_HOUR, per=timedelta(hours=1))
    if not staff.check_password(data["present"]):
        form.add_error("present", _("This is not your present password."))
        return False
    changed = attempt(form, lambda: choose_password(staff.pk, data["password"], by=actor_of(request)))
    if changed is None:
        return False
    update_session_auth_hash(request, changed)  # this session stays, all others end
    return True


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Behind the link in a mail; only the form's POST does something, since mail scanners open links."""
    staff = owner_of_link(key, token)
    if staff is None:
        return _unlogged(render(request, "accounts/link_used_up.html", status=410))
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST":
        by = Actor.of_staff(staff, origin=client_address(request))
        if attempt(form, lambda: choose_password(staff.pk, form.cleaned_data["password"], by=by)) is not None:
            return redirect("sign_in")
    context = {"form": form, "person": staff}
    return _unlogged(render(request, "accounts/set_password.html", context, status=422 if form.errors else 200))


def _unlogged(response: HttpResponse) -> HttpResponse:
    """Django would log the address of a refused page; this one holds a link that still sets the password."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
