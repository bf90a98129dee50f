"""What was sent by the web form: stored raw, then a ticket by the same door as every other channel."""

from __future__ import annotations

from typing import Any

from channels_app.asking import still_asked
from channels_app.email.text import guess_language
from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from channels_app.submissions import Submitted, keep_files, load_files, payload_of, submit, with_order
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Permanent
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.identities import Known
from helpdesk.customers.models import IdentityKind
from tickets.intake.arrival import Arrival
from tickets.intake.services import receive
from tickets.models import Kind
from tickets.services.replying import MAX_TEXT

HANDLER = "form.message"


def send(
    account: ChannelAccount, values: dict[str, Any], *, token: str, language: str, spam_reason: str, client: str
) -> Submitted:
    """Take a filled form; `token` makes sending it twice mean it once."""
    contact: Known = values["contact"]
    payload = {
        "name": values["name"],
        "contact": {"kind": str(contact.kind), "value": contact.value},
        "kind": values["kind"],
        "subject": values["subject"],
        "text": values["text"],
        "order": values["order"],
        "fields": values.get("fields", {}),
        "language": language,
        "spam_reason": spam_reason,
        "files": keep_files(values["attachments"]),
    }
    return submit(
        account,
        payload,
        handler=HANDLER,
        external_id=f"form:{token}",
        order_key=f"{contact.kind}:{contact.value}",
        client=client,
    )


def receive_form(event: InboundEvent) -> Outcome:
    """The handler. The sender is not proven: a form opens a ticket and never continues one."""
    payload = payload_of(event)
    contact = payload.get("contact") or {}
    if contact.get("kind") not in {IdentityKind.EMAIL, IdentityKind.PHONE} or not contact.get("value"):
        raise Permanent("the form names nobody to answer to")
    text, fields = with_order(str(payload.get("text", ""))[:MAX_TEXT], str(payload.get("order", "")))
    kind = str(payload.get("kind", ""))
    page_language = "zh" if str(payload.get("language")).startswith("zh") else "en"
    received = receive(
        Arrival(
            account=event.account,
            known=[Known(contact["kind"], str(contact["value"]))],
            text=text,
            subject=str(payload.get("subject", "")),
            name=str(payload.get("name", ""))[:160],
            language=guess_language(text) or page_language,
            author_address=str(contact["value"]),
            external_id=event.external_id,
            inbound_event_id=event.pk,
            # the receipt is a mail; where only a number is known, the page itself has told the request's number
            may_be_answered=contact["kind"] == IdentityKind.EMAIL,
            spam_reason=str(payload.get("spam_reason", "")),
            files=load_files(payload.get("files", [])),
            kind=kind if kind in Kind.values else "",
            fields={**still_asked(payload.get("fields"), kind=kind), **fields},
        ),
        by=Actor(ActorKind.SYSTEM, None, "form"),
    )
    return Outcome(received.ticket.pk, received.message.pk)
