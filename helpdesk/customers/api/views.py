"""Customers: list, find, read, resolve, edit."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_EDIT, CUSTOMER_UNMASK, CUSTOMER_VIEW, Scope
from helpdesk.core import keyset
from helpdesk.core.api.paging import envelope, moment, page_size
from helpdesk.core.api.schema import PAGED, listed, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.customers import identities
from helpdesk.customers.api.serializers import CustomerEditSerializer, CustomerInputSerializer, CustomerSerializer
from helpdesk.customers.finding import customers_matching
from helpdesk.customers.identities import Known, masked
from helpdesk.customers.models import Customer, Identity
from helpdesk.customers.services.editing import CustomerChanged, edit_customer
from helpdesk.customers.services.resolving import resolve_customer

COLUMNS = [
    "id",
    "name",
    "level",
    "language",
    "region",
    "notes",
    "is_blocked",
    "edit_version",
    "organisation__name",
    "created_at",
    "updated_at",
]
CUSTOMER = {
    "id": 311,
    "name": "Li Na",
    "level": "important",
    "language": "zh-hans",
    "region": "Shanghai",
    "notes": "",
    "organisation": None,
    "is_blocked": False,
    "edit_version": 2,
    "created_at": "2026-01-12T03:20:00.000Z",
    "updated_at": "2026-05-01T08:00:00.000Z",
    "identities": [
        {"kind": "email", "value": "li.na@customer.example", "is_verified": True, "is_primary": True},
    ],
}


class CustomerView(ApiView):
    """Reading needs `customers:read` and a role that sees customers, every other method `customers:write`."""

    required_scopes = {"GET": Scope.CUSTOMERS_READ, "*": Scope.CUSTOMERS_WRITE}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The owner's role counts as well as the key's scopes."""
        super().initial(request, *args, **kwargs)
        if not owner_of(request).can(CUSTOMER_VIEW):
            raise Forbidden

    def handle_exception(self, exc: Exception) -> Response:
        """A lost race over a customer comes with their current values."""
        if isinstance(exc, CustomerChanged) and "customer" in self.kwargs:
            exc.data["current"] = _one(self.kwargs["customer"], owner_of(self.request))
        return super().handle_exception(exc)


class Customers(CustomerView):
    """`/customers/`."""

    @operation(
        "List or find customers",
        answer=listed(CustomerSerializer),
        scope="customers:read",
        description="Newest first. `search` takes a name or a part of it, an e-mail address or a phone number.",
        errors=[400],
        parameters=[query("search", "Name, e-mail address or phone number, or a part."), *PAGED],
        returns={"results": [CUSTOMER], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page of profiles."""
        size = page_size(request)
        may_see = owner_of(request).can(CUSTOMER_UNMASK)
        found = customers_matching(request.query_params.get("search", ""), by_parts=may_see).values(*COLUMNS)
        cursor = request.query_params.get("cursor")
        rows = list(keyset.after(found, cursor, by="created_at")[: size + 1])
        following = keyset.encode(rows[size - 1]["created_at"], rows[size - 1]["id"]) if len(rows) > size else None
        return envelope(request, written(rows[:size], owner_of(request)), following)

    @operation(
        "Find or make a customer",
        request=CustomerInputSerializer,
        answer=CustomerSerializer,
        status=201,
        more={200: CustomerSerializer},
        scope="customers:write",
        description="200 with the customer who has this address or number, 201 when a profile was made.",
        is_write=True,
        example={"name": "Li Na", "email": "li.na@customer.example"},
        returns=CUSTOMER,
    )
    def post(self, request: Request) -> Response:
        """Resolve by identity, so that nobody is there twice."""
        by = actor_of(request)
        if not owner_of(request).can(CUSTOMER_EDIT):
            raise Forbidden
        values = _read(CustomerInputSerializer, request)
        known = _known(values)
        before = Identity.objects.filter(kind=known[0].kind, scope="", value=known[0].value).exists()
        customer = resolve_customer(known, by=by, name=values["name"], language=values["language"])
        return Response(_one(customer.pk, owner_of(request)), status=200 if before else 201)


def _read(serializer: type[Any], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = given.validated_data
    return values


def _known(values: dict[str, str]) -> list[Known]:
    found: list[Known] = []
    if values["email"]:
        mail = identities.email(values["email"])
        if mail is None:
            raise Invalid(fields={"email": _("This is not an e-mail address.")})
        found.append(mail)
    if values["phone"]:
        phone = identities.phone(values["phone"], region=settings.DEFAULT_PHONE_REGION)
        if phone is None:
            raise Invalid(fields={"phone": _("This is not a phone number.")})
        found.append(phone)
    if not found:
        raise Invalid(fields={"email": _("Give an e-mail address or a phone number.")})
    return found


class OneCustomer(CustomerView):
    """`/customers/{id}/`."""

    @operation("Read a customer", answer=CustomerSerializer, scope="customers:read", errors=[404], returns=CUSTOMER)
    def get(self, request: Request, customer: int) -> Response:
        """The profile with its identities."""
        return Response(_one(customer, owner_of(request)))

    @operation(
        "Edit a customer",
        request=CustomerEditSerializer,
        answer=CustomerSerializer,
        scope="customers:write",
        description="Refused with 409 `customer_changed` and the `current` values when somebody edited it in between.",
        is_write=True,
        errors=[404],
        example={"edit_version": 2, "level": "core"},
        returns=CUSTOMER,
    )
    def patch(self, request: Request, customer: int) -> Response:
        """Set the given fields in one step."""
        edit_customer(customer, by=actor_of(request), **_read(CustomerEditSerializer, request))
        return Response(_one(customer, owner_of(request)))


def _one(pk: int, staff: Staff) -> dict[str, Any]:
    rows: QuerySet[Any, Any] = Customer.objects.filter(pk=pk).values(*COLUMNS)
    found = written(list(rows), staff)
    if not found:
        raise NotFound
    return found[0]


def written(rows: list[dict[str, Any]], staff: Staff) -> list[dict[str, Any]]:
    """Profiles with their identities, one query for all."""
    is_open = staff.can(CUSTOMER_UNMASK)
    known: dict[int, list[dict[str, Any]]] = defaultdict(list)
    columns = ("customer_id", "kind", "value", "is_verified", "is_primary")
    ids = [row["id"] for row in rows]
    for one in Identity.objects.filter(customer_id__in=ids).order_by("-is_primary", "pk").values(*columns):
        owner = one.pop("customer_id")
        known[owner].append({**one, "value": one["value"] if is_open else masked(one["kind"], one["value"])})
    return [
        {
            **{name: row[name] for name in COLUMNS if "__" not in name and not name.endswith("_at")},
            "organisation": row["organisation__name"],
            "created_at": moment(row["created_at"]),
            "updated_at": moment(row["updated_at"]),
            "identities": known[row["id"]],
        }
        for row in rows
    ]
