"""What the customer owns: registered by serial number, with its warranty, earlier claims, and what can be had for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.portal.forms import RegisterForm
from aftersales.portal.offers import facts_of, kinds_for, offers_for, shown_verdict, sources_of
from aftersales.portal.owning import claims_about, covers_of, owned_things, tickets_about
from aftersales.portal.things import Thing, find_thing, thing_of_registered
from aftersales.warranty.labels import thing_of_code
from aftersales.warranty.selectors import warranties_of
from aftersales.warranty.services.registering import check_serial, register_product
from helpdesk.core import clock, throttle
from helpdesk.core.actors import Actor
from helpdesk.core.errors import NotFound, Refused, TooMany
from helpdesk.core.middleware import client_address
from helpdesk.customers.access import CustomerRequest, customer_page, portal_page
from helpdesk.customers.models import RegisteredProduct
from tickets.portal import missing

# Serial numbers can be counted through; people mistype one a few times.
CHECKS_PER_TEN_MINUTES = 20
SCANS_PER_TEN_MINUTES = 60
TEN_MINUTES = timedelta(minutes=10)


@require_GET
@customer_page
def product_list(request: CustomerRequest) -> HttpResponse:
    """My products, each with its warranty."""
    things = owned_things(request.customer)
    lines = [thing.as_claimed() for thing in things]
    covers = warranties_of(lines, clock.now())
    context = {
        "things": [
            {"thing": thing, "warranty": covers.get((line.product_id, line.serial))}
            for thing, line in zip(things, lines, strict=True)
        ],
        "place": "products",
    }
    return render(request, "aftersales/portal/products.html", context)


@require_GET
@customer_page
def product_page(request: CustomerRequest, key: str) -> HttpResponse:
    """One product: warranty, earlier claims and requests, what can be had for it."""
    try:
        thing = find_thing(request.customer, key)
    except NotFound:
        return missing(request)
    return render(request, "aftersales/portal/product.html", product_context(request, thing))


def product_context(request: CustomerRequest, thing: Thing) -> dict[str, Any]:
    """What the page of one product shows."""
    now = clock.now()
    line = thing.as_claimed()
    offers = offers_for(facts_of(request.customer, thing, now), kinds_for(thing))
    sources = sources_of(offer.judged for offer in offers)
    claims = claims_about(request.customer, thing)
    return {
        "thing": thing,
        "warranty": warranties_of([line], now).get((line.product_id, line.serial)),
        "covers": covers_of(thing, now),
        "offers": [
            {"offer": offer, "judged": shown_verdict(offer.judged, sources)}
            for offer in offers
            if offer.verdict != "refused"
        ],
        "claims": claims,
        "tickets": tickets_about(request.customer, thing, claims),
        "place": "products",
    }


@require_http_methods(["GET", "POST"])
@customer_page
def register(request: CustomerRequest) -> HttpResponse:
    """Register a product by its serial number: first it is looked up, then what we do not know is asked."""
    if request.method == "GET":
        form = RegisterForm(initial={"serial": request.GET.get("serial", "")[:80]})
        return _register_page(request, form)
    form = RegisterForm(request.POST)
    if not form.is_valid():
        return _register_page(request, form, status=422)
    try:
        throttle.limit(f"serial-check:{request.customer.pk}", CHECKS_PER_TEN_MINUTES, per=TEN_MINUTES)
        found = check_serial(form.cleaned_data["serial"], request.customer)
        if found.state == "unknown" and not request.POST.get("product"):
            form.ask_everything(is_asked=bool(request.POST.get("asked")))
            return _register_page(request, form, status=422 if request.POST.get("asked") else 200, is_unknown=True)
        row = register_product(
            request.customer,
            serial=form.cleaned_data["serial"],
            product_id=form.cleaned_data["product"],
            purchased_on=form.cleaned_data["purchased_on"],
            by=Actor.of_customer(request.customer, origin="portal"),
        )
    except TooMany as refusal:
        response = _register_page(request, form, status=refusal.status, form_error=str(refusal))
        response["Retry-After"] = str(refusal.retry_after)
        return response
    except Refused as refusal:
        form.take(refusal)
        is_unknown = "product" in refusal.fields or "purchased_on" in refusal.fields
        said = "" if refusal.fields else str(refusal)
        return _register_page(request, form, status=422, form_error=said, is_unknown=is_unknown)
    messages.success(
        request,
        _("Registered. Its warranty is shown here.")
        if row.is_confirmed
        else _("Registered. We confirm the warranty when we have seen a proof of purchase."),
    )
    return HttpResponseRedirect(reverse("portal_product", args=[thing_of_registered(row).key]))


def _register_page(request: CustomerRequest, form: RegisterForm, *, status: int = 200, **more: Any) -> HttpResponse:
    if more.get("is_unknown"):
        form.offer_products()
    context = {"form": form, "place": "products"} | more
    return render(request, "aftersales/portal/register.html", context, status=status)


@require_GET
@portal_page
def scan(request: CustomerRequest, code: str) -> HttpResponse:
    """The address behind a label. Its owner is on the product's page at once; everybody else sees what the thing is and whether
    it is in warranty, never whose it is or what was said about it."""
    try:
        throttle.limit(f"scan:{throttle.asker(client_address(request))}", SCANS_PER_TEN_MINUTES, per=TEN_MINUTES)
        registered = thing_of_code(code)
    except TooMany as refusal:
        response = render(request, "aftersales/portal/scan_busy.html", status=refusal.status)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    except NotFound:
        return missing(request)
    customer = request.customer
    if customer is not None and registered.customer_id == customer.pk:
        return HttpResponseRedirect(reverse("portal_product", args=[thing_of_registered(registered).key]))
    return render(request, "aftersales/portal/scan.html", _scanned(request, registered, code))


def _scanned(request: CustomerRequest, registered: RegisteredProduct, code: str) -> dict[str, Any]:
    thing = Thing(registered.product, registered.serial, registered=registered)
    line = thing.as_claimed()
    line.order_line = registered.order_line
    state = check_serial(registered.serial, request.customer).state if request.customer else ""
    return {
        "product": registered.product,
        "serial": registered.serial if request.customer else _masked(registered.serial),
        "warranty": warranties_of([line], clock.now()).get((line.product_id, line.serial)),
        "may_register": state in {"ours", "free"},
        "is_taken": state == "taken",
        "code": code,
        "here": request.path,
    }


def _masked(serial: str) -> str:
    return f"••••{serial[-4:]}" if len(serial) > 6 else "••••"


@require_POST
@customer_page
def take_scanned(request: CustomerRequest, code: str) -> HttpResponse:
    """The thing behind a label becomes the signed-in customer's."""
    try:
        registered = thing_of_code(code)
    except NotFound:
        return missing(request)
    try:
        row = register_product(
            request.customer,
            serial=registered.serial,
            product_id=registered.product_id,
            by=Actor.of_customer(request.customer, origin="portal"),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("portal_scan", args=[code]))
    return HttpResponseRedirect(reverse("portal_product", args=[thing_of_registered(row).key]))
