"""A customer's message that comes by the API: stored raw through the inbox's door, then worked in the request."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from helpdesk.accounts.api.authentication import actor_of
from helpdesk.core.doors import Post, Posted, doors
from helpdesk.core.errors import Invalid
from helpdesk.core.middleware import client_address
from helpdesk.core.models import ChannelKind
from tickets.models import Attachment


@dataclass(frozen=True)
class Posting:
    """Where the message goes and what it is called; `order_key` is the sender or the conversation."""

    channel: str
    external_id: str
    order_key: str
    attachments: Sequence[int] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def post(request: Request, posting: Posting, *, mark: str) -> Posted:
    """Post the request's body. Without an id of the caller's each request is a message of its own."""
    check_uploads(request, posting.attachments)
    facts = {"key": request.auth.pk, "origin": client_address(request), "fingerprint": mark, **posting.facts}
    return doors.get(ChannelKind.API)(
        Post(
            account=posting.channel,
            raw=request.body,
            external_id=posting.external_id or f"request:{uuid.uuid4().hex}",
            order_key=posting.order_key,
            envelope=facts,
        )
    )


def check_uploads(request: Request, ids: Sequence[int]) -> None:
    """`Invalid` when one of the uploads is not this key's to use."""
    if not ids:
        return
    by = actor_of(request)
    mine = Attachment.objects.filter(
        pk__in=ids, message__isnull=True, uploaded_by_kind=by.kind, uploaded_by_id=by.id
    ).count()
    if mine != len(set(ids)):
        raise Invalid(fields={"attachments": _("A file is no longer there. Attach it again.")})
