"""The API's door: commit the raw item, work it in the request, say what became of it."""

from __future__ import annotations

import time

from django.utils.translation import gettext_lazy as _

from channels_app import inbox
from channels_app.inbox import RawItem
from channels_app.models import InboundEvent
from helpdesk.core.doors import Post, Posted
from helpdesk.core.errors import Invalid
from helpdesk.core.models import ChannelAccount, ChannelKind, LeasedState

HANDLER = "api.message"
# Waiting (seconds) for an elder message of the same sender, or for another process at this very one.
WAITS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7)


def post_message(post: Post) -> Posted:
    """Store and work one message; a repeat finds what the first one led to."""
    account = ChannelAccount.objects.filter(slug=post.account, kind=ChannelKind.API, is_active=True).first()
    if account is None:
        raise Invalid(fields={"channel": _("There is no such active channel account.")})
    item = RawItem(
        raw=post.raw,
        handler=HANDLER,
        external_id=post.external_id,
        order_key=post.order_key,
        content_type=post.content_type,
        envelope=post.envelope,
    )
    stored = inbox.store_and_work(account, item)
    event = _worked(stored.event)
    return Posted(
        event_id=event.pk,
        external_id=event.external_id,
        is_new=stored.is_new,
        is_done=event.state == LeasedState.DONE and event.ticket_id is not None,
        ticket_id=event.ticket_id,
        message_id=event.message_id,
        fingerprint=str(event.envelope.get("fingerprint", "")),
        key_id=event.envelope.get("key"),
    )


def _worked(event: InboundEvent) -> InboundEvent:
    """The event after it was worked here or, for a moment, waited for; else its way goes on by the sweep."""
    for wait in (*WAITS, 0.0):
        if event.state in {LeasedState.READY, LeasedState.BACK_OFF}:
            event = inbox.process_now(event)
        if event.state not in {LeasedState.READY, LeasedState.WORKING} or not wait:
            break
        time.sleep(wait)
        event.refresh_from_db(fields=["state", "ticket_id", "message_id"])
    return event
