"""Demo mode's end of the world: mail that would leave is caught by our own listener and can be read and answered."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid

from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone

from channels_app.email.compose import OutgoingMail, QuotedMessage, compose_mail
from channels_app.email.parse import parse_mail
from channels_app.email.parsed import Address, ParsedMail
from channels_app.email.storing import IncomingMail
from channels_app.models import SinkMail
from helpdesk.core.models import ChannelAccount, ChannelKind

MOST_KEPT = 5_000


class NotPosted(Exception):
    """Our listener did not take the mail, or there is nobody to send it to."""


def keep_in_sink(mails: Mapping[str, Sequence[IncomingMail]]) -> None:
    """Store mails by recipient; the caller commits."""
    SinkMail.objects.bulk_create(
        SinkMail(
            address=address.lower()[:320],
            sender=mail.envelope.sender.strip("<>")[:320],
            subject=parse_mail(mail.raw[: 64 * 1024]).subject,
            raw=mail.raw,
        )
        for address, items in mails.items()
        for mail in items
    )


def sweep_sink() -> int:
    """Drop all but the newest mails; returns how many went."""
    oldest_kept = SinkMail.objects.order_by("-pk").values_list("pk", flat=True)[MOST_KEPT - 1 : MOST_KEPT].first()
    return SinkMail.objects.filter(pk__lt=oldest_kept).delete()[0] if oldest_kept else 0


@dataclass(frozen=True)
class SinkAddress:
    """One recipient with mail in the sink."""

    address: str
    count: int
    newest_at: datetime


def sink_addresses(search: str = "", limit: int = 100) -> list[SinkAddress]:
    """Who has mail, the newest first."""
    rows = SinkMail.objects.filter(address__icontains=search.strip().lower()[:100]) if search else SinkMail.objects
    grouped = rows.values("address").annotate(count=Count("pk"), newest_at=Max("created_at")).order_by("-newest_at")
    return [SinkAddress(**row) for row in grouped[:limit]]


def read_sink_mail(mail: SinkMail) -> ParsedMail:
    return parse_mail(bytes(mail.raw))


def answer_as_customer(mail: SinkMail, text: str) -> None:
    """Answer a caught mail as its recipient, as a mail program would: Reply-To, In-Reply-To, the quotation below."""
    read = read_sink_mail(mail)
    to = read.answer_to
    if to is None:
        raise NotPosted
    subject = read.subject if read.subject.lower().startswith("re:") else f"Re: {read.subject}"
    author = str(read.from_) if read.from_ else to.address
    quoted = QuotedMessage(f"On {mail.created_at:%Y-%m-%d %H:%M}, {author} wrote:", read.body)
    _post(
        OutgoingMail(
            from_=_persona(mail.address),
            to=(Address("", to.address),),
            subject=subject,
            text=text,
            message_id=make_msgid(domain=mail.address.rpartition("@")[2])[1:-1],
            date=timezone.now(),
            quoted=quoted,
            in_reply_to=read.message_id,
            references=(*read.references, *([read.message_id] if read.message_id else [])),
        )
    )


def write_as_customer(address: str, name: str, subject: str, text: str) -> None:
    """Write a new mail to the first active mail account as anybody."""
    account = ChannelAccount.objects.filter(kind=ChannelKind.EMAIL, is_active=True).exclude(address="").first()
    if account is None:
        raise NotPosted
    _post(
        OutgoingMail(
            from_=Address(name, address),
            to=(Address("", account.address),),
            subject=subject,
            text=text,
            message_id=make_msgid(domain=address.rpartition("@")[2])[1:-1],
            date=timezone.now(),
        )
    )


def _persona(address: str) -> Address:
    return Address("", address)


def _post(mail: OutgoingMail) -> None:
    """By SMTP to our own listener, without any credential: the same door as for everybody."""
    composed = compose_mail(mail)
    try:
        with smtplib.SMTP(settings.MAIL_BIND, settings.MAIL_PORT, timeout=10) as client:
            client.sendmail(composed.envelope_from, list(composed.recipients), composed.raw)
    except (smtplib.SMTPException, OSError) as error:
        raise NotPosted from error
