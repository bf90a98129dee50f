"""Administration of staff: list, new, edit, leave and come back, passwords, sessions; what each role may do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import STAFF_MANAGE, Role
from helpdesk.accounts.selectors import roles_explained, staff_page
from helpdesk.accounts.services import staff as services
from helpdesk.accounts.services.passwords import send_password_link
from helpdesk.accounts.settings_forms import NewStaffForm, StaffForm
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, is_htmx, show
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.registries import workloads
from helpdesk.core.saving import fingerprint


def _find(pk: int) -> Staff:
    staff = Staff.objects.filter(pk=pk).first()
    if staff is None:
        raise NotFound
    return staff


def _url(staff_id: int) -> str:
    return reverse("settings_staff_edit", args=[staff_id])


@require_safe
@administration(STAFF_MANAGE)
def staff_list(request: HttpRequest) -> HttpResponse:
    """Everybody, by name, state or role."""
    text, chosen = request.GET.get("q", ""), request.GET.get("show") or "active"
    page = staff_page(text=text, show=chosen, cursor=request.GET.get("cursor"))
    further = f"?{urlencode({'q': text, 'show': chosen, 'cursor': page.next})}" if page.next else ""
    shows = [("active", _("Active")), ("inactive", _("Inactive")), ("all", _("Everybody")), *Role.choices]
    context = {"people": page.rows, "next_url": further, "q": text, "chosen": chosen, "shows": shows}
    if is_htmx(request):
        return render(request, "settings/_staff_rows.html", context)
    return show(request, "settings/staff_list.html", context)


@require_safe
@administration(STAFF_MANAGE)
def roles(request: HttpRequest) -> HttpResponse:
    """Which role may do what, as the code has it."""
    names, rows = roles_explained()
    return show(request, "settings/roles.html", {"roles": names, "rows": rows})


@sensitive_variables("password")
@require_http_methods(["GET", "HEAD", "POST"])
@administration(STAFF_MANAGE)
def staff_create(request: HttpRequest) -> HttpResponse:
    """A new colleague; a password that is to be shown is shown on the answer to this very request."""
    form = NewStaffForm(request.POST or None)
    form.add_rows(_team_rows(), {})
    if request.method == "POST":
        by_mail = form.data.get("first") == "mail"
        password = None if by_mail else services.initial_password()
        made = attempt(
            form,
            lambda: services.create_staff(
                by=actor_of(request), teams=form.memberships(), password=password, **form.person()
            ),
        )
        if made is not None and password is not None:
            return _password_page(request, made, password)
        if made is not None:
            return _with_link(request, made)
    return show(request, "settings/staff_form.html", {"form": form}, status=422 if form.errors else 200)


def _with_link(request: HttpRequest, made: Staff) -> HttpResponse:
    words = _("%(name)s is on the staff; a link to set the password is on its way.") % {"name": made.name}
    try:
        send_password_link(made.pk, by=actor_of(request))
    except Refused as refusal:
        words = _("%(name)s is on the staff, but no link could be sent: %(reason)s") % {
            "name": made.name,
            "reason": str(refusal),
        }
    return done(request, words, _url(made.pk))


def _team_rows() -> list[tuple[int, str]]:
    return [(team.pk, team.label) for team in Team.objects.filter(is_active=True)]


@sensitive_variables("password")
def _password_page(request: HttpRequest, staff: Staff, password: str) -> HttpResponse:
    return show(request, "settings/staff_password.html", {"person": staff, "password": password})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(STAFF_MANAGE)
def staff_edit(request: HttpRequest, staff_id: int) -> HttpResponse:
    """One person: who they are, what they may do, their teams."""
    staff = _find(staff_id)
    teams = dict(staff.memberships.values_list("team_id", "is_lead"))
    values = services.editable_values(staff)
    initial = {name: values[name] for name in services.FIELDS} | {"seen": fingerprint(values)}
    form = StaffForm(request.POST or None, initial=initial)
    form.add_rows(_team_rows(), teams)
    if request.method == "POST":
        # memberships in teams that the form does not show (closed ones) stay as they are
        hidden = {pk: lead for pk, lead in teams.items() if pk not in form.row_names.values()}
        saved = attempt(
            form,
            lambda: services.change_staff(
                staff.pk,
                by=actor_of(request),
                seen=form.cleaned_data["seen"],
                teams={**hidden, **form.memberships()},
                **form.person(),
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), _url(staff.pk))
    context: dict[str, Any] = {
        "form": form,
        "person": staff,
        "open_work": sum(count(staff_id=staff.pk) for count in workloads.values()),
        "keys": staff.api_keys.filter(revoked_at__isnull=True).count(),
    }
    return show(request, "settings/staff_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(STAFF_MANAGE)
def staff_deactivate(request: HttpRequest, staff_id: int) -> HttpResponse:
    words = _("Deactivated. Open tickets are going back to their queues.")
    return acted(request, words, _url(staff_id), lambda: services.deactivate_staff(staff_id, by=actor_of(request)))


@require_POST
@administration(STAFF_MANAGE)
def staff_reactivate(request: HttpRequest, staff_id: int) -> HttpResponse:
    words = _("Active again.")
    return acted(request, words, _url(staff_id), lambda: services.reactivate_staff(staff_id, by=actor_of(request)))


@require_POST
@administration(STAFF_MANAGE)
def staff_end_sessions(request: HttpRequest, staff_id: int) -> HttpResponse:
    words = _("Signed out everywhere.")
    return acted(request, words, _url(staff_id), lambda: services.end_sessions(staff_id, by=actor_of(request)))


@require_POST
@administration(STAFF_MANAGE)
def staff_send_link(request: HttpRequest, staff_id: int) -> HttpResponse:
    words = _("A link to set the password is on its way.")
    return acted(request, words, _url(staff_id), lambda: send_password_link(staff_id, by=actor_of(request)))


@sensitive_variables("password")
@require_POST
@administration(STAFF_MANAGE)
def staff_reset_password(request: HttpRequest, staff_id: int) -> HttpResponse:
    """A new password, shown once on this answer."""
    staff = _find(staff_id)
    password = services.reset_password(staff.pk, by=actor_of(request))
    return _password_page(request, staff, password)
