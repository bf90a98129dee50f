"""Administration of carriers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.parcels.forms import CarrierForm
from aftersales.parcels.models import Carrier
from aftersales.parcels.services.carriers import editable_values, save_carrier
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import fingerprint

HERE = "settings_carriers"


@require_safe
@administration(AFTERSALES_MANAGE)
def carrier_list(request: HttpRequest) -> HttpResponse:
    """Every carrier, with when it last told us anything."""
    return show(request, "settings/carriers/list.html", {"carriers": Carrier.objects.all()})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def carrier_create(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def carrier_edit(request: HttpRequest, pk: int) -> HttpResponse:
    carrier = Carrier.objects.filter(pk=pk).first()
    if carrier is None:
        raise NotFound
    return _form(request, carrier)


def _form(request: HttpRequest, carrier: Carrier | None) -> HttpResponse:
    initial = None
    if carrier is not None:
        values = editable_values(carrier)
        initial = values | {"codes": "\n".join(carrier.codes), "seen": fingerprint(values)}
    form = CarrierForm(request.POST if request.method == "POST" else None, initial=initial, carrier=carrier)
    if request.method == "POST":
        by, pk = actor_of(request), carrier.pk if carrier else None
        seen = form.data.get("seen") if carrier else None
        if attempt(form, lambda: save_carrier(pk, by=by, seen=seen, **form.values())) is not None:
            return done(request, _("Saved."), reverse(HERE))
    shown = Carrier.objects.filter(pk=carrier.pk).first() if carrier else None
    context = {"form": form, "carrier": shown}
    return show(request, "settings/carriers/form.html", context, status=422 if form.errors else 200)
