"""What the customer reads of compensation, in their language, in the ticket's conversation (F3)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import translation
from django.utils.translation import gettext as _

from aftersales.claims.models import ClaimKind
from aftersales.claims.services.telling import language_of
from aftersales.compensation.models import Compensation, Means
from tickets.services.changing import Change
from tickets.services.replying import Reply, answer_within


def tell_of_compensation(row: Compensation, change: Change, described: Callable[[Compensation], str]) -> None:
    """An apology in the words of who wrote it; else what is given. A case of a regulator tells nobody."""
    claim = row.claim
    if claim.kind == ClaimKind.CASE or change.ticket.is_spam or change.ticket.is_sub:
        return
    with translation.override(language_of(claim, change)):
        if row.means == Means.APOLOGY:
            text = row.words
        else:
            text = _("For the trouble with %(number)s we give you: %(what)s.") % {
                "number": claim.number,
                "what": described(row),
            }
    answer_within(change, Reply(text, is_auto=True))
