"""Another try for a delivery that failed, asked for by a person."""

from __future__ import annotations

from helpdesk.core import leasing
from helpdesk.core.leasing import LeasedState
from helpdesk.core.models import Delivery, DeliveryStatus


def send_again(delivery: Delivery) -> bool:
    """Put a failed delivery back into its queue; False when it has not failed (or somebody was quicker)."""
    changed = Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.FAILED).update(
        status=DeliveryStatus.QUEUED, failed_at=None, send_started_at=None
    )
    if not changed:
        return False
    Delivery.objects.filter(pk=delivery.pk).exclude(state=LeasedState.WORKING).update(state=LeasedState.PARKED)
    leasing.retry(delivery)
    return True
