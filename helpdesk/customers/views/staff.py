"""Customers as the staff sees them: the list, a profile with what every room adds, and looking at a masked address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, sentence, staff_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_EDIT, CUSTOMER_UNMASK, CUSTOMER_VIEW
from helpdesk.core import keyset
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.registries import panels_of
from helpdesk.customers.finding import customers_matching
from helpdesk.customers.identities import masked
from helpdesk.customers.models import Customer, Identity
from helpdesk.customers.services.editing import edit_customer
from helpdesk.customers.services.unmasking import show_identity
from helpdesk.customers.staff_forms import CustomerForm

PAGE_SIZE = 50
SLOT = "customer.profile"


def profile_of(pk: int) -> Customer:
    """The profile, or the one that it became part of; `NotFound` when there is none."""
    customer = Customer.objects.select_related("organisation").filter(pk=pk).first()
    if customer is None:
        raise NotFound
    return customer


def identity_lines(identities: list[Identity]) -> list[dict[str, Any]]:
    """Identities as everybody may see them."""
    return [
        {
            "id": identity.pk,
            "kind": identity.get_kind_display(),
            "value": masked(identity.kind, identity.value),
            "is_verified": identity.is_verified,
            "is_primary": identity.is_primary,
        }
        for identity in identities
    ]


@desk(permission=CUSTOMER_VIEW)
@require_GET
def customer_list(request: HttpRequest) -> HttpResponse:
    """`/customers/?q=`: newest first, or those whose name, address or number matches; three queries."""
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    may_see = staff_of(request).can(CUSTOMER_UNMASK)
    rows = customers_matching(q, by_parts=may_see).select_related("organisation")
    page = keyset.page(rows, request.GET.get("cursor") or None, by="created_at", size=PAGE_SIZE)
    first: dict[int, str] = {}
    identities = Identity.objects.filter(customer_id__in=[customer.pk for customer in page.rows])
    for identity in identities.order_by("-is_primary", "pk"):
        first.setdefault(identity.customer_id, masked(identity.kind, identity.value))
    lines = [{"customer": customer, "identity": first.get(customer.pk, "")} for customer in page.rows]
    following = {"cursor": page.next, **({"q": q} if q else {})}
    context = {"lines": lines, "q": q, "rail_current": "customers"}
    context["next_url"] = f"/customers/?{urlencode(following)}" if page.next else ""
    return render(request, "customers/customer_list.html", context)


@desk(permission=CUSTOMER_VIEW)
@require_GET
def customer_detail(request: HttpRequest, customer_id: int) -> HttpResponse:
    """`/customers/<id>/`: who they are, and a panel of each room that knows them."""
    staff, customer = staff_of(request), profile_of(customer_id)
    if customer.merged_into_id is not None:
        return redirect(f"/customers/{customer.merged_into_id}/")
    identities = list(customer.identities.order_by("-is_primary", "pk"))
    context = {
        "customer": customer,
        "identities": identity_lines(identities),
        "panels": _panels(customer, staff),
        "may_edit": staff.can(CUSTOMER_EDIT),
        "may_unmask": staff.can(CUSTOMER_UNMASK),
        "rail_current": "customers",
    }
    return render(request, "customers/customer_detail.html", context)


def _panels(customer: Customer, staff: Staff) -> list[dict[str, Any]]:
    drawn = []
    for panel in panels_of(SLOT):
        if panel.permission is None or staff.can(panel.permission):
            data = panel.select(customer=customer, staff=staff)
            if data is not None:
                drawn.append({"template": panel.template, "data": data})
    return drawn


@desk(permission=CUSTOMER_EDIT)
@require_http_methods(["GET", "POST"])
def customer_edit(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Name, level, language, region and notes; 409 with the present values when somebody was quicker."""
    customer, status = profile_of(customer_id), 200
    form = CustomerForm(request.POST or None, initial=CustomerForm.initial_of(customer))
    if request.method == "POST":
        status = 422
        if form.is_valid():
            version = number_in(request.POST.get("edit_version"))
            try:
                edit_customer(customer.pk, by=actor_of(request), edit_version=version, **form.cleaned_data)
                return redirect(f"/customers/{customer.pk}/")
            except Refused as refusal:
                status = refusal.status
                form.add_error(None, sentence(refusal))
                customer = profile_of(customer_id)
    context = {"customer": customer, "form": form, "rail_current": "customers", "is_conflict": status == 409}
    return render(request, "customers/customer_edit.html", context, status=status)


@desk(permission=CUSTOMER_UNMASK)
@require_POST
def identity_show(request: HttpRequest, identity_id: int) -> HttpResponse:
    """The whole address or number on a customer's profile; that somebody looked at it is recorded."""
    identity = show_identity(identity_id, by=actor_of(request))
    return whole(identity) if is_htmx(request) else redirect(f"/customers/{identity.customer_id}/")


def whole(identity: Identity) -> HttpResponse:
    """The identity in full with a button that copies it, in place of the masked one."""
    shown = format_html(
        '{} <button class="fact fact-icon" type="button" data-copy="{}">', identity.value, identity.value
    )
    return HttpResponse(shown + format_html("{}</button>", _("Copy")))
