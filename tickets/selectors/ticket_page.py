"""Everything the first answer of a ticket's page needs, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.actors import Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.models import Customer, Identity, Organisation
from tickets.access import can_see, parse_number
from tickets.models import StatusLabel, Ticket
from tickets.selectors.composing import accounts_for_answers, composer_of, draft_of
from tickets.selectors.conversation import Conversation, conversation_of

# One statement with the few columns of each related row that a page shows; the ORM would spend longer on composing it
# than the database on answering it.
_PAGE = """
SELECT t.*,
    c.name AS c_name, c.level AS c_level, c.region AS c_region, c.language AS c_language, c.created_at AS c_created_at,
    o.id AS o_id, o.name AS o_name, w.name AS w_name,
    s.category AS s_category, s.name AS s_name, s.name_zh AS s_name_zh,
    g.name AS g_name, g.name_zh AS g_name_zh,
    a.kind AS a_kind, a.name AS a_name, a.name_zh AS a_name_zh, a.address AS a_address,
    (SELECT p.address FROM tickets_ticketparticipant p WHERE p.ticket_id = t.id AND p.role = 'requester'
     ORDER BY p.id LIMIT 1) AS requester,
    (SELECT h.position FROM core_loghead h WHERE h.id = 1) AS log_position
FROM tickets_ticket t
JOIN customers_customer c ON c.id = t.customer_id
LEFT JOIN customers_organisation o ON o.id = c.organisation_id
LEFT JOIN accounts_staff w ON w.id = t.owner_id
JOIN tickets_statuslabel s ON s.id = t.status_id
JOIN accounts_team g ON g.id = t.team_id
JOIN core_channelaccount a ON a.id = t.account_id
WHERE t.id = %s
"""


def visible_ticket(staff: Staff, number: str) -> Any:
    """The ticket with this number and what its page shows of customer, owner, status, team and account, if the person
    may see it; `NotFound` otherwise. Its `requester` is the address that wrote first, its `log_position` the event log's as
    this row was read: whatever comes later reaches the page's socket."""
    ticket: Any = next(iter(Ticket.objects.raw(_PAGE, [parse_number(number)])), None)
    if ticket is None or not can_see(Actor.of_staff(staff), ticket):
        raise NotFound
    organisation = Organisation(pk=ticket.o_id, name=ticket.o_name) if ticket.o_id else None
    ticket.customer = Customer(
        pk=ticket.customer_id,
        organisation=organisation,
        **{name: getattr(ticket, f"c_{name}") for name in ("name", "level", "region", "language", "created_at")},
    )
    ticket.owner = Staff(pk=ticket.owner_id, name=ticket.w_name) if ticket.owner_id else None
    ticket.status = StatusLabel(
        pk=ticket.status_id, category=ticket.s_category, name=ticket.s_name, name_zh=ticket.s_name_zh
    )
    ticket.team = Team(pk=ticket.team_id, name=ticket.g_name, name_zh=ticket.g_name_zh)
    ticket.account = ChannelAccount(
        pk=ticket.account_id,
        **{name: getattr(ticket, f"a_{name}") for name in ("kind", "name", "name_zh", "address")},
    )
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
