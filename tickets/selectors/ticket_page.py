"""Everything the first answer of a ticket's page needs, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from helpdesk.accounts.models import Staff
from helpdesk.core.errors import NotFound
from helpdesk.customers.models import Identity
from tickets.access import parse_number
from tickets.models import ParticipantRole, Ticket, TicketParticipant
from tickets.selectors.composing import accounts_for_answers, composer_of, draft_of
from tickets.selectors.conversation import Conversation, conversation_of


def visible_ticket(staff: Staff, number: str) -> Any:
    """The ticket with this number and what its header shows, if the person may see it; `NotFound` otherwise."""
    requester = TicketParticipant.objects.filter(ticket_id=OuterRef("pk"), role=ParticipantRole.REQUESTER)
    rows = Ticket.objects.visible_to(staff).filter(pk=parse_number(number))
    rows = rows.select_related("customer", "customer__organisation", "owner", "status", "team", "account")
    ticket = rows.annotate(requester=Subquery(requester.order_by("pk").values("address")[:1])).first()
    if ticket is None:
        raise NotFound
    return ticket


def visible_id(staff: Staff, number: str) -> int:
    """The id alone, for views that only hand it to a service."""
    pk = Ticket.objects.visible_to(staff).filter(pk=parse_number(number)).values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound
    return pk


@dataclass
class TicketPage:
    """A loaded ticket page; the context column's further panels are asked for by a second request."""

    ticket: Any
    conversation: Conversation
    composer: dict[str, Any] | None
    identities: list[Identity]


def ticket_page(staff: Staff, number: str) -> TicketPage:
    """Ticket, conversation, composer and the customer's identities: nine queries."""
    ticket = visible_ticket(staff, number)
    conversation = conversation_of(ticket, staff)
    identities = list(Identity.objects.filter(customer_id=ticket.customer_id).order_by("-is_primary", "id"))
    composer = None
    if not ticket.is_closed and ticket.merged_into_id is None:
        composer = composer_of(
            ticket,
            staff,
            accounts=accounts_for_answers(),
            identities=identities,
            requester=ticket.requester or "",
            messages=conversation.messages,
            draft=draft_of(ticket, staff),
        )
    return TicketPage(ticket, conversation, composer, identities)
