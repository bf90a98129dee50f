"""Looking at the whole of a masked address or number: allowed to some, recorded for all."""

from __future__ import annotations

from django.db import transaction

from helpdesk.accounts.permissions import CUSTOMER_UNMASK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.customers.models import Identity


@transaction.atomic
def show_identity(
    identity_id: int, *, by: Actor, customer_id: int | None = None, ticket_id: int | None = None
) -> Identity:
    """The identity in full; announces identity.unmasked.

    `ticket_id` puts the event into the history of the ticket where it was looked at: only the tickets room gives one, after
    it has asked whether the person may see that ticket. With `customer_id`, an identity of somebody else is `NotFound`.
    """
    if by.staff is None or not by.staff.can(CUSTOMER_UNMASK):
        raise Forbidden
    identity = Identity.objects.filter(pk=identity_id).first()
    if identity is None or customer_id not in {None, identity.customer_id}:
        raise NotFound
    data = {"identity": identity.pk, "kind": identity.kind}
    announce(
        Announcement("identity.unmasked", "customer", identity.customer_id, ticket_id, identity.customer_id, data),
        by=by,
    )
    return identity
