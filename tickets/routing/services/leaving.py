"""What routing takes back when somebody leaves the company or may no longer answer customers."""

from __future__ import annotations

from helpdesk.accounts.models import Presence, PresenceState
from helpdesk.core.actors import Actor
from tickets.routing.models import AccountOwner


def leave(staff_id: int, by: Actor) -> None:
    """Departure step: they are offline, and look after no customer.

    Their open offers end with the matcher's next tick (who may not work is not there), under the tickets' locks; their
    tickets go back to the queues by the ticket room's own step.
    """
    Presence.objects.filter(pk=staff_id).update(state=PresenceState.OFFLINE)
    AccountOwner.objects.filter(staff_id=staff_id).delete()
