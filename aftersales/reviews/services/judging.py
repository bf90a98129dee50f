"""A person looks at a hint and says what it is."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.reviews.models import AbuseSignal, SignalState
from helpdesk.accounts.permissions import CLAIM_EXCEPT
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound, Refused
from helpdesk.core.events import Announcement, announce


class LookedAlready(Refused):
    """A colleague has looked at it; `state` says what they found."""

    code = "looked_already"
    status = 409
    message = gettext_lazy("A colleague has looked at this already.")


@transaction.atomic
def judge_signal(signal_id: int, *, is_confirmed: bool, words: str, by: Actor) -> AbuseSignal:
    """Harmless, or confirmed with a word of what was found; announces abuse_signal.judged. Only who may make exceptions."""
    if not by.is_trusted and (by.staff is None or not by.staff.is_active or not by.staff.can(CLAIM_EXCEPT)):
        raise Forbidden
    signal = AbuseSignal.objects.select_for_update(no_key=True, of=("self",)).filter(pk=signal_id).first()
    if signal is None:
        raise NotFound
    if signal.state != SignalState.OPEN:
        raise LookedAlready(state=signal.state)
    words = words.replace("\x00", "").strip()[:300]
    if is_confirmed and not words:
        raise Invalid(fields={"words": _("Say what was found, so that colleagues need not guess.")})
    signal.state = SignalState.CONFIRMED if is_confirmed else SignalState.HARMLESS
    signal.words, signal.looked_by_id, signal.looked_at = words, by.id, clock.now()
    signal.save(update_fields=["state", "words", "looked_by_id", "looked_at"])
    announce(
        Announcement(
            "abuse_signal.judged",
            "claim",
            signal.claim_id,
            data={"signal": signal.pk, "kind": signal.kind, "state": signal.state},
        ),
        by=by,
    )
    return signal
