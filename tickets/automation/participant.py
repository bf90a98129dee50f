"""Takes part in ticket verbs: nobody solves a ticket by accident while another department still works for it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from helpdesk.core.actors import ActorKind
from tickets.automation.models import SubTicketSetting, WhenSolving
from tickets.errors import OpenSubTickets
from tickets.models import FINISHED, Ticket

PEOPLE = {ActorKind.STAFF, ActorKind.API_KEY}


class OpenTasks:
    """People who solve or close by hand, or mark spam, are asked or refused, as the setting says. The customer, the sweeps
    and automation are not held up."""

    def check(self, ticket: Any, change: Any) -> None:
        """One query when a ticket is being finished, two when it has open sub-tickets; none for other changes."""
        if change.is_new or change.by.kind not in PEOPLE or ticket.parent_id is not None or not self._finishes(change):
            return
        waiting = list(Ticket.objects.on_desk().filter(parent_id=ticket.pk).order_by("pk").values_list("pk", flat=True))
        if not waiting:
            return
        when = SubTicketSetting.objects.values_list("when_solving", flat=True).first() or WhenSolving.ASK
        insists = "open_sub_tickets" in change.confirmed
        if when == WhenSolving.ALLOW or (when == WhenSolving.ASK and insists):
            return
        raise OpenSubTickets(
            _refusal(waiting, may_confirm=when == WhenSolving.ASK),
            may_confirm=when == WhenSolving.ASK,
            sub_tickets=[f"HD-{pk}" for pk in waiting],
        )

    def _finishes(self, change: Any) -> bool:
        if change.after.get("is_spam"):
            return True
        if change.after.get("status_category") in FINISHED and change.verb != "merge":
            return True
        return any(message.on_release.get("status") in FINISHED for message in change.messages)

    def apply(self, ticket: Any, change: Any) -> None:
        """Nothing to write."""


def _refusal(waiting: list[int], *, may_confirm: bool) -> str:
    numbers = ", ".join(f"HD-{pk}" for pk in waiting[:5]) + ("…" if len(waiting) > 5 else "")
    words = ngettext(
        "%(n)d sub-ticket is still open (%(numbers)s).", "%(n)d sub-tickets are still open (%(numbers)s).", len(waiting)
    ) % {"n": len(waiting), "numbers": numbers}
    advice = _("Confirm that the ticket is finished all the same.") if may_confirm else _("Wait until they are solved.")
    return f"{words} {advice}"
