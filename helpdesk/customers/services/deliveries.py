"""How far an order has come, as its carriers say."""

from __future__ import annotations

from datetime import datetime

from helpdesk.customers.models import Order, OrderState

_BEFORE = (OrderState.PLACED, OrderState.PAID)


def mark_shipped(order_id: int) -> None:
    """A carrier has it in hand; what the shop says beyond that stays."""
    Order.objects.filter(pk=order_id, state__in=_BEFORE).update(state=OrderState.SHIPPED)


def mark_delivered(order_id: int, at: datetime) -> None:
    """The whole order has arrived. A moment that the shop gave stays, since terms are counted from it."""
    waiting = Order.objects.filter(pk=order_id, state__in=[*_BEFORE, OrderState.SHIPPED])
    waiting.update(state=OrderState.DELIVERED)
    Order.objects.filter(pk=order_id, state=OrderState.DELIVERED, delivered_at__isnull=True).update(delivered_at=at)
