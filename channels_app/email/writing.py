"""From a rendered message to a mail: names, threading, the signed reply address, signature, quotation and files."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from channels_app.email.compose import ComposedMail, OutgoingFile, OutgoingMail, QuotedMessage, compose_mail
from channels_app.email.marks import LOOP_HEADER, loop_mark, reply_address
from channels_app.email.parsed import Address
from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.core.outgoing import PlainMessage
from tickets.models import Attachment
from tickets.rendering import OutgoingMessage

Rendered = OutgoingMessage | PlainMessage


def write_mail(delivery: Delivery, rendered: Rendered) -> ComposedMail:
    """The bytes of the mail for a delivery: the same bytes at every try. `Permanent` when it can never be written."""
    account = delivery.account
    if "@" not in account.address:
        raise Permanent("the account has no address to send from")
    if not delivery.external_id:
        raise Permanent("the delivery has no Message-ID")
    draft = _plain(delivery, rendered) if isinstance(rendered, PlainMessage) else _answer(delivery, rendered)
    try:
        return compose_mail(draft)
    except ValueError as error:
        raise Permanent(str(error)) from None


def _plain(delivery: Delivery, message: PlainMessage) -> OutgoingMail:
    ticket_id = message.answers_to
    reply_to = reply_address(delivery.account, ticket_id) if ticket_id is not None else ""
    return OutgoingMail(
        from_=_from(delivery.account, message.from_name, message.language),
        to=(Address(message.to_name, delivery.address),),
        reply_to=Address(_company(delivery.account, message.language), reply_to) if reply_to else None,
        envelope_from=reply_to or None,
        ticket=str(ticket_id) if ticket_id is not None else None,
        subject=message.subject,
        text=message.text,
        message_id=delivery.external_id,
        date=delivery.created_at,
        signature_text=message.signature,
        in_reply_to=message.in_reply_to or None,
        references=(message.in_reply_to,) if message.in_reply_to else (),
        language=message.language,
        html=message.html or None,
        is_automatic=message.is_auto,
        is_generated=message.is_generated,
        headers=((LOOP_HEADER, loop_mark(delivery.external_id)), *message.headers),
    )


def _answer(delivery: Delivery, message: OutgoingMessage) -> OutgoingMail:
    account = delivery.account
    reply_to = reply_address(account, message.ticket.pk)
    return OutgoingMail(
        from_=_from(account, message.from_name, message.language),
        to=_addresses(message.to),
        cc=_addresses(message.cc),
        bcc=_addresses(message.bcc),
        reply_to=Address(_company(account, message.language), reply_to),
        # reports come back to the signed address too, so they find their ticket without our id in them
        envelope_from=reply_to,
        subject=message.subject,
        text=message.text,
        message_id=delivery.external_id,
        date=delivery.created_at,
        signature_text=message.signature,
        quoted=_quoted(message),
        files=tuple(_file(item) for item in message.attachments if item.file),
        in_reply_to=message.in_reply_to or None,
        references=tuple(message.references),
        ticket=str(message.ticket.pk),
        language=message.language,
        is_automatic=message.is_auto,
        headers=((LOOP_HEADER, loop_mark(delivery.external_id)),),
    )


def _company(account: ChannelAccount, language: str) -> str:
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        return account.brand or account.label


def _from(account: ChannelAccount, person: str, language: str) -> Address:
    """“Person · Company <support@…>”, or the company alone."""
    company = _company(account, language)
    return Address(f"{person} · {company}" if person else company, account.address)


def _addresses(pairs: list[tuple[str, str]]) -> tuple[Address, ...]:
    return tuple(Address(name, address) for name, address in pairs)


def _quoted(message: OutgoingMessage) -> QuotedMessage | None:
    if not message.quoted_text.strip():
        return None
    language = "zh-hans" if message.language.startswith("zh") else "en"
    with translation.override(language):
        at = _moment(message.quoted_at) if message.quoted_at else ""
        attribution = _("On %(date)s, %(author)s wrote:") % {"date": at, "author": message.quoted_author or _("you")}
    return QuotedMessage(attribution, message.quoted_text)


def _moment(at: datetime) -> str:
    local = timezone.localtime(at, ZoneInfo(settings.DEFAULT_USER_TIME_ZONE))
    return formats.date_format(local, "DATETIME_FORMAT")


def _file(attachment: Attachment) -> OutgoingFile:
    try:
        with attachment.file.open("rb") as file:
            data = file.read()
    except OSError as error:
        raise TryAgain(f"the file {attachment.name} cannot be read: {error}") from error
    content_id = attachment.content_id if attachment.is_inline else None
    return OutgoingFile(attachment.name, attachment.content_type, data, content_id or None)
