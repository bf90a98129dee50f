"""What follows a claim, by API: promises to its customer, visits with their times, parcels, preventive actions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.api.following_output import (
    ACTION,
    PARCEL,
    PROMISE,
    SLOT,
    VISIT,
    action_output,
    parcel_output,
    promise_output,
    slot_output,
    visit_output,
)
from aftersales.api.following_serializers import (
    ActionSerializer,
    BookingSerializer,
    CancellationSerializer,
    ChangedActionSerializer,
    EndedActionSerializer,
    NewActionSerializer,
    NewParcelSerializer,
    NewPromiseSerializer,
    ParcelSerializer,
    PromiseSerializer,
    SlotSerializer,
    VisitSerializer,
)
from aftersales.api.views import ClaimView, visible_claim
from aftersales.complaints.models import ActionState, PreventiveAction
from aftersales.complaints.selectors import actions_for
from aftersales.complaints.services.preventing import add_action, change_action, end_action
from aftersales.parcels.selectors import parcels_of_order, parcels_told
from aftersales.parcels.services.announcing import announce_parcel
from aftersales.promises.selectors import promises_of
from aftersales.promises.services.promising import promise_update
from aftersales.visits.models import Engineer, Visit, VisitState
from aftersales.visits.services.booking import book, cancel, rebook
from aftersales.visits.slots import free_slots
from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import CUSTOMER_VIEW
from helpdesk.core import clock, keyset
from helpdesk.core.api.paging import envelope, page_size
from helpdesk.core.api.schema import PAGED, listed, operation, query
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.customers.models import Order
from tickets.api.views.base import person, read


class ClaimPromises(ClaimView):
    """`/claims/{claim}/promises/`."""

    @operation(
        "List the promises to a claim's customer",
        answer=listed(PromiseSerializer),
        scope="claims:read",
        description="By when somebody promised to write to the customer, the newest first, with what became of it.",
        errors=[404],
        returns={"results": [PROMISE], "next": None},
    )
    def get(self, request: Request, claim: str) -> Response:
        """All that are shown on the claim's page."""
        rows = promises_of(visible_claim(request, claim))
        return envelope(request, [promise_output(row) for row in rows], None)

    @operation(
        "Promise a customer an update",
        request=NewPromiseSerializer,
        answer=PromiseSerializer,
        status=201,
        scope="claims:write",
        description=(
            "The customer is told, a clock of its own reminds before the moment, and a person's next public answer keeps it. It "
            "replaces the promise that stands."
        ),
        errors=[404],
        is_write=True,
        example={"due_at": "2026-05-11T02:00:00Z", "words": "We wait for the supplier."},
        returns=PROMISE,
    )
    def post(self, request: Request, claim: str) -> Response:
        """Make it."""
        values, found = read(NewPromiseSerializer, request), visible_claim(request, claim)
        made = promise_update(found.pk, by=actor_of(request), **values)
        shown = next(row for row in promises_of(visible_claim(request, claim)) if row.promise.pk == made.pk)
        return Response(promise_output(shown), status=201)


class ClaimVisits(ClaimView):
    """`/claims/{claim}/visits/`."""

    @operation(
        "List a claim's visits",
        answer=listed(VisitSerializer),
        scope="claims:read",
        errors=[404],
        returns={"results": [VISIT], "next": None},
    )
    def get(self, request: Request, claim: str) -> Response:
        """All of them, the newest first."""
        rows = Visit.objects.filter(claim=visible_claim(request, claim)).for_rows().order_by("-pk")
        return envelope(request, [visit_output(row) for row in rows[:50]], None)


