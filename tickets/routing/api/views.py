"""`/presence/`, `/offers/`, `/queues/`, `/grade-rule/`: routing for programs.

A key acts for the member of staff who owns it: presence and offers are theirs, queues those that they watch.
"""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import REPLY, VIEW_TEAM, Scope
from helpdesk.accounts.services.presence import CAPACITIES, set_presence
from helpdesk.core.api.paging import moment
from helpdesk.core.api.schema import listed, operation
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Forbidden, NotFound
from tickets.api.views.base import read
from tickets.routing.api.serializers import (
    AnsweredSerializer,
    GradeRuleSerializer,
    OfferSerializer,
    PresenceChangeSerializer,
    PresenceSerializer,
    QueueSerializer,
)
from tickets.routing.selectors.desk import open_offers, presence_of
from tickets.routing.selectors.floor import KINDS
from tickets.routing.selectors.queues import queue_lines
from tickets.routing.services.grades import latest_tables
from tickets.routing.services.offers import accept_offer, decline_offer

MAX_ID = 2**63 - 1
_PRESENCE = {
    "state": "online",
    "is_on_shift": True,
    "is_overtime": False,
    "capacities": {
        "chats": {"allowed": 5, "takes": 3, "used": 1},
        "calls": {"allowed": 1, "takes": 1, "used": 0},
        "mails": {"allowed": 10, "takes": 10, "used": 4},
    },
}
_OFFER = {
    "id": 41,
    "ticket": "HD-123",
    "subject": "The drum is stuck",
    "load_kind": "mail",
    "offered_at": "2026-09-18T09:55:00.000Z",
    "expires_at": "2026-09-18T09:56:00.000Z",
    "why": ["Has the skill: Washers (expert)", "Room: 4 of 10 mails"],
}
_QUEUE = {
    "team": 1, "slug": "support", "name": "Support", "strategy": "least_loaded", "is_direct": False, "waiting": 12,
    "waiting_in_green_lane": 1, "longest_wait_since": "2026-09-18T09:41:00.000Z", "on_offer": 2,
    "people_able_to_take": 5, "people": 9, "room": 21,
}  # fmt: skip
_RULE = {
    "version": 2,
    "urgency": {"account": 3, "repair": 2, "enquiry": 1},
    "complexity": {"complaint": 3, "repair": 2, "enquiry": 1},
    "value": {"core": 3, "important": 2, "ordinary": 1},
    "complex_from": 6,
}


class OwnPresence(ApiView):
    """`/presence/`."""

    required_scopes = {"GET": Scope.TICKETS_READ, "PUT": Scope.TICKETS_WRITE}

    @operation(
        "Read the owner's presence",
        answer=PresenceSerializer,
        scope="tickets:read",
        description="Of the member of staff who owns the key: state, shift, capacities and load.",
        returns=_PRESENCE,
    )
    def get(self, request: Request) -> Response:
        """As their own menu shows it."""
        return Response(_shown(owner_of(request)))

    @operation(
        "Set the owner's presence",
        request=PresenceChangeSerializer,
        answer=PresenceSerializer,
        scope="tickets:write",
        description="State and capacities of the member of staff who owns the key. Online alone gives no tickets: the desk "
        "must also be open in a browser.",
        is_write=True,
        example={"state": "online", "chats": 3, "mails": 10},
        returns=_PRESENCE,
    )
    def put(self, request: Request) -> Response:
        """The same verb as the menu's."""
        owner = owner_of(request)
        if not owner.can(REPLY):
            raise Forbidden
        values = read(PresenceChangeSerializer, request)
        set_presence(
            by=actor_of(request),
            state=values["state"],
            capacities={name: values[name] for name in CAPACITIES if name in values},
            is_overtime=values.get("is_overtime"),
        )
        return Response(_shown(owner))


def _shown(staff: Staff) -> dict[str, Any]:
    mine = presence_of(staff)
    figures = {
        name: {"allowed": mine.most.get(kind, 0), "takes": mine.chosen.get(kind, 0), "used": mine.used.get(kind, 0)}
        for name, kind in zip(CAPACITIES, map(str, KINDS), strict=True)
    }
    return {
        "state": str(mine.state),
        "is_on_shift": mine.is_on_shift,
        "is_overtime": mine.is_overtime,
        "capacities": figures,
    }


