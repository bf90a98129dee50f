"""A message at each step, on the customer's channel, in their language (F3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aftersales.claims.models import ClaimKind
from tickets.services.replying import Reply, answer_within

if TYPE_CHECKING:
    from aftersales.claims.models import Claim
    from aftersales.claims.services.moving import Moving
    from tickets.services.changing import Change

WORDS = {
    "opened": gettext_noop("We have your application %(number)s (%(kind)s). We will tell you at each step."),
    "in_approval": gettext_noop("Your application %(number)s is being looked at by the people who decide about it."),
    "approved": gettext_noop("Your application %(number)s is approved: %(outcome)s."),
    "rejected": gettext_noop("We cannot grant your application %(number)s. %(words)s"),
    "cancelled": gettext_noop("Your application %(number)s is withdrawn."),
    "returning": gettext_noop("We know that the goods of %(number)s are on their way to us."),
    "received": gettext_noop("The goods of %(number)s have arrived. We are looking at them."),
    "regraded": gettext_noop(
        "After looking at the goods of %(number)s we decided anew: %(outcome)s, %(amount)s %(currency)s. %(words)s"
    ),
    "turned_down": gettext_noop("After looking at the goods of %(number)s we send them back to you. %(words)s"),
    "expired": gettext_noop(
        "The goods of %(number)s did not come, so the application has expired. You can apply again."
    ),
    "pay_difference": gettext_noop(
        "Please pay the difference of %(owed)s %(currency)s for %(number)s; then we send the new item."
    ),
    "settling": gettext_noop("%(amount)s %(currency)s for %(number)s are on their way to you."),
    "settled": gettext_noop("%(amount)s %(currency)s for %(number)s have been paid. Is everything settled?"),
    "dispatched": gettext_noop("What we send you for %(number)s is on its way."),
    "delivered": gettext_noop("What we sent you for %(number)s has been delivered. Is everything settled?"),
    "send_in": gettext_noop("Please send us the item of %(number)s; we repair it in our workshop."),
    "quoted": gettext_noop(
        "The work for %(number)s is not free. Please look at the quote and tell us whether we may begin."
    ),
    "quote_accepted": gettext_noop("Thank you. We begin with the work for %(number)s."),
    "quote_declined": gettext_noop("You declined the quote for %(number)s. Nothing will be charged."),
    "choose_slot": gettext_noop("Please choose when our engineer may come for %(number)s."),
    "visit_arranged": gettext_noop("Our engineer's visit for %(number)s is arranged: %(when)s."),
    "visit_done": gettext_noop("Our engineer has finished the work for %(number)s. Is everything settled?"),
    "awaiting_parts": gettext_noop("A part that is needed for %(number)s has been ordered. We go on when it is here."),
    "repaired": gettext_noop("The item of %(number)s is repaired and goes back to you."),
    "issued": gettext_noop("The invoice for %(number)s has been issued."),
    "redirecting": gettext_noop("We have asked the carrier to redirect the parcel of %(number)s."),
    "redirected": gettext_noop("The parcel of %(number)s has been redirected."),
    "complaint_confirmed": gettext_noop("We have taken up your complaint %(number)s. %(words)s"),
    "complaint_fed_back": gettext_noop("About your complaint %(number)s: %(words)s"),
    "reopened": gettext_noop("We are sorry that %(number)s is not settled. We look at it again."),
    "closed": gettext_noop("%(number)s is closed. Thank you for your patience."),
}


def tell_customer(moving: Moving) -> None:
    """Say the move's message as the product, in the ticket's conversation. A person who wrote words to the customer with the
    move has them in it. A case of a regulator tells nobody."""
    if moving.move.tells:
        say(moving, moving.move.tells)


def tell_opened(claim: Claim, change: Change) -> None:
    """Say that the application has come, as a part of the change that opens it."""
    if claim.kind != ClaimKind.CASE:
        _say(claim, change, "opened", {}, "")


def say(moving: Moving, key: str) -> None:
    """One message of this list, with the claim's values."""
    _say(moving.claim, moving.change, key, moving.told, moving.arguments.get("words", ""))


def _say(claim: Claim, change: Change, key: str, told: Mapping[str, Callable[[], Any]], words: str) -> None:
    if change.ticket.is_spam or change.ticket.is_sub:
        return
    with translation.override(language_of(claim, change)):
        values: dict[str, Any] = {name: speak() for name, speak in told.items()} | {
            "number": claim.number,
            "kind": claim.get_kind_display(),
            "outcome": claim.get_outcome_display() or claim.get_kind_display(),
            "words": words,
            "amount": claim.approved_amount if claim.approved_amount is not None else "",
            "owed": claim.owed_amount,
            "currency": claim.currency,
        }
        text = (_(WORDS[key]) % values).strip()
    answer_within(change, Reply(text, is_auto=True))


def language_of(claim: Claim, change: Change) -> str:
    """The language that the claim's customer is written to in."""
    return _language(claim.customer.language or change.ticket.language)


def _language(code: str) -> str:
    known = {name.casefold(): name for name, _label in settings.LANGUAGES}
    wanted = code.casefold()
    return known.get(wanted) or next((name for key, name in known.items() if wanted[:2] == key[:2]), "en")
