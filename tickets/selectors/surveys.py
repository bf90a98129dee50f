"""Whether, when and where a customer is asked how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from helpdesk.core.models import ChannelAccount, ChannelKind
from tickets.models import Direction, Message, SurveySetting, Ticket
from tickets.models.survey import DEFAULT_DELAY_MINUTES
from tickets.outgoing import Route, routes

# What is told of the past (a demo's history, an import) is not asked about.
HISTORY = timedelta(hours=1)


@dataclass(frozen=True)
class Surveying:
    """The settings as they hold for one team."""

    is_on: bool
    delay: timedelta


def surveying_of(team_id: int | None) -> Surveying:
    """A team's own choice, else everybody's; where nobody chose, customers are asked after an hour."""
    rows = {row.team_id: row for row in SurveySetting.objects.filter(Q(team__isnull=True) | Q(team_id=team_id))}
    everybody = rows.get(None) or SurveySetting(is_on=True, delay_minutes=DEFAULT_DELAY_MINUTES)
    own = rows.get(team_id, everybody)
    return Surveying(own.is_on, timedelta(minutes=everybody.delay_minutes))


def survey_time(team_id: int, solved_at: datetime) -> datetime | None:
    """When the customer is to be asked about a solving of this moment; None for not at all."""
    if timezone.now() - solved_at > HISTORY:
        return None
    surveying = surveying_of(team_id)
    return solved_at + surveying.delay if surveying.is_on else None


def survey_route(ticket: Ticket) -> Route | None:
    """The mail address that the question goes to; None where it would reach nobody, or a machine.

    Not for spam, a merged ticket (the other one is asked about), a blocked customer, or a conversation in which only
    machines have written; never to an address of our own.
    """
    if ticket.is_spam or ticket.merged_into_id is not None or ticket.customer.is_blocked:
        return None
    said = Message.objects.filter(ticket=ticket, direction=Direction.IN).values_list("is_auto", flat=True)
    if said and all(said):
        return None
    route = next((route for route in routes(ticket) if route.account.kind == ChannelKind.EMAIL), None)
    if route is None or ChannelAccount.objects.filter(kind=ChannelKind.EMAIL, address__iexact=route.address).exists():
        return None
    return route