class Offers(ApiView):
    """`/offers/`."""

    required_scopes = {"GET": Scope.TICKETS_READ}

    @operation(
        "List what is on offer to the owner",
        answer=listed(OfferSerializer),
        scope="tickets:read",
        description="Open offers to the member of staff who owns the key, the one that ends first at the top.",
        returns={"results": [_OFFER], "next": None},
    )
    def get(self, request: Request) -> Response:
        """At most ten: nobody is offered more at once."""
        rows = [
            {
                "id": row["offer"].pk,
                "ticket": row["ticket"].number,
                "subject": row["ticket"].subject,
                "load_kind": row["offer"].load_kind,
                "offered_at": moment(row["offer"].offered_at),
                "expires_at": moment(row["offer"].expires_at),
                "why": row["why"],
            }
            for row in open_offers(owner_of(request))
        ]
        return Response({"results": rows, "next": None})


class AcceptOffer(ApiView):
    """`/offers/41/accept/`."""

    required_scopes = {"POST": Scope.TICKETS_WRITE}

    @operation(
        "Take an offered ticket",
        answer=AnsweredSerializer,
        scope="tickets:write",
        description="409 `offer_over` when the time is over or somebody else has the ticket.",
        is_write=True,
        errors=[404, 409],
        returns={"ticket": "HD-123"},
    )
    def post(self, request: Request, offer: int) -> Response:
        """The ticket is the owner's."""
        ticket = accept_offer(_id(offer), by=actor_of(request))
        return Response({"ticket": ticket.number})


class DeclineOffer(ApiView):
    """`/offers/41/decline/`."""

    required_scopes = {"POST": Scope.TICKETS_WRITE}

    @operation(
        "Leave an offered ticket to somebody else",
        answer=AnsweredSerializer,
        scope="tickets:write",
        description="The next person is asked at once.",
        is_write=True,
        errors=[404, 409],
        returns={"ticket": "HD-123"},
    )
    def post(self, request: Request, offer: int) -> Response:
        """Nothing is left of the offer but its record."""
        return Response({"ticket": decline_offer(_id(offer), by=actor_of(request)).number})


def _id(number: int) -> int:
    if number > MAX_ID:
        raise NotFound
    return number


class Queues(ApiView):
    """`/queues/`."""

    required_scopes = {"GET": Scope.TICKETS_READ}

    @operation(
        "Read the queues",
        answer=listed(QueueSerializer),
        scope="tickets:read",
        description="The queues that the key's owner watches: what waits, how long, and who could take it.",
        returns={"results": [_QUEUE], "next": None},
    )
    def get(self, request: Request) -> Response:
        """All of them; seven queries, whatever their length."""
        owner = owner_of(request)
        if not owner.can(VIEW_TEAM):
            raise Forbidden
        rows = [
            {
                "team": line.team.pk,
                "slug": line.team.slug,
                "name": line.team.label,
                "strategy": line.settings.strategy,
                "is_direct": line.settings.is_direct,
                "waiting": line.waiting,
                "waiting_in_green_lane": line.vips,
                "longest_wait_since": moment(line.since),
                "on_offer": line.offered,
                "people_able_to_take": line.here,
                "people": line.people,
                "room": line.room,
            }
            for line in queue_lines(owner)
        ]
        return Response({"results": rows, "next": None})


class GradeRuleNow(ApiView):
    """`/grade-rule/`."""

    required_scopes = {"GET": Scope.TICKETS_READ}

    @operation(
        "Read the grade rule",
        answer=GradeRuleSerializer,
        scope="tickets:read",
        description="The tables by which tickets are graded as they arrive; the latest version.",
        returns=_RULE,
    )
    def get(self, request: Request) -> Response:
        """The rule is no secret."""
        tables = latest_tables()
        return Response(
            {
                "version": tables.version,
                "urgency": dict(tables.urgency),
                "complexity": dict(tables.complexity),
                "value": dict(tables.value),
                "complex_from": tables.complex_from,
            }
        )
