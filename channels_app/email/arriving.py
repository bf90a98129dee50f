"""From a parsed mail to an `Arrival`: text without quotations, files with warnings, hints to its conversation."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.email.directory import Directory
from channels_app.email.marks import tag_secrets
from channels_app.email.parsed import Attachment, ParsedMail
from channels_app.email.quoting import split_reply
from channels_app.email.senders import Sender, recipients_of
from channels_app.email.threading import ThreadHints, split_plus, thread_hints
from channels_app.models import InboundEvent
from helpdesk.customers.identities import normalise_email
from tickets.intake.arrival import Arrival, Thread
from tickets.services.files import NewFile

_MAX_RFC_ID = 250
_EXECUTABLE = ("application/vnd.microsoft.portable-executable", "application/x-executable")


def language_code(language: str | None) -> str:
    """The reader's `zh` or `en` as the product names languages; empty when it could not tell."""
    return {"zh": "zh-hans", "en": "en"}.get(language or "", "")


def arrival_of(event: InboundEvent, mail: ParsedMail, sender: Sender, ours: Directory) -> Arrival:
    """The mail in words that hold for every channel."""
    text, quoted = split_body(mail)
    language = language_code(mail.language)
    return Arrival(
        account=event.account,
        known=[sender.known],
        name=sender.name,
        author_address=sender.address,
        answer_to=sender.answer_to,
        subject=mail.subject_full or no_subject(language or event.account.language),
        text=text,
        quoted=quoted,
        html=mail.html or "",
        language=language,
        external_id=event.external_id,
        rfc_message_id=(mail.message_id or "")[:_MAX_RFC_ID],
        recipients=recipients_of(mail, sender.address, ours),
        sent_at=mail.date,
        inbound_event_id=event.pk,
        is_auto=mail.is_auto_reply or _is_foreign_list(mail, ours),
        may_be_answered=mail.may_auto_answer and bool(sender.address) and not ours.is_ours(sender.address),
        spam_reason=spam_reason(mail),
        thread=thread_of(event, mail),
        files=[new_file(item) for item in mail.attachments],
    )


def no_subject(language: str) -> str:
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        return _("(no subject)")


def split_body(mail: ParsedMail) -> tuple[str, str]:
    """What is new, and what is folded away: quotation and signature. A mail that is all quotation is shown whole."""
    body = mail.body
    parts = split_reply(body)
    if not parts.reply.strip():
        return body.strip(), ""
    return parts.reply, "\n\n".join(part for part in (parts.signature, parts.quoted) if part.strip())


def thread_of(event: InboundEvent, mail: ParsedMail) -> Thread:
    """Where the mail says it belongs.

    A mail whose sender's domain disowns it is not believed: only a signed address still leads to a conversation.
    """
    hints = hints_of(event, mail)
    signed = _numbers(hints.signed_tickets)
    if mail.authentication.is_forged:
        return Thread(ticket_ids=signed)
    return Thread(
        ticket_ids=signed,
        # oldest first, as the header has them
        references=[reference[:_MAX_RFC_ID] for reference in reversed(hints.message_ids)],
        guessed_ticket_ids=_numbers(hints.subject_tickets),
    )


def hints_of(event: InboundEvent, mail: ParsedMail) -> ThreadHints:
    envelope_tags = (split_plus(address)[1] for address in event.envelope.get("to", ()))
    return thread_hints(
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        plus_tags=[tag for tag in (*envelope_tags, *mail.plus_tags) if tag],
        subject=mail.subject_full,
        secrets=tag_secrets(),
    )


def _numbers(tickets: Iterable[str]) -> list[int]:
    return [int(number) for number in tickets if number.isascii() and number.isdigit() and len(number) < 19]


def spam_reason(mail: ParsedMail) -> str:
    """What the servers on the way said against the mail; rules about senders are applied by intake."""
    if mail.spam.is_spam:
        return f"headers:{mail.spam.source}"
    if mail.authentication.is_forged:
        return "forged:dmarc" if mail.authentication.dmarc else "forged:spf"
    return ""


def _is_foreign_list(mail: ParsedMail, ours: Directory) -> bool:
    """List mail, unless the list is the group address through which our own mail reaches us (its posts are customers')."""
    if not mail.is_list:
        return False
    post = mail.header("list-post") or ""
    address = normalise_email(post.partition("mailto:")[2].partition(">")[0].partition("?")[0]) if post else None
    named = [item.address for item in (*mail.to, *mail.cc)]
    return not (address is not None and ours.is_ours(address)) and not any(ours.is_ours(item) for item in named)


def new_file(item: Attachment) -> NewFile:
    """A file on its way in, with a warning where opening it would be unwise."""
    warning = "zip_bomb" if item.is_zip_bomb else "executable" if item.content_type in _EXECUTABLE else ""
    return NewFile(
        name=item.name or "file",
        content_type=item.content_type,
        data=item.data,
        content_id=item.content_id or "",
        is_inline=item.is_inline,
        warning=warning,
        left_out=item.size if item.is_too_large else 0,
    )
