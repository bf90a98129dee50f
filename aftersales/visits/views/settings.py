"""Administration of visits: engineers, areas, what visits need, and the times that are offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.visits.describing import window_words
from aftersales.visits.models import Engineer, ServiceArea, VisitNeed, VisitWindow
from aftersales.visits.services import editing
from aftersales.visits.settings_forms import AreaForm, EngineerForm, NeedForm, WindowForm
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import SeenForm, fingerprint
from tickets.services.labels import values_of

ENGINEERS, AREAS, NEEDS = "settings_visits", "settings_visits_areas", "settings_visits_needs"
WINDOWS = "settings_visits_windows"


@require_safe
@administration(AFTERSALES_MANAGE)
def engineer_list(request: HttpRequest) -> HttpResponse:
    """Everybody who goes to customers."""
    rows = Engineer.objects.select_related("staff", "outlet").prefetch_related("areas", "staff__skills__skill")
    return show(request, "settings/visits/engineers.html", {"rows": list(rows.order_by("-is_active", "staff__name"))})


def _edit(
    request: HttpRequest, template: str, form: SeenForm, context: dict[str, Any], save: Callable[[], Any], back: str
) -> HttpResponse:
    """Show a form and save what it says."""
    if request.method == "POST" and attempt(form, save) is not None:
        return done(request, _("Saved."), reverse(back))
    return show(request, template, {"form": form, **context}, status=422 if form.errors else 200)


def _seen(form: SeenForm, pk: int | None) -> str | None:
    return form.cleaned_data["seen"] if pk else None


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def engineer_form(request: HttpRequest, engineer_id: int | None = None) -> HttpResponse:
    """Make somebody an engineer, or change what they do."""
    row, initial = None, {}
    if engineer_id is not None:
        row = Engineer.objects.select_related("staff").prefetch_related("areas").filter(pk=engineer_id).first()
        if row is None:
            raise NotFound
        values = editing.engineer_values(row)
        initial = {**values, "staff": row.staff_id, "outlet": row.outlet_id, "seen": fingerprint(values)}
    form = EngineerForm(request.POST or None, initial=initial, engineer=row)

    def save() -> Engineer:
        areas = [area.pk for area in form.cleaned_data["areas"]]
        return editing.save_engineer(
            engineer_id, form.values(), areas, by=actor_of(request), seen=_seen(form, engineer_id)
        )

    return _edit(request, "settings/visits/engineer_form.html", form, {"engineer": row}, save, ENGINEERS)


@require_safe
@administration(AFTERSALES_MANAGE)
def area_list(request: HttpRequest) -> HttpResponse:
    """The areas, and how many go there."""
    rows = ServiceArea.objects.prefetch_related("engineers", "outlets").order_by("-is_active", "name")
    return show(request, "settings/visits/areas.html", {"rows": list(rows)})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def area_form(request: HttpRequest, area_id: int | None = None) -> HttpResponse:
    """Add or change an area."""
    row: ServiceArea | None = None
    initial: dict[str, Any] = {"is_active": True}
    if area_id is not None:
        row = ServiceArea.objects.filter(pk=area_id).first()
        if row is None:
            raise NotFound
        values = values_of(row, editing.AREA_FIELDS)
        initial = {**values, "seen": fingerprint(values)}
    form = AreaForm(request.POST or None, initial=initial)

    def save() -> ServiceArea:
        return editing.save_area(area_id, form.values(), by=actor_of(request), seen=_seen(form, area_id))

    return _edit(request, "settings/visits/area_form.html", form, {"area": row}, save, AREAS)


@require_safe
@administration(AFTERSALES_MANAGE)
def need_list(request: HttpRequest) -> HttpResponse:
    """How long visits take and what they need."""
    return show(request, "settings/visits/needs.html", {"rows": list(VisitNeed.objects.select_related("skill"))})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def need_form(request: HttpRequest, visit_need_id: int | None = None) -> HttpResponse:
    """Say what visits of a kind or for a category need."""
    row, initial = None, {}
    if visit_need_id is not None:
        row = VisitNeed.objects.filter(pk=visit_need_id).first()
        if row is None:
            raise NotFound
        values = values_of(row, editing.NEED_FIELDS)
        initial = {**values, "skill": row.skill_id, "seen": fingerprint(values)}
    form = NeedForm(request.POST or None, initial=initial)

    def save() -> VisitNeed:
        return editing.save_need(visit_need_id, form.values(), by=actor_of(request), seen=_seen(form, visit_need_id))

    return _edit(request, "settings/visits/need_form.html", form, {"need": row}, save, NEEDS)


@require_POST
@administration(AFTERSALES_MANAGE)
def need_delete(request: HttpRequest, visit_need_id: int) -> HttpResponse:
    return acted(
        request, _("Deleted."), reverse(NEEDS), lambda: editing.delete_need(visit_need_id, by=actor_of(request))
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def windows(request: HttpRequest) -> HttpResponse:
    """The stretches of a day that are offered; a POST adds one."""
    form = WindowForm(request.POST or None)
    added = attempt(form, lambda: editing.add_window(*form.minutes(), by=actor_of(request)))
    if added is not None:
        return done(request, _("Saved."), reverse(WINDOWS))
    rows = [{"pk": one.pk, "words": window_words(one)} for one in VisitWindow.objects.all()]
    return show(
        request, "settings/visits/windows.html", {"rows": rows, "form": form}, status=422 if form.errors else 200
    )


@require_POST
@administration(AFTERSALES_MANAGE)
def window_delete(request: HttpRequest, window_id: int) -> HttpResponse:
    return acted(
        request, _("Deleted."), reverse(WINDOWS), lambda: editing.delete_window(window_id, by=actor_of(request))
    )
