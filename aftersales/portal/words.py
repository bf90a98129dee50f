"""Where a claim stands, in the customer's words: a headline for each state, a line on what comes next, a label for each step."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import Step
from aftersales.claims.models import Claim, ClaimKind, Outcome

HEADLINES: dict[str, Any] = {
    "submitted": _("We have your application"),
    "in_approval": _("Your application is being decided"),
    "approved": _("Approved"),
    "awaiting_goods": _("Please send the goods to us"),
    "returning": _("The goods are on their way to us"),
    "received": _("The goods have arrived"),
    "inspected": _("We have looked at the goods"),
    "sending_back": _("The goods are on their way back to you"),
    "quoted": _("Please look at our quote"),
    "quoted_on_site": _("Please look at our quote"),
    "awaiting_payment": _("Please pay the difference"),
    "repairing": _("In repair"),
    "awaiting_parts": _("Waiting for a part"),
    "repaired": _("Repaired"),
    "awaiting_visit": _("Please choose when we may come"),
    "visit_arranged": _("Our engineer's visit is arranged"),
    "awaiting_delivery": _("Waiting for the delivery"),
    "installed": _("The work is done"),
    "dispatching": _("We are packing it"),
    "dispatched": _("On its way to you"),
    "delivered": _("Delivered"),
    "settling": _("Your money is on its way"),
    "settled": _("Paid out"),
    "issuing": _("The invoice is being issued"),
    "issued": _("The invoice is issued"),
    "redirecting": _("We are asking the carrier"),
    "redirected": _("The parcel is redirected"),
    "confirmed": _("We have taken up your complaint"),
    "analysed": _("We know what went wrong"),
    "planned": _("We are putting it right"),
    "acted": _("We have put it right"),
    "fed_back": _("Please read our answer"),
    "followed_up": _("We have asked you about it"),
    "rejected": _("We cannot grant this"),
    "closed": _("Closed"),
    "refused": _("Closed, not granted"),
    "cancelled": _("Withdrawn"),
    "expired": _("Expired"),
}
NEXT: dict[str, Any] = {
    "submitted": _("Somebody of our team looks at it and tells you what comes next."),
    "in_approval": _("The people who have to agree are looking at it. You need not do anything."),
    "approved": _("We are arranging what comes next."),
    "awaiting_goods": _("When you have handed in the parcel, tell us its number below."),
    "returning": _("When they arrive, we look at them and go on."),
    "received": _("We look at them and tell you what we found."),
    "inspected": _("We are arranging what comes next."),
    "repairing": _("We tell you when it is done."),
    "awaiting_parts": _("It has been ordered. We go on when it is here."),
    "repaired": _("We send it back to you."),
    "awaiting_visit": _("Choose a time below, or wait: we call you."),
    "visit_arranged": _("Somebody should be at home then."),
    "dispatching": _("You get the parcel's number as soon as it leaves."),
    "settling": _("It may take a few working days to reach you."),
    "settled": _("Is everything settled? Tell us below."),
    "delivered": _("Is everything settled? Tell us below."),
    "installed": _("Is everything settled? Tell us below."),
    "issued": _("Is everything settled? Tell us below."),
    "redirected": _("Is everything settled? Tell us below."),
    "fed_back": _("Is everything settled? Tell us below."),
    "rejected": _("You can object once; then somebody else looks at it."),
    "expired": _("The goods did not come in time. You can apply again."),
}
# What the customer has to do themselves; a list marks it.
THEIR_TURN = frozenset(
    {
        "awaiting_goods",
        "quoted",
        "quoted_on_site",
        "awaiting_payment",
        "awaiting_visit",
        "installed",
        "delivered",
        "settled",
        "issued",
        "redirected",
        "fed_back",
    }
)
STEPS: dict[Step, Any] = {
    Step.APPLIED: pgettext_lazy("step of an application", "Applied"),
    Step.DECIDED: pgettext_lazy("step of an application", "Decided"),
    Step.GOODS_BACK: pgettext_lazy("step of an application", "Goods on the way to us"),
    Step.CHECKED: pgettext_lazy("step of an application", "Arrived and checked"),
    Step.ARRANGED: pgettext_lazy("step of an application", "Visit arranged"),
    Step.DONE_WORK: pgettext_lazy("step of an application", "Work done"),
    Step.SENT: pgettext_lazy("step of an application", "On the way to you"),
    Step.SETTLED: pgettext_lazy("step of an application", "Paid out"),
    Step.CLOSED: pgettext_lazy("step of an application", "You confirm"),
}
_OF_KIND: dict[tuple[str, Step], Any] = {
    (ClaimKind.REPAIR, Step.DONE_WORK): pgettext_lazy("step of an application", "Repaired"),
    (ClaimKind.INSTALLATION, Step.DONE_WORK): pgettext_lazy("step of an application", "Installed"),
    (ClaimKind.DELIVERY_INSTALLATION, Step.DONE_WORK): pgettext_lazy("step of an application", "Installed"),
    (ClaimKind.INVOICE, Step.DONE_WORK): pgettext_lazy("step of an application", "Being issued"),
    (ClaimKind.INVOICE, Step.SENT): pgettext_lazy("step of an application", "Issued"),
    (ClaimKind.ADDRESS_CHANGE, Step.DONE_WORK): pgettext_lazy("step of an application", "Redirected"),
    (ClaimKind.COMPLAINT, Step.DECIDED): pgettext_lazy("step of an application", "Taken up"),
    (ClaimKind.COMPLAINT, Step.CHECKED): pgettext_lazy("step of an application", "Cause found"),
    (ClaimKind.COMPLAINT, Step.ARRANGED): pgettext_lazy("step of an application", "Measures planned"),
    (ClaimKind.COMPLAINT, Step.DONE_WORK): pgettext_lazy("step of an application", "Put right"),
    (ClaimKind.COMPLAINT, Step.SETTLED): pgettext_lazy("step of an application", "Answered"),
}
_ENDED: dict[str, Any] = {
    "closed": pgettext_lazy("step of an application", "Closed"),
    "refused": pgettext_lazy("step of an application", "Closed"),
    "cancelled": pgettext_lazy("step of an application", "Withdrawn"),
    "expired": pgettext_lazy("step of an application", "Expired"),
    "rejected": pgettext_lazy("step of an application", "Not granted"),
}
# The customer's words on the buttons of their moves.
MOVES: dict[str, Any] = {
    "cancel": _("Withdraw the application"),
    "send_back": _("I have sent the goods"),
    "appeal": _("Object"),
    "close": _("Accept and close"),
    "accept_quote": _("Accept the quote"),
    "decline_quote": _("Decline the quote"),
    "deliver": _("It has arrived"),
    "confirm": _("Everything is settled"),
    "dispute": _("It is not settled"),
    "follow_up": _("Everything is settled"),
}


def headline(claim: Claim) -> Any:
    """What is going on, as a sentence."""
    if claim.state == "approved" and claim.outcome:
        return _("Approved: %(outcome)s") % {"outcome": Outcome(claim.outcome).label}
    return HEADLINES.get(claim.state) or claim.place.label


def step_label(claim: Claim, step: Step, *, is_here: bool) -> Any:
    """The name of a step of the stepper; where the claim has ended, how."""
    if is_here and claim.state in _ENDED:
        return _ENDED[claim.state]
    return _OF_KIND.get((claim.kind, step)) or STEPS[step]
