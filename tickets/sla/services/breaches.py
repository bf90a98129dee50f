"""Saying why a deadline was missed. Nothing waits for it: a ticket is answered and solved without a reason, and the breach
stays on the list until somebody gives one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import EDIT
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from tickets.services.changing import changing
from tickets.sla.models import Breach, BreachCause

# What people choose from; the last one is the product's own.
CAUSES = [(str(cause), cause.label) for cause in BreachCause if cause != BreachCause.MOVED]
MOST_WORDS = 300


def explain_breach(ticket_id: int, breach_id: int, *, cause: str, words: str = "", by: Actor) -> Breach:
    """Say why a deadline of this ticket was missed; announces clock.breach_explained. A later reason replaces an earlier one.

    The words stay with the breach; the event log gets the cause alone.
    """
    words = " ".join(words.replace("\x00", "").split())
    with changing(ticket_id, "explain_breach", by=by, permission=EDIT) as change:
        breach = Breach.objects.select_for_update(no_key=True).filter(pk=breach_id, ticket_id=ticket_id).first()
        if breach is None or breach.cause == BreachCause.MOVED:
            raise NotFound
        if cause not in dict(CAUSES):
            raise Invalid(fields={"cause": _("Choose a reason from the list.")})
        if cause == BreachCause.OTHER and not words:
            raise Invalid(fields={"words": _("Say in a few words what happened.")})
        if len(words) > MOST_WORDS:
            raise Invalid(fields={"words": _("Use at most %(most)d characters.") % {"most": MOST_WORDS}})
        if (breach.cause, breach.words) == (cause, words):
            return breach
        before = breach.cause
        breach.cause, breach.words = cause, words
        breach.explained_by, breach.explained_at = by.staff.pk if by.staff else None, change.now
        change.announce(
            "clock.breach_explained",
            clock=breach.clock_id,
            generation=breach.generation,
            metric=breach.metric,
            cause=[before, cause],
        )
        change.after_write.append(lambda: breach.save(update_fields=["cause", "words", "explained_by", "explained_at"]))
    return breach
