"""The event feed: what happened to visible tickets, in the order of the log, by position."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from helpdesk.accounts.api.authentication import owner_of
from helpdesk.accounts.permissions import Scope
from helpdesk.core.api.paging import moment, page_size
from helpdesk.core.api.schema import PAGE_SIZE, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Invalid
from helpdesk.core.models import Event, LogHead
from tickets.api import output
from tickets.api.examples import EVENT
from tickets.api.serializers import EventSerializer
from tickets.models import Ticket

# How many positions one request looks at, so that a feed with few visible tickets stays cheap.
WINDOW = 5000


class EventPageSerializer(serializers.Serializer[Any]):
    """Events after a position; ask again with `position` when `next` is null."""

    results = EventSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    position = serializers.IntegerField()


class Events(ApiView):
    """`/events/?after=…`."""

    required_scopes = {"GET": Scope.EVENTS_READ}

    @operation(
        "Follow what happens",
        answer=EventPageSerializer,
        scope="events:read",
        description=(
            "Events of tickets that the key's owner may see, oldest first: ids and words, no personal values. `next` leads on "
            "while there is more; then ask again with `after` set to `position`. Each position is given once and never "
            "changes, so nothing is missed or doubled. A page may be empty and still have a `next`."
        ),
        errors=[400],
        parameters=[
            query("after", "The last position that was read.", {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}),
            PAGE_SIZE,
        ],
        returns={"results": [EVENT], "next": None, "position": 4711},
    )
    def get(self, request: Request) -> Response:
        """One page after a position."""
        after, size = _after(request), page_size(request)
        head = LogHead.objects.values_list("position", flat=True).first() or 0
        until = min(after + WINDOW, max(head, after))
        events = Event.objects.filter(position__gt=after, position__lte=until, ticket_id__isnull=False)
        if not owner_of(request).sees_all_tickets:
            visible = Ticket.objects.visible_to(owner_of(request)).filter(pk=OuterRef("ticket_id"))
            events = events.filter(Exists(visible))
        columns = ("position", "name", "at", "ticket_id", "actor_kind", "actor_id", "data")
        rows = list(events.order_by("position").values(*columns)[: size + 1])
        position = rows[size - 1]["position"] if len(rows) > size else until
        address = request.build_absolute_uri()
        return Response(
            {
                "results": [_event(row) for row in rows[:size]],
                "next": replace_query_param(address, "after", position) if position < head else None,
                "position": position,
            }
        )


def _event(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "position": row["position"],
        "name": row["name"],
        "at": moment(row["at"]),
        "ticket": output.number(row["ticket_id"]),
        "actor": {"kind": row["actor_kind"], "id": row["actor_id"]},
        "data": row["data"],
    }


def _after(request: Request) -> int:
    given = request.query_params.get("after", "0")
    if not (given.isascii() and given.isdigit() and len(given) < 20 and int(given) < 2**63):
        raise Invalid(fields={"after": _("Give the last position that you read, or 0.")})
    return int(given)
