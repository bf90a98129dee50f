"""The settings page of registered products: look up, confirm a purchase, print labels."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.warranty.forms import ConfirmForm, ExtendForm, LabelsForm
from aftersales.warranty.labels import label_address, label_code
from aftersales.warranty.qr import qr_svg
from aftersales.warranty.services.registering import add_labelled, confirm_registration, extend_cover
from helpdesk.accounts.desk import actor_of
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import administration, attempt, done, show
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.keyset import page
from helpdesk.customers.models import RegisteredProduct

PAGE_SIZE = 50
MOST_LABELS = 100
_FOLDER = "settings/registered"


@require_GET
@administration(AFTERSALES_MANAGE)
def registered_list(request: HttpRequest) -> HttpResponse:
    """Every registered thing, the newest first; searched by serial number, those without proof alone when asked."""
    text, state = request.GET.get("q", "").replace("\x00", "").strip()[:80], request.GET.get("state", "")
    rows = RegisteredProduct.objects.select_related("product", "customer")
    if text:
        rows = rows.filter(serial=text.upper())
    if state == "unconfirmed":
        rows = rows.filter(is_confirmed=False, customer__isnull=False)
    try:
        found = page(rows, request.GET.get("cursor"), by="registered_at", size=PAGE_SIZE)
    except Invalid:
        # a page address that makes no sense begins at the first page
        found = page(rows, None, by="registered_at", size=PAGE_SIZE)
    query = request.GET.copy()
    query["cursor"] = found.next or ""
    context: dict[str, Any] = {
        "rows": found.rows,
        "q": text,
        "state": state,
        "next_url": f"{request.path}?{query.urlencode()}" if found.next else "",
    }
    return show(request, f"{_FOLDER}/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def labels_new(request: HttpRequest) -> HttpResponse:
    """Put things on record by their serial numbers, then print their labels."""
    form = LabelsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        by, values = actor_of(request), form.cleaned_data
        made = attempt(
            form,
            lambda: [
                add_labelled(values["product"].pk, serial=serial, lot=values["lot"], by=by)
                for serial in values["serials"]
            ],
        )
        if made is not None:
            ids = ",".join(str(row.pk) for row in made)
            words = ngettext("%(n)s thing is on record.", "%(n)s things are on record.", len(made)) % {"n": len(made)}
            return done(request, words, f"{reverse('settings_registered_labels')}?ids={ids}")
    return show(request, f"{_FOLDER}/new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@administration(AFTERSALES_MANAGE)
def labels(request: HttpRequest) -> HttpResponse:
    """A sheet of labels to print: product, serial number, QR code."""
    wanted = [text for text in request.GET.get("ids", "").split(",") if text.isascii() and text.isdigit()]
    ids = [int(text) for text in wanted if len(text) < 19][:MOST_LABELS]
    rows = RegisteredProduct.objects.select_related("product").filter(pk__in=ids).order_by("pk")
    found = [
        # drawn by us from an address of our own: nothing in it comes from outside
        {"row": row, "svg": mark_safe(qr_svg(label_address(row), scale=3)), "code": label_code(row)}
        for row in rows
    ]
    return show(request, f"{_FOLDER}/labels.html", {"labels": found})


@require_GET
@administration(AFTERSALES_MANAGE)
def label_svg(request: HttpRequest, pk: int) -> HttpResponse:
    """One label's QR code as a file."""
    row = RegisteredProduct.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound
    response = HttpResponse(qr_svg(label_address(row), scale=8), content_type="image/svg+xml")
    response["Content-Disposition"] = f'attachment; filename="label-{row.pk}.svg"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """`/settings/registered-products/7/extend/`: an extension of the warranty was bought; what covers the thing so far."""
    row = RegisteredProduct.objects.select_related("product", "customer").filter(pk=pk).first()
    if row is None:
        raise NotFound
    form, by = ExtendForm(request.POST if request.method == "POST" else None), actor_of(request)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: extend_cover(pk, by=by, **form.cleaned_data))
        if made is not None:
            words = _("In warranty until %(day)s.") % {"day": date_format(made.ends_on)}
            return done(request, words, f"{reverse('settings_registered')}?q={row.serial}")
    context = {"form": form, "row": row, "covers": row.covers.select_related("plan").order_by("starts_on", "pk")}
    return show(request, f"{_FOLDER}/extend.html", context, status=422 if form.errors else 200)


@require_POST
@administration(AFTERSALES_MANAGE)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The proof of purchase has been seen."""
    form = ConfirmForm(request.POST)
    by = actor_of(request)
    if form.is_valid():
        made = attempt(form, lambda: confirm_registration(pk, by=by, purchased_on=form.cleaned_data["purchased_on"]))
        if made is not None:
            return done(request, _("Confirmed. Its warranty counts from now on."), reverse("settings_registered"))
    row = RegisteredProduct.objects.select_related("product", "customer").filter(pk=pk).first()
    if row is None:
        raise NotFound
    context = {"rows": [row], "q": row.serial, "state": "", "next_url": "", "confirm_form": form}
    return show(request, f"{_FOLDER}/list.html", context, status=422)
