"""A customer's message that comes by the API: stored raw through the inbox's door, then worked in the request."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.models import ApiKey
from helpdesk.core.doors import Post, Posted, doors
from helpdesk.core.errors import Invalid
from helpdesk.core.middleware import client_address
from helpdesk.core.models import ChannelKind
from tickets.api.external_ids import own_id
from tickets.models import Attachment, Direction, Message, Ticket


@dataclass(frozen=True)
class Posting:
    """Where the message goes and what it is called; `order_key` is the sender or the conversation."""

    channel: str
    external_id: str
    order_key: str
    attachments: Sequence[int] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def post(request: Request, posting: Posting, *, mark: str) -> Posted:
    """Post the request's body. Without an id of the caller's each request is a message of its own.

    An external id is the caller's own word. When another caller used the same one first, for a message that this caller may
    not know of, the message is stored under an id of this caller's own, so that nothing is learned and nothing is lost.
    """
    check_uploads(request, posting.attachments)
    given = posting.external_id or f"request:{uuid.uuid4().hex}"
    posted = _through_the_door(request, posting, given, mark)
    own = own_id(given, owner_of(request).pk)
    if posted.is_new or _is_for(request, posted, posting.channel, own):
        return posted
    return replace(_through_the_door(request, posting, own, mark), external_id=given)


def _through_the_door(request: Request, posting: Posting, external_id: str, mark: str) -> Posted:
    facts = {"key": request.auth.pk, "origin": client_address(request), "fingerprint": mark, **posting.facts}
    return doors.get(ChannelKind.API)(
        Post(
            account=posting.channel,
            raw=request.body,
            external_id=external_id,
            order_key=posting.order_key,
            envelope=facts,
        )
    )


def _is_for(request: Request, posted: Posted, channel: str, own: str) -> bool:
    """Whether this caller may hear of the message that was stored before: a key of the same person stored it, or it led to
    a ticket that they may see (a system that got a new key repeats what it sent with the old one)."""
    owner = owner_of(request)
    if ApiKey.objects.filter(pk=posted.key_id or 0, staff_id=owner.pk).exists():
        return True
    if Message.objects.filter(account__slug=channel, external_id=own, direction=Direction.IN).exists():
        return False  # theirs was stored before they came to see the other
    return Ticket.objects.visible_to(owner).filter(pk=posted.ticket_id or 0).exists()


def check_uploads(request: Request, ids: Sequence[int]) -> None:
    """`Invalid` when one of the uploads is not this key's to use."""
    if not ids:
        return
    by = actor_of(request)
    mine = Attachment.objects.filter(
        pk__in=ids, message__isnull=True, is_kept=False, uploaded_by_kind=by.kind, uploaded_by_id=by.id
    ).count()
    if mine != len(set(ids)):
        raise Invalid(fields={"attachments": _("A file is no longer there. Attach it again.")})
