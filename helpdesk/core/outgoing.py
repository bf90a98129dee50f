"""What a lower room hands to an adapter without knowing any channel, and the one way to queue it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, ChannelKind, Delivery


@dataclass(frozen=True)
class PlainMessage:
    """A rendered message that belongs to no ticket: a sign-in link, a notice, a polite refusal.

    What a renderer (`helpdesk.core.registries.renderers`) may return beside `tickets.rendering.OutgoingMessage`. It goes to
    `delivery.address`; `to_name` is the name written with it, `from_name` the person that signs (empty: the account's
    name). `is_auto` marks what no machine may answer (RFC 3834); a channel without subjects sends `text` alone.
    `in_reply_to` is the Message-ID that it answers, without angle brackets; `answers_to` the id of the ticket that an
    answer to it continues.
    """

    subject: str
    text: str
    language: str = "en"
    is_auto: bool = True
    to_name: str = ""
    from_name: str = ""
    signature: str = ""
    # HTML of our own making that goes beside the text; a channel without HTML sends the text alone
    html: str = ""
    # written by the product of itself, not in answer to anything (RFC 3834, section 5)
    is_generated: bool = False
    # further mail headers (`List-…`, `X-…`)
    headers: tuple[tuple[str, str], ...] = ()
    in_reply_to: str = ""
    answers_to: int | None = None


def external_id_for(account: ChannelAccount, what: str) -> str:
    """The id that goes along with a delivery and stays the same over all tries; for mail the Message-ID, `what` its start."""
    if account.kind != ChannelKind.EMAIL:
        return ""
    domain = account.address.rpartition("@")[2] or "localhost"
    return f"hd.{what}.{secrets.token_hex(8)}@{domain}"


def queue_delivery(
    account: ChannelAccount,
    *,
    purpose: str,
    subject_id: int,
    address: str,
    dedupe_key: str,
    payload: dict[str, Any] | None = None,
    order_key: str = "",
) -> Delivery:
    """Queue one delivery in the caller's transaction and offer it on commit; the same `dedupe_key` queues nothing again.

    The renderer registered under `purpose` builds the message from `subject_id` and `payload` when the outbox takes the
    row. Secrets (a link's token) go into `payload` sealed (`helpdesk.core.secrets.seal`), never in plain text.
    """
    delivery, is_new = Delivery.objects.get_or_create(
        dedupe_key=dedupe_key[:200],
        defaults={
            "account": account,
            "purpose": purpose,
            "subject_id": subject_id,
            "address": address[:320],
            "payload": payload or {},
            "order_key": order_key[:200],
            "external_id": external_id_for(account, f"{subject_id}"),
        },
    )
    if is_new:
        leasing.offer_on_commit(delivery)
    return delivery
