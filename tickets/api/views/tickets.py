"""Tickets: list, search, open by a customer's message, read, edit."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import CREATE
from helpdesk.core import idempotency
from helpdesk.core.api.paging import envelope, keyset_page, page_size
from helpdesk.core.api.schema import listed, operation
from helpdesk.core.api.views import as_response, fingerprint, idempotency_key
from helpdesk.core.doors import Posted
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.customers import identities
from helpdesk.customers.identities import Known
from tickets.access import parse_number, require
from tickets.api import output
from tickets.api.examples import TICKET, TICKET_POST, TICKET_RECEIVED
from tickets.api.filters import PARAMETERS, narrow, order_of
from tickets.api.posting import Posting, post
from tickets.api.serializers import NewTicketSerializer, ReceivedSerializer, TicketEditSerializer, TicketSerializer
from tickets.api.views.base import TicketView, read, written
from tickets.models import Kind, Ticket
from tickets.search import search_rows
from tickets.services.properties import clean_fields, clean_tags, edit_ticket


class Tickets(TicketView):
    """`/tickets/`."""

    keeps_answers = False

    @operation(
        "List or search tickets",
        answer=listed(TicketSerializer),
        scope="tickets:read",
        description="Newest activity first. With `search`, a ticket stands where its newest match stands.",
        errors=[400],
        parameters=PARAMETERS,
        returns={"results": [TICKET], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page of the tickets that the key's owner may see."""
        staff = owner_of(request)
        tickets = narrow(Ticket.objects.visible_to(staff), request, staff)
        column, newest_first = order_of(request)
        rows = output.ticket_rows(tickets)
        words = request.query_params.get("search", "").strip()
        if not words:
            return keyset_page(request, rows, output.ticket, by=column, newest_first=newest_first)
        cursor = request.query_params.get("cursor")
        found = search_rows(staff, words, rows, key=_id, cursor=cursor, size=page_size(request))
        return envelope(request, [output.ticket(row) for row in found.rows], found.next)

    @operation(
        "Open a ticket with a customer's message",
        request=NewTicketSerializer,
        answer=ReceivedSerializer,
        status=201,
        more={200: ReceivedSerializer, 202: ReceivedSerializer},
        scope="tickets:write",
        description=(
            "201 with the number; 200 with the same ticket when `external_id` was received before; 202 with the id of the "
            "stored event when the work could not be finished yet (it goes on by itself). Without `external_id` the "
            "Idempotency-Key stands in for it. The ticket shows at most 250 characters of the subject; the message keeps "
            "up to 998, more is refused."
        ),
        is_write=True,
        example=TICKET_POST,
        returns=TICKET_RECEIVED,
    )
    def post(self, request: Request) -> Response:
        """Store the message, then work it in this request."""
        require(actor_of(request), CREATE)
        key = idempotency_key(request)
        mark = fingerprint(request)
        known_answer = idempotency.find(request.auth.pk, key, mark) if key else None
        if known_answer is not None:
            return as_response(known_answer)
        values = read(NewTicketSerializer, request)
        clean_tags(values.get("tags", ()))
        if values.get("fields"):
            clean_fields(values["fields"], kind=values.get("kind", Kind.OTHER))
        known = known_of(values["requester"])
        posting = Posting(
            channel=values.get("channel", "api"),
            external_id=values.get("external_id") or key,
            order_key=known[0].value,
            attachments=values.get("attachments", []),
        )
        posted = post(request, posting, mark=mark)
        if key and not posted.is_new and posted.fingerprint != mark and not values.get("external_id"):
            raise idempotency.KeyReused
        answer = answer_of(posted)
        if key and posted.is_done:
            idempotency.remember(request.auth.pk, key, mark, answer)
        return as_response(answer)


def _id(row: Any) -> int:
    return int(row["id"])


def known_of(requester: dict[str, str]) -> list[Known]:
    """The requester's identities, e-mail first; `Invalid` when there is none that can be used."""
    found = []
    if requester["email"]:
        found.append(("email", identities.email(requester["email"])))
    if requester["phone"]:
        found.append(("phone", identities.phone(requester["phone"], region=settings.DEFAULT_PHONE_REGION)))
    for name, known in found:
        if known is None:
            words = _("This is not an e-mail address.") if name == "email" else _("This is not a phone number.")
            raise Invalid(fields={f"requester.{name}": words})
    if not found:
        raise Invalid(fields={"requester": _("Give an e-mail address or a phone number.")})
    return [known for _name, known in found if known is not None]


def answer_of(posted: Posted) -> idempotency.Answer:
    """201, 200 or 202 with the number, the message and the stored event."""
    number = output.number(posted.ticket_id)
    body = {
        "number": number,
        "url": f"/api/v1/tickets/{number}/" if number else None,
        "message": posted.message_id,
        "event": posted.event_id,
        "external_id": posted.external_id,
        "is_duplicate": not posted.is_new,
    }
    return idempotency.Answer((201 if posted.is_new else 200) if posted.is_done else 202, body)


class OneTicket(TicketView):
    """`/tickets/{number}/`."""

    @operation(
        "Read a ticket",
        answer=TicketSerializer,
        scope="tickets:read",
        errors=[404],
        returns=TICKET,
    )
    def get(self, request: Request, number: str) -> Response:
        """The ticket if the key's owner may see it."""
        row = output.ticket_rows(Ticket.objects.visible_to(owner_of(request)).filter(pk=parse_number(number))).first()
        if row is None:
            raise NotFound
        return Response(output.ticket(row))

    @operation(
        "Edit a ticket",
        request=TicketEditSerializer,
        answer=TicketSerializer,
        scope="tickets:write",
        description="Refused with 409 `ticket_changed` and the `current` values when somebody edited it in between.",
        is_write=True,
        errors=[404],
        example={"edit_version": 3, "priority": "high", "tags": ["washer"]},
        returns=TICKET,
    )
    def patch(self, request: Request, number: str) -> Response:
        """Set the given fields in one step."""
        values = read(TicketEditSerializer, request)
        edit_ticket(parse_number(number), by=actor_of(request), **values)
        return Response(written(parse_number(number)))
