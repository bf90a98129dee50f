"""The list's filters, read from the address and applied to a queryset that is already bounded by `visible_to`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request

from helpdesk.accounts.models import Staff
from helpdesk.core.api.schema import PAGED, query
from helpdesk.core.errors import Invalid
from tickets.models import CustomField, Kind, Priority, StatusCategory
from tickets.querysets import TicketQuerySet
from tickets.services.properties import clean_field

MAX_ID = 2**63 - 1
MAX_VALUE = 200
FIELD = "field."
ORDERS = {"-last_activity_at": ("last_activity_at", True), "-created_at": ("created_at", True)}
ORDERS |= {"last_activity_at": ("last_activity_at", False), "created_at": ("created_at", False)}


def order_of(request: Request) -> tuple[str, bool]:
    """(column, newest first)."""
    given = request.query_params.get("order", "-last_activity_at")
    if given not in ORDERS:
        raise _refuse("order", ORDERS)
    return ORDERS[given]


def narrow(tickets: TicketQuerySet, request: Request, staff: Staff) -> TicketQuerySet:
    """Apply every filter of the address; unknown parameters are left alone, bad values refused."""
    custom: dict[str, str] = {}
    for name in request.query_params:
        values = [value.replace("\x00", "")[:MAX_VALUE] for value in request.query_params.getlist(name)]
        if name in FILTERS:
            tickets = FILTERS[name](tickets, values, staff)
        elif name.startswith(FIELD):
            custom[name.removeprefix(FIELD)] = values[-1]
    return _with_fields(tickets, custom) if custom else tickets


def _refuse(name: str, words: Any) -> Invalid:
    return Invalid(fields={name: _("Choose one of: %(words)s.") % {"words": ", ".join(words)}})


def _words(name: str, column: str, known: list[str]) -> Callable[..., TicketQuerySet]:
    def apply(tickets: TicketQuerySet, values: list[str], staff: Staff) -> TicketQuerySet:
        given = [word for value in values for word in value.split(",") if word]
        if not given or any(word not in known for word in given):
            raise _refuse(name, known)
        return tickets.filter(**{f"{column}__in": given} if len(given) > 1 else {column: given[0]})

    return apply


def identity(value: str, name: str) -> int:
    """A record's id in an address."""
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= MAX_ID):
        raise Invalid(fields={name: _("Give the id of a record.")})
    return int(value)


def _team(tickets: TicketQuerySet, values: list[str], staff: Staff) -> TicketQuerySet:
    value = values[-1]
    return tickets.filter(team_id=identity(value, "team")) if value.isdigit() else tickets.filter(team__slug=value)


def _owner(tickets: TicketQuerySet, values: list[str], staff: Staff) -> TicketQuerySet:
    value = values[-1]
    if value in {"none", "me"}:
        return tickets.filter(owner__isnull=True) if value == "none" else tickets.filter(owner_id=staff.pk)
    if value.isdigit():
        return tickets.filter(owner_id=identity(value, "owner"))
    return tickets.filter(owner__username=value)


def _tags(tickets: TicketQuerySet, values: list[str], staff: Staff) -> TicketQuerySet:
    return tickets.filter(tags__contains=values[:20])


def _since(column: str, name: str) -> Callable[..., TicketQuerySet]:
    def apply(tickets: TicketQuerySet, values: list[str], staff: Staff) -> TicketQuerySet:
        return tickets.filter(**{f"{column}__gte": _moment(values[-1], name)})

    return apply


def _moment(value: str, name: str) -> datetime:
    try:
        # a plus sign that was not percent-encoded arrives as a space
        parsed = parse_datetime(value.strip().replace(" ", "+") if "T" in value else value)
        if parsed is None:
            raise ValueError
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(fields={name: _("Give a moment such as 2026-05-01T08:00:00Z.")}) from None


def _with_fields(tickets: TicketQuerySet, custom: dict[str, str]) -> TicketQuerySet:
    known = {field.key: field for field in CustomField.objects.filter(key__in=list(custom)[:20], is_active=True)}
    wanted = Q()
    for key, value in custom.items():
        if key not in known:
            raise Invalid(fields={f"{FIELD}{key}"[:80]: _("There is no such field.")})
        wanted &= Q(fields__contains={key: clean_field(known[key], value)})
    return tickets.filter(wanted)


def _customer(tickets: TicketQuerySet, values: list[str], staff: Staff) -> TicketQuerySet:
    return tickets.filter(customer_id=identity(values[-1], "customer"))


def _channel(tickets: TicketQuerySet, values: list[str], staff: Staff) -> TicketQuerySet:
    return tickets.filter(account__slug=values[-1])


FILTERS: dict[str, Callable[..., TicketQuerySet]] = {
    "status": _words("status", "status_category", StatusCategory.values),
    "priority": _words("priority", "priority", Priority.values),
    "kind": _words("kind", "kind", Kind.values),
    "team": _team,
    "owner": _owner,
    "channel": _channel,
    "customer": _customer,
    "tag": _tags,
    "updated_since": _since("updated_at", "updated_since"),
    "created_since": _since("created_at", "created_since"),
}

PARAMETERS = (
    query("search", "Words (also Chinese), a ticket's number, or a customer's name, address or phone number."),
    query("status", "One or more categories, separated by commas: new, open, pending, on_hold, solved, closed."),
    query("priority", "One or more of low, normal, high, urgent."),
    query("kind", "One or more kinds."),
    query("team", "Id or slug of the team."),
    query("owner", "Id or user name of the owner, `me`, or `none`."),
    query("channel", "Slug of the channel account."),
    query("customer", "Id of the customer.", {"type": "integer", "minimum": 1, "maximum": MAX_ID}),
    query("tag", "A tag; given several times, tickets have all of them.", OpenApiTypes.STR, many=True),
    query("updated_since", "Tickets changed since this moment.", OpenApiTypes.DATETIME),
    query("created_since", "Tickets opened since this moment.", OpenApiTypes.DATETIME),
    query("order", "`-last_activity_at` by default; not used with `search`.", words=list(ORDERS)),
    *PAGED,
)
