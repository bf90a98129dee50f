"""What the customer is told about a visit, in their language."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aftersales.claims.models import Claim
from aftersales.claims.services.telling import language_of
from aftersales.visits.models import Visit
from helpdesk.core.company import company_zone
from tickets.services.changing import Change
from tickets.services.replying import Reply, answer_within


def spoken_window(start: datetime, end: datetime) -> str:
    """A promised time in the reader's language and the company's zone: "Tue 24 Nov, 09:00–11:00"."""
    zone = company_zone()
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    return f"{date_format(begins, _('D j M'))} {begins:%H:%M}–{ends:%H:%M}"


def tell_rebooked(change: Change, claim: Claim, visit: Visit) -> None:
    """The visit has another time."""
    _tell(change, claim, visit, gettext_noop("Our engineer's visit for %(number)s has another time: %(when)s."))


def tell_cannot_come(change: Change, claim: Claim, visit: Visit) -> None:
    """Nobody can come at the promised time; the claim's move asks for another one."""
    words = gettext_noop("We are sorry: nobody can come for %(number)s on %(when)s after all.")
    _tell(change, claim, visit, words)


def _tell(change: Change, claim: Claim, visit: Visit, words: str) -> None:
    if visit.window is None or change.ticket.is_spam or change.ticket.is_sub:
        return
    with translation.override(language_of(claim, change)):
        text = _(words) % {"number": claim.number, "when": spoken_window(*visit.window)}
    answer_within(change, Reply(text, is_auto=True))
