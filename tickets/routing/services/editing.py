"""What every change of a routing rule shares: who may, the event, and the book's new version."""

from __future__ import annotations

from typing import Any

from helpdesk.accounts.permissions import ROUTING_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from tickets.routing.book import turn_page

CHANGED = "routing.changed"


def may_edit(by: Actor) -> None:
    """`Forbidden` unless the person may set up routing."""
    require(by, ROUTING_MANAGE)


def tell(subject: str, pk: int, *, by: Actor, name: str = CHANGED, **data: Any) -> None:
    """Announce the change and turn the book's page, so that the matcher and the next arrival go by it."""
    announce(Announcement(name, subject, pk, data=data), by=by)
    turn_page()


def within(name: str, value: int | None, least: int, most: int, words: Any) -> int | None:
    """The figure if it lies in the bounds (None: nothing said); `Invalid` names the field else."""
    if value is not None and not least <= value <= most:
        raise Invalid(fields={name: words % {"least": least, "most": most}})
    return value


def found(row: Any) -> Any:
    """The row, or `NotFound`."""
    if row is None:
        raise NotFound
    return row
