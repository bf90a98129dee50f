"""Who took what is to be paid out of the product, with the accounts that it goes to, stands in the log."""

from __future__ import annotations

from helpdesk.accounts.permissions import MONEY_PAY
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.events import Announcement, announce


def note_export(count: int, *, by: Actor) -> None:
    """Announce payouts.exported with the number of rows; `Forbidden` for everybody who does not pay."""
    require(by, MONEY_PAY)
    announce(Announcement("payouts.exported", "money", 1, data={"count": count}), by=by)
