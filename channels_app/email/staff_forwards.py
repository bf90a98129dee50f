"""A colleague forwards a customer's mail to our address: the ticket is the customer's, with a note by whom."""

from __future__ import annotations

from dataclasses import replace

from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.email.arriving import new_file
from channels_app.email.directory import Directory
from channels_app.email.forwarded import ForwardedOriginal, extract_forwarded
from channels_app.email.parsed import ParsedMail
from channels_app.email.threading import is_forward_subject, normalise_subject
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import NOTE
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.customers.identities import email
from tickets.access import can_see
from tickets.intake.arrival import Arrival, Thread
from tickets.models import Ticket
from tickets.services.replying import add_note

_MAX_RFC_ID = 250


def forwarding_colleague(mail: ParsedMail, address: str) -> Staff | None:
    """The active person of the staff who forwards this mail; None for everybody else, and for a disowned sender."""
    if not address or mail.authentication.is_forged or not (mail.embedded or is_forward_subject(mail.subject_full)):
        return None
    return Staff.objects.filter(email__iexact=address, is_active=True).first()


def as_forwarded(arrival: Arrival, mail: ParsedMail, ours: Directory) -> tuple[Arrival, ForwardedOriginal] | None:
    """The arrival as if the original sender had written to us; None when no original sender can be read."""
    original = extract_forwarded(mail)
    known = email(original.from_.address) if original is not None else None
    if original is None or known is None or ours.is_ours(known.value):
        return None
    files = [new_file(item) for item in original.attachments] if mail.embedded else arrival.files
    forwarded = replace(
        arrival,
        known=[known],
        name=original.from_.name if "@" not in original.from_.name else "",
        author_address=known.value,
        answer_to=None,
        subject=original.subject or normalise_subject(mail.subject_full) or arrival.subject,
        text=original.text,
        quoted="",
        html=original.html or "",
        rfc_message_id=(original.message_id or "")[:_MAX_RFC_ID],
        recipients={},
        sent_at=original.date,
        spam_reason="",
        thread=Thread(references=[original.message_id[:_MAX_RFC_ID]] if original.message_id else ()),
        files=files,
    )
    return forwarded, original


def note_forward(ticket: Ticket, colleague: Staff, original: ForwardedOriginal, *, is_proven: bool) -> None:
    """Say on the ticket who forwarded the mail, with what they wrote above it.

    In their name only where the receiving server proved the sender and they may see the ticket: anybody can write a
    colleague's address into From, and a note in their name would be believed.
    """
    language = colleague.language or ticket.account.language
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        text = _("Forwarded by %(name)s (%(address)s).") % {"name": colleague.name, "address": colleague.email}
        if not is_proven:
            text += " " + _("The mail server did not prove the sender, so check with them before you rely on it.")
    by = Actor.of_staff(colleague)
    if not (is_proven and colleague.can(NOTE) and can_see(by, ticket)):
        by = SYSTEM
    add_note(ticket.pk, f"{text}\n\n{original.comment}".strip()[:90_000], by=by)
