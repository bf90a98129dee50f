"""Saved views: keeping a filter under a name, renaming, sharing, deleting."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, sentence, staff_of, with_event
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import VIEW_TEAM, VIEWS_SHARE
from helpdesk.core.errors import Forbidden, NotFound, Refused
from tickets.forms import SavedViewForm
from tickets.models import SavedView
from tickets.selectors.filters import from_json, from_query
from tickets.selectors.views import find_view, saved_views_of, teams_of
from tickets.services.views import delete_view, save_view, update_view


def _mine(staff: Staff, pk: int) -> SavedView:
    """A view that the person may change: their own, or a shared one for those who share."""
    view = next((view for view in saved_views_of(staff) if view.pk == pk), None)
    if view is None:
        raise NotFound
    if view.owner_id != staff.pk and not staff.can(VIEWS_SHARE):
        raise Forbidden(_("Only a team lead can change a shared view."))
    return view


def _form_context(request: HttpRequest, form: SavedViewForm, **more: Any) -> dict[str, Any]:
    staff = staff_of(request)
    shares = [("", _("Only me"))]
    if staff.can(VIEWS_SHARE):
        shares += [(f"team-{team.pk}", team.label) for team in teams_of(staff)]
        shares += [("all", _("Everybody"))]
    return {"form": form, "shares": shares, **more}


def _done(request: HttpRequest, url: str) -> HttpResponse:
    if not is_htmx(request):
        return redirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return with_event(response, "dialogClose", True)


@desk(permission=VIEW_TEAM)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Keep the filters in the address (on top of the present view's own) under a name."""
    staff, filters = staff_of(request), from_query(request.GET)
    try:
        base = find_view(request.GET.get("view") or "open", staff)
    except NotFound:
        base = find_view("open", staff)
    if base.saved is not None:
        filters = from_json({**base.filters.as_json(), **filters.as_json()})
    elif base.key in {"mine", "unassigned"}:
        filters = from_json({"owner": ["me" if base.key == "mine" else "none"], **filters.as_json()})
    elif base.key in {"new", "pending", "on_hold", "solved", "closed"}:
        filters = from_json({"status": [base.key], **filters.as_json()})
    form = SavedViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            view = save_view(data["name"], filters.as_json(), share=data["share"], by=actor_of(request))
            return _done(request, f"/tickets/?view=saved-{view.pk}")
        except Refused as refusal:
            form.add_error("name", sentence(refusal))
    context = _form_context(request, form, action=request.get_full_path(), filters=filters)
    return render(request, "tickets/_save_view.html", context, status=422 if form.errors else 200)


@desk(permission=VIEW_TEAM)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename or share a view; with filters in the address, they replace its own."""
    view = _mine(staff_of(request), view_id)
    share = "" if view.owner_id else (f"team-{view.team_id}" if view.team_id else "all")
    form = SavedViewForm(request.POST or None, initial={"name": view.label, "share": share})
    if request.method == "POST" and form.is_valid():
        try:
            data, filters = form.cleaned_data, from_query(request.GET).as_json() or None
            update_view(view, name=data["name"], share=data["share"], filters=filters, by=actor_of(request))
            return _done(request, f"/tickets/?view=saved-{view.pk}")
        except Refused as refusal:
            form.add_error("name", sentence(refusal))
    context = _form_context(request, form, action=request.get_full_path(), saved=view)
    return render(request, "tickets/_save_view.html", context, status=422 if form.errors else 200)


@desk(permission=VIEW_TEAM)
@require_POST
def remove(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view; its tickets stay."""
    delete_view(_mine(staff_of(request), view_id), by=actor_of(request))
    return _done(request, "/tickets/")
