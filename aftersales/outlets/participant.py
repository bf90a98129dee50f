"""Outlets take part in the moves of claims: waiting for a part, the end of the work, and what stops it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.services.moving import Moving
from aftersales.outlets.models import OPEN_WORK, PartWait, WorkOrder, WorkState
from aftersales.outlets.services.giving import give_visit
from aftersales.outlets.services.offering import cancel_work
from aftersales.outlets.services.settling import finish_work
from aftersales.outlets.waiting import parts_label
from aftersales.visits.models import Visit, VisitResult, VisitState
from helpdesk.core.errors import Invalid
from helpdesk.core.plain import storable
from helpdesk.customers.models import Product
from tickets.models import StatusCategory
from tickets.services.status import move_status

MOST_OF_A_PART = 100
# Where the work of a claim goes on; anywhere else it is at its end.
AT_WORK = {"awaiting_visit", "visit_arranged", "quoted_on_site", "awaiting_parts"}


class Outlets:
    """Takes part after the visits' room, whose visit it gives to the outlet that has the work."""

    def check(self, moving: Moving) -> None:
        """The part that is waited for is one of the catalogue."""
        if moving.move.name == "wait_for_parts":
            product, quantity = _part(moving.arguments.get("part"))
            moving.arguments["part"] = {"product": product, "quantity": quantity}
            moving.data["part"] = {"product": product.sku, "quantity": quantity}

    def apply(self, moving: Moving) -> None:
        """Pause while a part is on its way, go on when it came, and end the work order with the work."""
        if moving.move.name == "wait_for_parts":
            _wait(moving)
        elif moving.came_from == "awaiting_parts":
            _go_on(moving)
        order = WorkOrder.objects.select_for_update(no_key=True).filter(OPEN_WORK, claim=moving.claim).first()
        if order is not None:
            _follow(order, moving)


def _part(given: Any) -> tuple[Product, int]:
    sku, quantity = "", 0
    if isinstance(given, Mapping):
        sku = storable(str(given.get("product") or "")).strip()[:60]
        try:
            quantity = int(given.get("quantity") or 1)
        except (TypeError, ValueError, OverflowError):
            quantity = 0
    product = Product.objects.filter(sku__iexact=sku, is_active=True).first() if sku else None
    if product is None:
        raise Invalid(fields={"part": _("Choose the part that is needed.")})
    if not 1 <= quantity <= MOST_OF_A_PART:
        raise Invalid(fields={"part": _("Enter a number from 1 to %(most)d.") % {"most": MOST_OF_A_PART}})
    return product, quantity


def _wait(moving: Moving) -> None:
    """The ticket stands on hold with the reason, which pauses the clocks that can pause."""
    part = moving.arguments["part"]
    order = WorkOrder.objects.filter(claim=moving.claim, state=WorkState.ACCEPTED).first()
    PartWait.objects.get_or_create(
        claim=moving.claim,
        product=part["product"],
        came_at=None,
        defaults={
            "quantity": part["quantity"],
            "outlet_id": order.outlet_id if order else None,
            "asked_at": moving.now,
        },
    )
    if not moving.change.ticket.is_finished:
        move_status(moving.change, StatusCategory.ON_HOLD, label=parts_label())
    moving.change.announce(
        "claim.parts_awaited", claim=moving.claim.pk, product=part["product"].pk, quantity=part["quantity"]
    )


def _go_on(moving: Moving) -> None:
    PartWait.objects.filter(claim=moving.claim, came_at=None).update(came_at=moving.now)
    if moving.change.get("status_category") == StatusCategory.ON_HOLD:
        move_status(moving.change, StatusCategory.OPEN)


def _follow(order: WorkOrder, moving: Moving) -> None:
    """The work order's end or next step. An offer belongs to the time that the customer chose."""
    change = moving.change
    if moving.move.name == "finish_visit" and order.state == WorkState.ACCEPTED and _came(order):
        finish_work(order, change)
    elif moving.move.target not in AT_WORK or moving.move.name == "finish_visit":
        cancel_work(order, change)
    elif moving.move.target == "awaiting_visit":
        if order.outlet is not None:
            give_visit(moving.claim, order.outlet, moving.now)
        elif moving.move.name == "rearrange":
            cancel_work(order, change)


def _came(order: WorkOrder) -> bool:
    """Whether one of the outlet's people finished a visit: another engineer may have gone after all."""
    finished = Visit.objects.filter(claim_id=order.claim_id, state=VisitState.FINISHED, result=VisitResult.DONE)
    return finished.filter(outlet=order.outlet).exists()
