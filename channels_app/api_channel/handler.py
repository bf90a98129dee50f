"""From a stored API item to a message: opens a ticket, or continues the one that its address named."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from helpdesk.accounts.models import ApiKey
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Permanent
from helpdesk.customers import identities
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Identity
from tickets.intake.arrival import Arrival, Thread
from tickets.intake.services import receive
from tickets.models import Attachment, Direction, Message, Ticket
from tickets.services.files import NewFile
from tickets.services.receiving import Incoming, continue_ticket


def receive_api_message(event: InboundEvent) -> Outcome:
    """The handler `api.message`; the body was checked before it was stored."""
    try:
        body = json.loads(bytes(event.raw or b""))
    except (ValueError, RecursionError):
        raise Permanent("the stored body is not JSON") from None
    if not isinstance(body, dict):
        raise Permanent("the stored body is not an object")
    ticket_id = event.envelope.get("ticket")
    if ticket_id is not None:
        return _continue(event, body, int(ticket_id))
    requester = _requester(body.get("requester"))
    received = receive(
        Arrival(
            account=event.account,
            known=_known(requester),
            text=_text(body.get("body")),
            subject=_text(body.get("subject")),
            name=_text(requester.get("name")),
            language=_text(body.get("language"))[:10],
            author_address=_address(requester),
            external_id=event.external_id,
            inbound_event_id=event.pk,
            files=_files(event, body),
            kind=_text(body.get("kind")),
            tags=body.get("tags") or (),
            fields=body.get("fields") or {},
        ),
        by=Actor(ActorKind.API_KEY, event.envelope.get("key"), str(event.envelope.get("origin", ""))),
    )
    return Outcome(ticket_id=received.ticket.pk, message_id=received.message.pk)


def _continue(event: InboundEvent, body: dict[str, Any], ticket_id: int) -> Outcome:
    """A further message on a ticket: of the named requester if they take part, else of the ticket's customer."""
    ticket = Ticket.objects.select_related("customer").get(pk=ticket_id)
    requester = _requester(body.get("requester"))
    known = _known(requester) if requester else _identities(ticket)
    by = _owner(event)
    if not known:
        return _continue_unknown(event, body, ticket, by)
    received = receive(
        Arrival(
            account=event.account,
            known=known,
            text=_text(body.get("text")),
            name=_text(requester.get("name")) or ticket.customer.name,
            author_address=_address(requester),
            external_id=event.external_id,
            inbound_event_id=event.pk,
            thread=Thread(ticket_ids=[ticket_id]),
            files=_files(event, body),
        ),
        by=by,
    )
    return Outcome(ticket_id=received.ticket.pk, message_id=received.message.pk)


def _continue_unknown(event: InboundEvent, body: dict[str, Any], ticket: Ticket, by: Actor) -> Outcome:
    """The ticket's customer has no identity by which intake could know them; the ticket itself says who it is."""
    earlier = Message.objects.filter(
        account=event.account, external_id=event.external_id, direction=Direction.IN
    ).first()
    if earlier is None:
        earlier = continue_ticket(
            ticket.pk,
            Incoming(
                account=event.account,
                customer=ticket.customer,
                text=_text(body.get("text")),
                external_id=event.external_id,
                inbound_event_id=event.pk,
            ),
            by=by,
        )
    return Outcome(ticket_id=earlier.ticket_id, message_id=earlier.pk)


def _owner(event: InboundEvent) -> Actor:
    """The key with its owner's rights as they are now."""
    key = ApiKey.objects.select_related("staff").filter(pk=int(event.envelope.get("key") or 0)).first()
    if key is None:
        raise Permanent("the API key is gone")
    return Actor.of_key(key.pk, key.staff, origin=str(event.envelope.get("origin", "")))


def _requester(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        return {"email" if "@" in given else "phone": given}
    return given if isinstance(given, dict) else {}


def _known(requester: dict[str, Any]) -> list[Known]:
    found = [
        identities.email(_text(requester.get("email"))),
        identities.phone(_text(requester.get("phone")), region=settings.DEFAULT_PHONE_REGION),
    ]
    return [known for known in found if known is not None]


def _identities(ticket: Ticket) -> list[Known]:
    rows = Identity.objects.filter(customer_id=ticket.customer_id).order_by("-is_primary", "pk")[:1]
    return [Known(row.kind, row.value, row.scope) for row in rows]


def _address(requester: dict[str, Any]) -> str:
    known = _known(requester)
    return known[0].value if known else ""


def _files(event: InboundEvent, body: dict[str, Any]) -> list[NewFile]:
    """The key's uploads that the body names; one that is gone is left out, the message is worth more."""
    ids = body.get("attachments") or []
    if not ids:
        return []
    rows = Attachment.objects.filter(
        pk__in=ids, uploaded_by_kind=ActorKind.API_KEY, uploaded_by_id=event.envelope.get("key")
    ).order_by("pk")
    found = []
    for row in rows:
        with default_storage.open(str(row.file.name)) as file:
            found.append(NewFile(row.name, row.content_type, file.read(), warning=row.warning))
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
