"""Administration: tables of products, orders and serial numbers, how far each is and what was refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show
from helpdesk.core import keyset
from helpdesk.core.errors import NotFound
from helpdesk.core.uploads import file_limits
from helpdesk.customers.goods.tables import COLUMNS
from helpdesk.customers.models import Import, ImportKind
from helpdesk.customers.services.imports import start_import

MOST_SHOWN = 100
EXAMPLES: dict[str, Sequence[str]] = {
    ImportKind.PRODUCTS: ("W1-WHITE", "Washer W1", "洗衣机 W1", "appliances", "W1", "36", "yes", "", "yes"),
    ImportKind.ORDERS: (
        "SO-1001", "mall", "delivered", "2026-05-01 10:00", "2026-05-03 15:20", "CNY", "2999.00", "Li Na",
        "li.na@customer.example", "", "1", "W1-WHITE", "1", "2999.00", "2799.00", "W1-000123", "L7",
    ),
    ImportKind.THINGS: ("W1-WHITE", "W1-000124", "L7", "", "", "", "2026-05-01", ""),
}  # fmt: skip


class ImportForm(forms.Form):
    """A table and what it is about."""

    kind = forms.ChoiceField(label=gettext_lazy("What is in it"), choices=ImportKind.choices)
    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )


@require_GET
@administration(AFTERSALES_MANAGE)
def import_list(request: HttpRequest) -> HttpResponse:
    """`/settings/imports/`: the last tables."""
    rows = Import.objects.select_related("by").defer("raw")
    page = keyset.page(rows, request.GET.get("cursor"), size=50)
    context = {"rows": page.rows, "next_url": f"?cursor={page.next}" if page.next else ""}
    return show(request, "settings/imports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def import_new(request: HttpRequest) -> HttpResponse:
    """Send a table."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        made = attempt(form, lambda: _start(request, form))
        if made is not None:
            return done(request, _("The table is being read."), reverse("settings_import", args=[made.pk]))
    context = {
        "form": form,
        "most_mb": file_limits()["each_mb"],
        "kinds": [{"value": kind, "label": kind.label, "columns": list(COLUMNS[kind])} for kind in ImportKind],
    }
    return show(request, "settings/imports/new.html", context, status=422 if form.errors else 200)


def _start(request: HttpRequest, form: ImportForm) -> Import:
    given = form.cleaned_data
    return start_import(given["kind"], given["file"].name, given["file"].read(), by=actor_of(request))


@require_GET
@administration(AFTERSALES_MANAGE)
def import_show(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and the first refused rows."""
    row = Import.objects.select_related("by").defer("raw").filter(pk=pk).first()
    if row is None:
        raise NotFound
    refusals = list(row.refusals.order_by("row")[:MOST_SHOWN])
    return show(request, "settings/imports/show.html", {"upload": row, "refusals": refusals, "most": MOST_SHOWN})


@require_GET
@administration(AFTERSALES_MANAGE)
def import_refusals(request: HttpRequest, pk: int) -> HttpResponse:
    """All refused rows as a table."""
    row = Import.objects.defer("raw").filter(pk=pk).first()
    if row is None:
        raise NotFound
    lines = (
        (
            refusal.row,
            refusal.key,
            "; ".join(filter(None, (f"{name}: {words}" for name, words in refusal.words.items()))),
        )
        for refusal in row.refusals.order_by("row").iterator()
    )
    return _csv(f"refused-{row.pk}.csv", (_("Row"), _("Record"), _("Why")), lines)


@require_GET
@administration(AFTERSALES_MANAGE)
def import_example(request: HttpRequest, kind: str) -> HttpResponse:
    """A table with every column and one row."""
    if kind not in COLUMNS:
        raise NotFound
    return _csv(f"{kind}.csv", list(COLUMNS[kind]), [EXAMPLES[kind]])


def _csv(name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """UTF-8 with a mark; a cell that begins like a formula gets an apostrophe (OWASP, CSV injection)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heading)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t")) else cell
