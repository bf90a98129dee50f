"""Which conversation a message continues, if any: only one that its sender takes part in."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.customers.models import Customer, Identity
from tickets.intake.arrival import Arrival
from tickets.intake.subjects import is_new_subject
from tickets.models import Message, Ticket

MAX_REFERENCES = 30


@dataclass(frozen=True)
class Continuation:
    """The ticket to continue; `as_follow_up` when it is closed; `stranger_to` when the sender only knows a reference of
    a conversation that is not theirs (a new ticket is opened and linked); `is_new_subject` offers a split."""

    ticket: Ticket | None = None
    as_follow_up: bool = False
    stranger_to: Ticket | None = None
    is_new_subject: bool = False


def find_continuation(arrival: Arrival, customer: Customer) -> Continuation:
    """The first candidate that the sender takes part in; merged tickets lead to where they went."""
    stranger_to: Ticket | None = None
    for ticket in _candidates(arrival):
        if not takes_part(ticket, customer, arrival.author_address):
            stranger_to = stranger_to or ticket
            continue
        return Continuation(
            ticket=ticket,
            as_follow_up=ticket.is_closed,
            is_new_subject=bool(arrival.subject) and is_new_subject(ticket.subject, arrival.subject),
        )
    return Continuation(stranger_to=stranger_to)


def conversation_of(arrival: Arrival) -> Ticket | None:
    """The unfinished or solved conversation that the message would continue, without making a customer of its sender;
    None when there is none, or it is closed. For mail of machines, which never opens anything."""
    identity = (
        Identity.objects.select_related("customer__merged_into")
        .filter(kind=arrival.known[0].kind, scope=arrival.known[0].scope, value=arrival.known[0].value)
        .first()
    )
    customer = (identity.customer.merged_into or identity.customer) if identity else Customer()
    found = find_continuation(arrival, customer)
    return None if found.as_follow_up else found.ticket


def takes_part(ticket: Ticket, customer: Customer, address: str) -> bool:
    """The ticket's customer, or somebody who was copied or asked on it."""
    if customer.pk is not None and ticket.customer_id == customer.pk:
        return True
    return bool(address) and ticket.participants.filter(address=address.lower()).exists()


def _candidates(arrival: Arrival) -> list[Ticket]:
    ids = list(dict.fromkeys(arrival.thread.ticket_ids))[:10]
    references = list(dict.fromkeys(arrival.thread.references))[-MAX_REFERENCES:]
    if references:
        found = dict(
            Message.objects.filter(rfc_message_id__in=references)
            .exclude(rfc_message_id="")
            .values_list("rfc_message_id", "ticket_id")
        )
        # the nearest reference first: References runs from the oldest to the newest
        ids += [found[reference] for reference in reversed(references) if reference in found]
    ids += list(dict.fromkeys(arrival.thread.guessed_ticket_ids))[:5]
    if not ids:
        return []
    tickets = {
        ticket.pk: ticket
        for ticket in Ticket.objects.select_related("team", "merged_into", "parent").filter(pk__in=ids)
    }
    # who quotes the number of a sub-ticket writes about the matter that it is a part of
    return [_surviving(tickets[pk].parent or tickets[pk]) for pk in dict.fromkeys(ids) if pk in tickets]


def _surviving(ticket: Ticket) -> Ticket:
    seen = 0
    while ticket.merged_into is not None and seen < 20:
        ticket, seen = ticket.merged_into, seen + 1
    return ticket
