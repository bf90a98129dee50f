"""`/settings/outlets/`: outlets, their people, terms and rates, and the company's own shelf of parts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersales.outlets.forms import CountForm, MemberForm, OutletForm, RatesForm, ReceiveForm
from aftersales.outlets.models import PartStock
from aftersales.outlets.selectors import engineers_of, stock_of, waits_of
from aftersales.outlets.services import setting_up as services
from aftersales.outlets.services.stock import count_parts
from aftersales.outlets.views.own import receive
from aftersales.visits.models import Outlet
from helpdesk.accounts.desk import number_in
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound

HERE, STOCK, RATES = "settings_outlets", "settings_outlets_stock", "settings_outlets_rates"
_GET_OR_POST = ["GET", "HEAD", "POST"]


def _tabs(here: str) -> list[dict[str, object]]:
    labels = {HERE: _("Outlets"), RATES: _("Rates"), STOCK: _("Our own parts")}
    return [{"label": label, "url": reverse(name), "is_current": name == here} for name, label in labels.items()]


def _outlet(pk: int) -> Outlet:
    outlet = Outlet.objects.filter(pk=pk).first()
    if outlet is None:
        raise NotFound
    return outlet


@require_http_methods(["GET", "HEAD"])
@administration(AFTERSALES_MANAGE)
def outlet_list(request: HttpRequest) -> HttpResponse:
    rows = Outlet.objects.select_related("terms").prefetch_related("areas", "skills").order_by("rank", "name")
    return show(request, "settings/outlets/list.html", {"rows": rows[:500], "tabs": _tabs(HERE)})


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def outlet_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def outlet_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, _outlet(pk))


def _edit(request: HttpRequest, outlet: Outlet | None) -> HttpResponse:
    form = OutletForm(request.POST if request.method == "POST" else None, instance=outlet)
    if request.method == "POST":
        by = actor_of(request)
        saved = attempt(
            form,
            lambda: services.save_outlet(
                form.instance,
                form.terms(),
                areas=form.cleaned_data.get("areas", []),
                skills=form.cleaned_data.get("skills", []),
                by=by,
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_outlet", args=[saved.pk]))
    context: dict[str, Any] = {"form": form, "outlet": outlet}
    if outlet is not None:
        context |= {
            "members": outlet.members.select_related("staff").order_by("staff__name"),
            "engineers": engineers_of(outlet),
            "member_form": MemberForm(),
            "rates_form": RatesForm(outlet=outlet, prefix="rates"),
        }
    return show(request, "settings/outlets/outlet.html", context, status=422 if form.errors else 200)


@require_POST
@administration(AFTERSALES_MANAGE)
def member_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody answers for the outlet."""
    outlet, by = _outlet(pk), actor_of(request)
    url = reverse("settings_outlet", args=[pk])
    person = Staff.objects.filter(pk=number_in(request.POST.get("staff")) or 0).first()
    return acted(request, _("Added."), url, lambda: services.add_member(outlet, person, by=by))


@require_POST
@administration(AFTERSALES_MANAGE)
def member_delete(request: HttpRequest, pk: int, staff_id: int) -> HttpResponse:
    outlet, by = _outlet(pk), actor_of(request)
    url = reverse("settings_outlet", args=[pk])
    return acted(request, _("Removed."), url, lambda: services.remove_member(outlet, staff_id, by=by))


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def own_rates(request: HttpRequest, pk: int) -> HttpResponse:
    """What was agreed with this outlet alone."""
    return _rates(request, _outlet(pk))


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def rates(request: HttpRequest) -> HttpResponse:
    """What every outlet is paid that has no rate of its own."""
    return _rates(request, None)


def _rates(request: HttpRequest, outlet: Outlet | None) -> HttpResponse:
    form = RatesForm(request.POST if request.method == "POST" else None, outlet=outlet, prefix="rates")
    if request.method == "POST":
        by = actor_of(request)
        saved = attempt(form, lambda: (services.set_rates(outlet, form.rates(), by=by), True))
        if saved is not None:
            back = reverse("settings_outlet", args=[outlet.pk]) if outlet else reverse(RATES)
            return done(request, _("Saved."), back)
    context = {"form": form, "outlet": outlet, "tabs": _tabs(RATES)}
    return show(request, "settings/outlets/rates.html", context, status=422 if form.errors else 200)


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def stock(request: HttpRequest) -> HttpResponse:
    """Parts for the company's own engineers."""
    by = actor_of(request)
    form = ReceiveForm(request.POST if request.method == "POST" else None)
    form.fields.pop("unit_price")
    if request.method == "POST":
        made = attempt(form, lambda: _receive_own(form, by))
        if made is not None:
            return done(request, _("Taken in."), reverse(STOCK))
    context = {"form": form, "stock": stock_of(None), "waits": waits_of(None), "tabs": _tabs(STOCK)}
    return show(request, "settings/outlets/stock.html", context, status=422 if form.errors else 200)


def _receive_own(form: ReceiveForm, by: object) -> object:
    form.cleaned_data["unit_price"] = None
    return receive(None, form, by=by)


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def part(request: HttpRequest, stock_id: int) -> HttpResponse:
    """A part of our own shelf with its moves, and a count."""
    by = actor_of(request)
    row = PartStock.objects.filter(pk=stock_id, outlet=None).select_related("product").first()
    if row is None:
        raise NotFound
    form = CountForm(request.POST if request.method == "POST" else None, stock=row)
    if request.method == "POST":
        key = f"count:{stock_id}:{form.data.get('key', '')[:60]}"
        made = attempt(
            form,
            lambda: count_parts(
                stock_id, form.cleaned_data["quantity"], key=key, by=by, note=form.cleaned_data["note"]
            ),
        )
        if made is not None:
            return done(request, _("Counted."), reverse(STOCK))
    context = {"form": form, "stock": row, "moves": row.moves.select_related("claim").order_by("-pk")[:50]}
    return show(request, "settings/outlets/part.html", context, status=422 if form.errors else 200)
