"""What rooms above do, in the same transaction, when a visit gets a time or somebody who goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from helpdesk.core.registries import Registry

if TYPE_CHECKING:
    from aftersales.visits.models import Visit
    from tickets.services.changing import Change

# Name → function(visit, change); the caller holds the locks of ticket, claim and visit, and does not save the visit again.
after_booking: Registry[Callable[[Visit, Change], None]] = Registry("follower of booked visits")