class Visits(ClaimView):
    """`/visits/`."""

    @operation(
        "List visits",
        answer=listed(VisitSerializer),
        scope="claims:read",
        description="Newest first: all for those who plan visits, an engineer's own, and those of the owner's outlet.",
        errors=[400],
        parameters=[query("state", "One state.", words=VisitState.values), *PAGED],
        returns={"results": [VISIT], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page."""
        rows = Visit.objects.visible_to(owner_of(request)).for_rows()
        if state := request.query_params.get("state"):
            if state not in VisitState.values:
                raise Invalid(fields={"state": _("Choose from the list.")})
            rows = rows.filter(state=state)
        page = keyset.page(rows, request.query_params.get("cursor"), by="asked_at", size=page_size(request))
        return envelope(request, [visit_output(row) for row in page.rows], page.next)


class ClaimSlots(ClaimView):
    """`/claims/{claim}/slots/`."""

    @operation(
        "List the times that are free for a claim's visit",
        answer=listed(SlotSerializer),
        scope="claims:read",
        description="By skills, areas and shifts of the engineers, in order; empty when the claim waits for no visit.",
        errors=[404],
        returns={"results": [SLOT], "next": None},
    )
    def get(self, request: Request, claim: str) -> Response:
        """Those that can be promised in the coming days."""
        visit = _open_visit(visible_claim(request, claim).pk)
        free = free_slots(visit, clock.now()) if visit is not None and visit.checked_in_at is None else []
        return envelope(request, [slot_output(slot) for slot in free], None)


def _open_visit(claim_id: int) -> Visit | None:
    return Visit.objects.filter(claim_id=claim_id).open().for_rows().first()


def _visit_of(request: Request, claim: str) -> Visit:
    found = _open_visit(visible_claim(request, claim).pk)
    if found is None:
        raise NotFound
    return found


class ClaimBooking(ClaimView):
    """`/claims/{claim}/booking/`."""

    @operation(
        "Give a claim's visit a time",
        request=BookingSerializer,
        answer=VisitSerializer,
        scope="claims:write",
        description=(
            "Its first time, or another one. `engineer` is for those who plan visits. 409 `slot_taken` when nobody can come "
            "then any more; the old time stands. 404 when the claim waits for no visit."
        ),
        errors=[404],
        is_write=True,
        example={"slot": "20260512T0100Z-120"},
        returns=VISIT,
    )
    def post(self, request: Request, claim: str) -> Response:
        """Book, or rebook."""
        values, visit, by = read(BookingSerializer, request), _visit_of(request, claim), actor_of(request)
        slot: Any = values["slot"]
        if values.get("engineer"):
            slot = {"slot": slot, "engineer": _engineer_id(values["engineer"])}
        if visit.state == VisitState.BOOKED:
            rebook(visit.pk, slot, by=by, row_version=values.get("row_version"))
        else:
            book(visit.pk, slot, by=by)
        return Response(visit_output(Visit.objects.for_rows().get(pk=visit.pk)))


def _engineer_id(username: str) -> int:
    found = Engineer.objects.filter(staff__username=username, is_active=True).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(fields={"engineer": _("Choose an engineer.")})
    return found


class ClaimBookingCancellation(ClaimView):
    """`/claims/{claim}/booking/cancellation/`."""

    @operation(
        "Cancel the time of a claim's visit",
        request=CancellationSerializer,
        answer=VisitSerializer,
        scope="claims:write",
        description="Nobody comes then; the customer is asked for another time. 409 `visit_not_possible` without a time.",
        errors=[404],
        is_write=True,
        example={"note": "The engineer is ill."},
        returns=VISIT | {"state": "asked", "window_start": None, "window_end": None, "engineer": None},
    )
    def post(self, request: Request, claim: str) -> Response:
        """Cancel it."""
        values, visit = read(CancellationSerializer, request), _visit_of(request, claim)
        cancel(visit.pk, by=actor_of(request), **values)
        return Response(visit_output(Visit.objects.for_rows().get(pk=visit.pk)))


class ClaimParcels(ClaimView):
    """`/claims/{claim}/parcels/`."""

    @operation(
        "List a claim's parcels",
        answer=listed(ParcelSerializer),
        scope="claims:read",
        description="The newest first, each with what its carrier said; for a claim about a delivery the order's as well.",
        errors=[404],
        returns={"results": [PARCEL], "next": None},
    )
    def get(self, request: Request, claim: str) -> Response:
        """Both directions."""
        rows = parcels_told(visible_claim(request, claim))
        return envelope(request, [parcel_output(row) for row in rows], None)

    @operation(
        "Announce a parcel of a claim",
        request=NewParcelSerializer,
        answer=ParcelSerializer,
        status=201,
        scope="claims:write",
        description=(
            "A parcel that is under way (`back`: from the customer, `out`: to them); the same number gives the same parcel. The "
            "claim's moves `send_back` and `dispatch` take the first themselves. 409 `parcel_number_taken` for another's."
        ),
        errors=[404],
        is_write=True,
        example={"carrier": "sf", "number": "SF1234567890123", "direction": "back"},
        returns=PARCEL,
    )
    def post(self, request: Request, claim: str) -> Response:
        """From now on its carrier's words are followed."""
        values, found = read(NewParcelSerializer, request), visible_claim(request, claim)
        made = announce_parcel(found.pk, values, values["direction"], by=actor_of(request))
        shown = next(row for row in parcels_told(found) if row.parcel.pk == made.pk)
        return Response(parcel_output(shown), status=201)


class OrderParcels(ClaimView):
    """`/orders/{order}/parcels/`."""

    @operation(
        "List an order's parcels",
        answer=listed(ParcelSerializer),
        scope="claims:read",
        description="Those in which it travels, and those of its claims, the newest first.",
        errors=[404],
        returns={"results": [PARCEL], "next": None},
    )
    def get(self, request: Request, order: int) -> Response:
        """For whoever sees customers."""
        if not owner_of(request).can(CUSTOMER_VIEW):
            raise Forbidden
        if not Order.objects.filter(pk=order).exists():
            raise NotFound
        return envelope(request, [parcel_output(row) for row in parcels_of_order(order)], None)


class PreventiveActions(ClaimView):
    """`/preventive-actions/`."""

    @operation(
        "List preventive actions",
        answer=listed(ActionSerializer),
        scope="claims:read",
        description="Those of claims that the key's owner sees, and their own; newest first.",
        errors=[400],
        parameters=[query("state", "One state.", words=ActionState.values), *PAGED],
        returns={"results": [ACTION], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page."""
        rows = actions_for(owner_of(request))
        if state := request.query_params.get("state"):
            if state not in ActionState.values:
                raise Invalid(fields={"state": _("Choose from the list.")})
            rows = rows.filter(state=state)
        page = keyset.page(rows, request.query_params.get("cursor"), by="created_at", size=page_size(request))
        return envelope(request, [action_output(row) for row in page.rows], page.next)


class ClaimActions(ClaimView):
    """`/claims/{claim}/preventive-actions/`."""

    @operation(
        "Give somebody a preventive action",
        request=NewActionSerializer,
        answer=ActionSerializer,
        status=201,
        scope="claims:write",
        description="What one named person does until a day so that it does not happen again; they are reminded.",
        errors=[404],
        is_write=True,
        example={"words": "Check the seal of lot L7.", "owner": "ana", "due_on": "2026-05-20"},
        returns=ACTION,
    )
    def post(self, request: Request, claim: str) -> Response:
        """Add it."""
        values, found = read(NewActionSerializer, request), visible_claim(request, claim)
        owner = person(values["owner"])
        made = add_action(
            found.pk,
            words=values["words"],
            owner_id=owner.pk if owner else None,
            due_on=values["due_on"],
            by=actor_of(request),
        )
        return Response(action_output(_action(request, made.pk)), status=201)


def _action(request: Request, pk: int) -> PreventiveAction:
    found = actions_for(owner_of(request)).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


class OneAction(ClaimView):
    """`/preventive-actions/{action}/`."""

    @operation(
        "Change a preventive action",
        request=ChangedActionSerializer,
        answer=ActionSerializer,
        scope="claims:write",
        description="409 `action_changed` when it changed since `row_version`, `action_ended` when it is at its end.",
        errors=[404],
        is_write=True,
        example={"due_on": "2026-06-01", "row_version": 1},
        returns=ACTION | {"due_on": "2026-06-01", "row_version": 2},
    )
    def patch(self, request: Request, action: int) -> Response:
        """What is not named stays."""
        row, values = _action(request, action), read(ChangedActionSerializer, request)
        owner = person(values["owner"]) if "owner" in values else row.owner
        change_action(
            row.pk,
            words=values.get("words", row.words),
            owner_id=owner.pk if owner else None,
            due_on=values.get("due_on", row.due_on),
            by=actor_of(request),
            row_version=values.get("row_version"),
        )
        return Response(action_output(_action(request, row.pk)))


class ActionEnd(ClaimView):
    """`/preventive-actions/{action}/end/`."""

    @operation(
        "End a preventive action",
        request=EndedActionSerializer,
        answer=ActionSerializer,
        scope="claims:write",
        description="Its owner, or who works on the claim, says what came of it.",
        errors=[404],
        is_write=True,
        example={"is_done": True, "result": "Every seal of the lot was checked."},
        returns=ACTION | {"state": "done", "result": "Every seal of the lot was checked."},
    )
    def post(self, request: Request, action: int) -> Response:
        """Done, or dropped."""
        row, values = _action(request, action), read(EndedActionSerializer, request)
        end_action(row.pk, by=actor_of(request), **values)
        return Response(action_output(_action(request, row.pk)))
