"""Claims follow their ticket: a merged ticket hands them to the one that it becomes a part of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from aftersales.claims.models import Claim
from tickets.services.changing import Change


class FollowsTicket:
    """Takes part in ticket verbs before the clocks, so that those of a claim start anew on the ticket that it hangs on now.

    Both tickets are locked by the merge; the claims are locked after them, as everywhere.
    """

    def check(self, ticket: Any, change: Change) -> None:
        """A claim never stands in the way of a merge."""

    def apply(self, ticket: Any, change: Change) -> None:
        """One update where a ticket is merged, no query otherwise. The move itself is in both tickets' histories; each claim
        says in its own that it changed."""
        into = change.after.get("merged_into")
        if change.verb != "merge" or into is None:
            return
        claims = Claim.objects.select_for_update(no_key=True).filter(ticket_id=ticket.pk).order_by("pk")
        ids = list(claims.values_list("pk", flat=True))
        if ids:
            Claim.objects.filter(pk__in=ids).update(ticket_id=into.pk, row_version=F("row_version") + 1)

    def begin(self, changes: Sequence[Change]) -> None:
        """Nothing is gathered: tickets are merged one by one."""

    def finish(self, changes: Sequence[Change]) -> None:
        """Nothing was gathered."""
