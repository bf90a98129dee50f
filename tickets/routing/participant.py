"""Queue placement: an unfinished ticket without an agent or bot waits in its team's queue; nobody's ticket is ever lost."""

from __future__ import annotations

from typing import Any

from tickets.models import FINISHED, Holder


class QueuePlacement:
    """Takes part in every ticket verb."""

    def check(self, ticket: Any, change: Any) -> None:
        """Nothing to refuse."""

    def apply(self, ticket: Any, change: Any) -> None:
        """An unfinished ticket that nobody holds goes into its queue."""
        if change.get("status_category") in FINISHED:
            return
        if change.get("holder") == Holder.NOBODY or (change.get("holder") == Holder.AGENT and not change.has_owner):
            change.set(holder=str(Holder.QUEUE))
