"""Mail above MAIL_MAX_BYTES that lies in a mailbox: it is not fetched; a ticket says so, and its sender is told politely."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.models import InboundEvent
from helpdesk.core import throttle
from helpdesk.core.models import Delivery
from helpdesk.core.outgoing import PlainMessage, queue_delivery
from tickets.intake.arrival import Arrival

PURPOSE = "channels_app.too_large"
_A_DAY = 3


def with_notice(arrival: Arrival, size: int) -> Arrival:
    """The arrival with a notice in place of the text that was not fetched; `size` is in bytes."""
    with translation.override("zh-hans" if arrival.account.language.startswith("zh") else "en"):
        text = _(
            "This mail is too large to be fetched (%(size)s; the limit is %(limit)s). Only its headers were read. "
            "It still lies in the mailbox, and its sender was asked to send it again in another way."
        ) % {"size": filesizeformat(size), "limit": filesizeformat(settings.MAIL_MAX_BYTES)}
    # the polite refusal is the answer to this mail; an acknowledgement beside it would contradict it
    return replace(arrival, text=text, quoted="", html="", may_be_answered=False)


def refuse(event: InboundEvent, arrival: Arrival, subject: str, message_id: str) -> None:
    """Queue the polite refusal to the sender, in their language; a few a day for one address, never to a machine."""
    address = arrival.author_address
    if not address or throttle.count(f"too-large:{address}", per=timedelta(days=1)) > _A_DAY:
        return
    queue_delivery(
        event.account,
        purpose=PURPOSE,
        subject_id=event.pk,
        address=address,
        dedupe_key=f"too-large:{event.pk}",
        payload={
            "language": arrival.language or event.account.language,
            "subject": subject[:250],
            "name": arrival.name,
            "message_id": message_id[:250],
        },
    )


def render_refusal(delivery: Delivery) -> PlainMessage:
    """The mail to the sender of a mail that was too large."""
    payload = delivery.payload
    language = "zh-hans" if payload["language"].startswith("zh") else "en"
    with translation.override(language):
        subject = _("Your mail was too large: %(subject)s") % {"subject": payload["subject"]}
        text = _(
            "We could not take your mail “%(subject)s”, because it is larger than %(limit)s.\n\n"
            "Please send it again with smaller or fewer files, or add the files in our portal: %(address)s"
        ) % {
            "subject": payload["subject"],
            "limit": filesizeformat(settings.MAIL_MAX_BYTES),
            "address": f"{settings.PUBLIC_URL}/portal/",
        }
    return PlainMessage(
        subject=subject, text=text, language=language, to_name=payload["name"], in_reply_to=payload["message_id"]
    )
