"""Consumer of the event log: what changes many tickets' deadlines at once starts a recomputation in the background."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.models import Event
from tickets.sla.services.recomputing import start_recomputing

_POLICIES = {"policy.created", "policy.changed", "policy.switched", "policy.reordered"}


def recompute_after(events: Sequence[Event]) -> None:
    """One job for each cause in the batch, however often it is named."""
    causes = dict.fromkeys(cause for event in events if (cause := _cause(event)) is not None)
    for name, pk in causes:
        start_recomputing(name, pk)


def _cause(event: Event) -> tuple[str, int | None] | None:
    if event.name in _POLICIES:
        return "policy", None
    if event.name == "calendar.changed":
        return "calendar", event.subject_id
    if event.name == "channel_account.changed" and "grade" in event.data.get("fields", ()):
        return "account", event.subject_id
    if event.name == "customer.changed" and event.data.get("level") is not None:
        return "customer", event.subject_id
    return None
