"""Administration of how much people take at once, and of who looks after which customer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.accounts.desk import number_in
from helpdesk.accounts.models import Staff, WorkProfile
from helpdesk.accounts.permissions import ROUTING_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import fingerprint
from helpdesk.customers import identities
from helpdesk.customers.models import Customer, Identity
from tickets.routing.models import AccountOwner
from tickets.routing.selectors.floor import role_capacities
from tickets.routing.selectors.people import answering_people, answering_roles
from tickets.routing.services import people as services
from tickets.routing.services.skills import levels_of
from tickets.routing.settings_forms import CapacityForm, OwnerForm, ProfileForm
from tickets.routing.views.settings_skills import filters_of, query_of, toolbar

OWNERS = 100


@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def capacities(request: HttpRequest) -> HttpResponse:
    """What each role takes at once, and the people with figures of their own."""
    values = services.capacity_values()
    form = CapacityForm(request.POST or None, initial={**values, "seen": fingerprint(values)})
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: services.change_capacities(form.values(), by=actor_of(request), seen=form.cleaned_data["seen"]),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_routing_capacities"))
    filters = filters_of(request)
    page = answering_people(**filters)
    roles = role_capacities()
    rows = [_person_row(person, roles) for person in page.rows]
    context = {
        "form": form,
        "rows": rows,
        "next_url": f"?{query_of({**filters, 'after': page.next})}" if page.next else "",
        **toolbar(filters),
    }
    return show(request, "settings/routing/capacities.html", context, status=422 if form.errors else 200)


def _person_row(person: Staff, roles: dict[str, tuple[int, int, int]]) -> dict[str, Any]:
    profile = profile_of(person)
    usual = roles.get(person.role, (0, 0, 0))
    own = [getattr(profile, kind) for kind in services.KINDS]
    figures = [
        {"figure": figure if mine is None else mine, "is_own": mine is not None}
        for figure, mine in zip(usual, own, strict=True)
    ]
    return {"person": person, "profile": profile, "figures": figures}


def profile_of(person: Staff) -> WorkProfile:
    """The person's row, or an unsaved one with the defaults."""
    found: WorkProfile | None = getattr(person, "work_profile", None)
    return found or WorkProfile(staff=person)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def person_edit(request: HttpRequest, staff_id: int) -> HttpResponse:
    """One person's seniority and own capacities."""
    person = answering_person(staff_id)
    values = services.profile_values(profile_of(person))
    usual = dict(zip(services.KINDS, role_capacities().get(person.role, (0, 0, 0)), strict=True))
    form = ProfileForm(request.POST or None, usual=usual, initial={**values, "seen": fingerprint(values)})
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: services.change_profile(
                staff_id,
                {name: form.cleaned_data[name] for name in services.PROFILE_FIELDS},
                by=actor_of(request),
                seen=form.cleaned_data["seen"],
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_routing_capacities"))
    context = {"form": form, "person": person, "skills": len(levels_of([staff_id])[staff_id])}
    return show(request, "settings/routing/person.html", context, status=422 if form.errors else 200)


def answering_person(staff_id: int) -> Staff:
    """Somebody who answers customers; others have neither capacity nor shifts."""
    rows = Staff.objects.filter(pk=staff_id, is_active=True, role__in=answering_roles())
    person = rows.select_related("work_profile").first()
    if person is None:
        raise NotFound
    return person


# --- Account owners --------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def owners(request: HttpRequest) -> HttpResponse:
    """Who looks after which customer: their tickets go to that person first, when they have room."""
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pk = customer_named(form.cleaned_data["customer"])
        if pk is None:
            form.add_error("customer", _("There is no such customer."))
        else:
            staff = form.cleaned_data["staff"]
            saved = attempt(form, lambda: services.set_account_owner(pk, staff.pk, by=actor_of(request)))
            if saved is not None:
                return done(request, _("Saved."), reverse("settings_routing_owners"))
    after = number_in(request.GET.get("after")) or 0
    rows = list(
        AccountOwner.objects.filter(pk__gt=after).select_related("customer", "staff").order_by("pk")[: OWNERS + 1]
    )
    context = {
        "form": form,
        "rows": rows[:OWNERS],
        "next_url": f"?after={rows[OWNERS - 1].pk}" if len(rows) > OWNERS else "",
    }
    return show(request, "settings/routing/owners.html", context, status=422 if form.errors else 200)


def customer_named(text: str) -> int | None:
    """The customer with this address, number or id; one that was merged counts as the one it went into."""
    text = text.replace("\x00", "").strip()
    number = number_in(text, most=2**31)
    customer = Customer.objects.filter(pk=number).first() if number is not None and len(text) < 10 else None
    if customer is None:
        known = identities.email(text) if "@" in text else identities.phone(text)
        row = Identity.objects.filter(kind=known.kind, value=known.value).first() if known else None
        customer = row.customer if row else None
    while customer is not None and customer.merged_into_id:
        customer = customer.merged_into
    return customer.pk if customer is not None else None


@require_POST
@administration(ROUTING_MANAGE)
def owner_delete(request: HttpRequest, customer_id: int) -> HttpResponse:
    url = reverse("settings_routing_owners")
    return acted(request, _("Deleted."), url, lambda: services.remove_account_owner(customer_id, by=actor_of(request)))
