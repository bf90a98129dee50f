"""A message from the portal: stored raw, then continued or opened as a ticket by the same door as every other channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from channels_app.asking import still_asked
from channels_app.email.text import guess_language
from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from channels_app.submissions import Submitted, keep_files, load_files, payload_of, submit, with_order
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Permanent
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Customer, PortalSession
from tickets.intake.accounts import portal_account
from tickets.intake.arrival import Arrival, Thread
from tickets.intake.services import receive
from tickets.models import Kind, Ticket
from tickets.services.replying import MAX_TEXT

HANDLER = "portal.message"


@dataclass(frozen=True)
class Written:
    """What the customer wrote: an answer on `ticket`, or a new request with its kind, subject, order and custom fields."""

    text: str
    ticket: Ticket | None = None
    subject: str = ""
    kind: str = ""
    order: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[UploadedFile] = ()


def write(session: PortalSession, written: Written, *, token: str, language: str, client: str) -> Submitted:
    """Take what the customer wrote; `token` is the form's own, so that sending twice makes one message."""
    customer = session.customer.merged_into or session.customer
    ticket = written.ticket
    payload = {
        "customer": customer.pk,
        "identity": session.identity_id,
        "ticket": ticket.pk if ticket else None,
        # a closed ticket is followed by a new one of the same matter
        "subject": (ticket.subject if ticket.is_closed else "") if ticket else written.subject,
        "kind": ticket.kind if ticket and ticket.is_closed else written.kind,
        "order": written.order,
        "fields": dict(written.fields),
        "text": written.text,
        "language": language,
        "files": keep_files(written.files),
    }
    return submit(
        portal_account(),
        payload,
        handler=HANDLER,
        external_id=f"customer:{customer.pk}:{token}",
        order_key=f"customer:{customer.pk}",
        client=client,
    )


def receive_message(event: InboundEvent) -> Outcome:
    """The handler. The customer was known when they wrote; a profile merged meanwhile leads to the one that stayed."""
    payload = payload_of(event)
    customer = Customer.objects.filter(pk=int(payload.get("customer") or 0)).select_related("merged_into").first()
    if customer is None:
        raise Permanent("this customer is gone")
    customer = customer.merged_into or customer
    identities = list(customer.identities.order_by("-is_primary", "pk"))
    identity = next((item for item in identities if item.pk == payload.get("identity")), None) or next(
        iter(identities), None
    )
    if identity is None:
        raise Permanent("this customer has no identity left")
    text, fields = with_order(str(payload.get("text", ""))[:MAX_TEXT], str(payload.get("order", "")))
    kind = str(payload.get("kind", ""))
    ticket_id = payload.get("ticket")
    received = receive(
        Arrival(
            account=event.account,
            known=[Known(identity.kind, identity.value, identity.scope)],
            text=text,
            subject=str(payload.get("subject", "")),
            name=customer.name,
            language=guess_language(text) or ("zh" if str(payload.get("language")).startswith("zh") else "en"),
            author_address=identity.value,
            external_id=event.external_id,
            inbound_event_id=event.pk,
            thread=Thread(ticket_ids=[int(ticket_id)] if ticket_id else []),
            files=load_files(payload.get("files", [])),
            kind=kind if kind in Kind.values else "",
            fields={**still_asked(payload.get("fields"), kind=kind), **fields},
        ),
        by=Actor.of_customer(customer, origin="portal"),
    )
    return Outcome(received.ticket.pk, received.message.pk)
