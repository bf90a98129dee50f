"""Offers of work to outlets, by API: what waits for the key owner's outlet, yes, no."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.api.following_output import OFFER, WORK_ORDER, offer_output
from aftersales.api.following_serializers import DeclinedWorkOfferSerializer, WorkOfferSerializer, WorkOrderSerializer
from aftersales.api.views import ClaimView
from aftersales.claims.models import NUMBER_PREFIX
from aftersales.outlets.access import outlet_of
from aftersales.outlets.models import WorkOffer, WorkOrder
from aftersales.outlets.selectors import offers_of
from aftersales.outlets.services.offering import accept_work, decline_work
from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import OUTLET_WORK
from helpdesk.core.api.paging import envelope, moment
from helpdesk.core.api.schema import listed, operation
from helpdesk.core.errors import NotFound
from tickets.api.views.base import read


class WorkOffers(ClaimView):
    """`/work-offers/`."""

    @operation(
        "List offers of work to my outlet",
        answer=listed(WorkOfferSerializer),
        scope="claims:read",
        description="What waits for an answer, the first to lapse first; nothing for who belongs to no outlet.",
        returns={"results": [OFFER], "next": None},
    )
    def get(self, request: Request) -> Response:
        """All that are open."""
        staff = owner_of(request)
        outlet = outlet_of(staff) if staff.can(OUTLET_WORK) else None
        rows = offers_of(outlet) if outlet is not None else []
        return envelope(request, [offer_output(row) for row in rows], None)


def _require_own(request: Request, offer: int) -> None:
    """`NotFound` for everybody who does not answer for the asked outlet."""
    staff = owner_of(request)
    outlet = outlet_of(staff) if staff.can(OUTLET_WORK) else None
    if outlet is None or not WorkOffer.objects.filter(pk=offer, outlet=outlet).exists():
        raise NotFound


def _written(order: WorkOrder) -> dict[str, Any]:
    return {
        "number": order.number,
        "claim": f"{NUMBER_PREFIX}{order.claim_id}",
        "state": order.state,
        "accepted_at": moment(order.accepted_at),
    }


class OfferAcceptance(ClaimView):
    """`/work-offers/{offer}/acceptance/`."""

    @operation(
        "Accept an offer of work",
        answer=WorkOrderSerializer,
        scope="claims:write",
        description="409 `offer_over` when it was answered, withdrawn, or its time is over.",
        errors=[404],
        is_write=True,
        returns=WORK_ORDER,
    )
    def post(self, request: Request, offer: int) -> Response:
        """The work is the outlet's."""
        _require_own(request, offer)
        return Response(_written(accept_work(offer, by=actor_of(request))))


class OfferDecline(ClaimView):
    """`/work-offers/{offer}/decline/`."""

    @operation(
        "Decline an offer of work",
        request=DeclinedWorkOfferSerializer,
        answer=WorkOrderSerializer,
        scope="claims:write",
        description="The next outlet is asked at once. 409 `offer_over` as for acceptance.",
        errors=[404],
        is_write=True,
        example={"reason": "No engineer on that day."},
        returns=WORK_ORDER | {"state": "offered", "accepted_at": None},
    )
    def post(self, request: Request, offer: int) -> Response:
        """With the reason."""
        values = read(DeclinedWorkOfferSerializer, request)
        _require_own(request, offer)
        return Response(_written(decline_work(offer, by=actor_of(request), reason=values["reason"])))
