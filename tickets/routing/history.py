"""What routing says in a ticket's history."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.core.models import Event
from tickets.history import SENTENCES, SHOWN, Names, Sentence


def _of_person(words: object) -> Sentence:
    return lambda event, names: str(words) % {"name": names.person(event.data.get("staff"))}


def _lapsed(event: Event, names: Names) -> str:
    name = {"name": names.person(event.data.get("staff"))}
    why = event.data.get("ended") or event.data.get("why")
    if why == "gone":
        return _("%(name)s left; the offer is over") % name
    if why == "expired":
        return _("%(name)s did not answer in time") % name
    return _("The offer to %(name)s was withdrawn") % name


def register() -> None:
    """Add the sentences. Offers interrupt no conversation."""
    SHOWN.update({"ticket.offered", "ticket.offer_declined", "ticket.offer_lapsed"})
    SENTENCES.update(
        {
            "ticket.offered": ("assign", "", _of_person(gettext_lazy("Offered to %(name)s"))),
            "ticket.offer_declined": ("back", "", _of_person(gettext_lazy("%(name)s declined the offer"))),
            "ticket.offer_lapsed": ("clock", "warn", _lapsed),
            "ticket.found_unqueued": (
                "alert",
                "warn",
                lambda event, names: _("It waited without a place in its queue; put right"),
            ),
        }
    )
