"""Writing what can be found, in the transaction of the text."""

from __future__ import annotations

from django.db import connection

from helpdesk.core.search import document
from tickets.models import Message, Ticket


def index_message(ticket: Ticket, message: Message, *, with_subject: bool = False) -> None:
    """One row for the message: its text, its subject when it opens the ticket, and who wrote it when a customer did."""
    parts = [message.text]
    if with_subject:
        parts.append(ticket.subject)
    elif message.subject and message.subject != ticket.subject:
        parts.append(message.subject)
    if message.direction == "in":
        parts += [message.author_name, message.author_address]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_searchentry (ticket_id, message_id, vector, at) VALUES (%s, %s, %s::tsvector, %s)"
            " ON CONFLICT (message_id) DO UPDATE SET vector = excluded.vector, ticket_id = excluded.ticket_id",
            [ticket.pk, message.pk, document("\n".join(filter(None, parts))), message.created_at],
        )


def index_subject(ticket: Ticket, subject: str | None = None) -> None:
    """A row of its own for a subject that no message of the customer holds, with the customer's name: it was changed, or
    the ticket began with us. `subject` is the one that the ticket is about to have."""
    text = f"{ticket.subject if subject is None else subject}\n{ticket.customer.name}"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tickets_searchentry WHERE ticket_id = %s AND message_id IS NULL", [ticket.pk])
        cursor.execute(
            "INSERT INTO tickets_searchentry (ticket_id, message_id, vector, at) VALUES (%s, NULL, %s::tsvector, %s)",
            [ticket.pk, document(text), ticket.last_activity_at],
        )
