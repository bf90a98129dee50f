"""`/outlet/`: what an outlet's people see: offers, work, parts and settlements."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.outlets.access import outlet_of
from aftersales.outlets.forms import CountForm, DeclineForm, DisputeForm, EngineerForm, ReceiveForm
from aftersales.outlets.models import PartStock, Settlement, WorkOffer
from aftersales.outlets.selectors import offers_of, settlements, stock_of, waits_of, work_of
from aftersales.outlets.services.naming import name_engineer
from aftersales.outlets.services.offering import accept_work, decline_work
from aftersales.outlets.services.settling import dispute_settlement
from aftersales.outlets.services.stock import count_parts, receive_parts
from aftersales.visits.models import Outlet
from helpdesk.accounts.permissions import OUTLET_WORK
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, staff_of
from helpdesk.core.errors import NotFound

HERE, PARTS, MONEY = "outlets:work", "outlets:parts", "outlets:settlements"


def _own(request: HttpRequest) -> Outlet:
    outlet = outlet_of(staff_of(request))
    if outlet is None:
        raise NotFound(_("You do not belong to an outlet. Those who set up after-sales can add you to yours."))
    return outlet


def _show(request: HttpRequest, template: str, outlet: Outlet, here: str, context: dict[str, Any]) -> HttpResponse:
    labels = {HERE: pgettext("outlet", "Work"), PARTS: _("Parts"), MONEY: _("Settlements")}
    tabs = [{"label": label, "url": reverse(name), "is_current": name == here} for name, label in labels.items()]
    status = 422 if context.pop("failed", False) else 200
    base = {"outlet": outlet, "tabs": tabs, "rail_current": "outlet"}
    return render(request, template, base | context, status=status)


@require_safe
@administration(OUTLET_WORK)
def work(request: HttpRequest) -> HttpResponse:
    """`/outlet/`: offers with the time that is left, and the work that was accepted."""
    return _work(request, {})


def _work(request: HttpRequest, forms: dict[int, Any]) -> HttpResponse:
    """The page, with the forms that were sent and refused, by the id of their offer or work order (as a negative number)."""
    outlet = _own(request)
    offers = [{"work": one, "form": forms.get(one.offer.pk) or DeclineForm(prefix=f"o{one.offer.pk}")}
              for one in offers_of(outlet) if one.offer is not None]  # fmt: skip
    orders = [
        {"work": one, "form": forms.get(-one.order.pk) or _engineer_form(outlet, one.order.pk, one.visit)}
        for one in work_of(outlet)
    ]
    context = {"offers": offers, "orders": orders, "failed": bool(forms)}
    return _show(request, "outlets/work.html", outlet, HERE, context)


def _engineer_form(outlet: Outlet, order_id: int, visit: Any) -> EngineerForm:
    initial = {"engineer": visit.engineer_id} if visit is not None else {}
    return EngineerForm(prefix=f"w{order_id}", outlet=outlet, initial=initial)


@require_POST
@administration(OUTLET_WORK)
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    by = actor_of(request)
    return acted(request, _("The work is yours. Say who goes."), reverse(HERE), lambda: accept_work(pk, by=by))


@require_POST
@administration(OUTLET_WORK)
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    by, outlet = actor_of(request), _own(request)
    if not WorkOffer.objects.filter(pk=pk, outlet=outlet).exists():
        raise NotFound
    form = DeclineForm(request.POST, prefix=f"o{pk}")
    if attempt(form, lambda: decline_work(pk, by=by, reason=form.cleaned_data["reason"])) is None:
        return _work(request, {pk: form})
    return done(request, _("Declined. Another outlet is asked."), reverse(HERE))


@require_POST
@administration(OUTLET_WORK)
def engineer(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of the outlet goes."""
    by, outlet = actor_of(request), _own(request)
    form = EngineerForm(request.POST, prefix=f"w{pk}", outlet=outlet)
    if attempt(form, lambda: name_engineer(pk, form.cleaned_data["engineer"].pk, by=by)) is None:
        return _work(request, {-pk: form})
    words = _("%(name)s goes.") % {"name": form.cleaned_data["engineer"].label}
    return done(request, words, reverse(HERE))


@require_http_methods(["GET", "HEAD", "POST"])
@administration(OUTLET_WORK)
def parts(request: HttpRequest) -> HttpResponse:
    """`/outlet/parts/`: the shelf, what is waited for, and taking in a delivery."""
    outlet, by = _own(request), actor_of(request)
    form = ReceiveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = attempt(form, lambda: receive(outlet, form, by=by))
        if made is not None:
            return done(request, _("Taken in."), reverse(PARTS))
    context = {"form": form, "stock": stock_of(outlet), "waits": waits_of(outlet), "failed": bool(form.errors)}
    return _show(request, "outlets/parts.html", outlet, PARTS, context)


def receive(outlet: Outlet | None, form: ReceiveForm, *, by: Any) -> Any:
    data = form.cleaned_data
    return receive_parts(
        outlet,
        data["product"],
        data["quantity"],
        key=f"in:{outlet.pk if outlet else 0}:{data['key']}",
        by=by,
        note=data["note"],
        unit_price=data["unit_price"],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administration(OUTLET_WORK)
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """`/outlet/parts/1/`: a part of the shelf with its moves, and a count."""
    outlet, by = _own(request), actor_of(request)
    stock = PartStock.objects.filter(pk=pk, outlet=outlet).select_related("product").first()
    if stock is None:
        raise NotFound
    form = CountForm(request.POST if request.method == "POST" else None, stock=stock)
    if request.method == "POST":
        data = form.data
        key = f"count:{pk}:{data.get('key', '')[:60]}"
        made = attempt(
            form,
            lambda: count_parts(pk, form.cleaned_data["quantity"], key=key, by=by, note=form.cleaned_data["note"]),
        )
        if made is not None:
            return done(request, _("Counted."), reverse(PARTS))
    moves = stock.moves.select_related("claim").order_by("-pk")[:50]
    context = {"form": form, "stock": stock, "moves": moves, "failed": bool(form.errors)}
    return _show(request, "outlets/part.html", outlet, PARTS, context)


@require_safe
@administration(OUTLET_WORK)
def settlement_list(request: HttpRequest) -> HttpResponse:
    """`/outlet/settlements/`: what the outlet is owed, the newest first."""
    outlet = _own(request)
    found = settlements(outlet=outlet, cursor=request.GET.get("cursor"))
    context = {"rows": found.rows, "next_url": f"?cursor={found.next}" if found.next else ""}
    return _show(request, "outlets/settlements.html", outlet, MONEY, context)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(OUTLET_WORK)
def settlement(request: HttpRequest, pk: int) -> HttpResponse:
    """`/outlet/settlements/1/`: its lines; the outlet may say that it is not right."""
    outlet, by = _own(request), actor_of(request)
    row = Settlement.objects.filter(pk=pk, outlet=outlet).select_related("work_order__claim", "outlet").first()
    if row is None:
        raise NotFound
    form = DisputeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = attempt(form, lambda: dispute_settlement(pk, words=form.cleaned_data["words"], by=by))
        if made is not None:
            return done(request, _("Told finance."), reverse(MONEY))
    context = {"row": row, "lines": row.lines.order_by("pk"), "form": form, "failed": bool(form.errors)}
    return _show(request, "outlets/settlement.html", outlet, MONEY, context)
