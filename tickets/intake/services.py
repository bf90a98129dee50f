"""The one door through which a customer's message becomes or continues a ticket."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team
from helpdesk.core import throttle
from helpdesk.core.actors import Actor
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.customers.models import Customer
from helpdesk.customers.services.resolving import lock_senders, resolve_customer
from tickets.intake.arrival import Arrival, Received
from tickets.intake.spam import spam_verdict
from tickets.intake.threading import Continuation, find_continuation
from tickets.models import LinkKind, Message
from tickets.routing.grading import grade
from tickets.routing.recognition.arriving import Arriving, Words, recognise_arrival
from tickets.routing.recognition.arriving import keep as keep_recognition
from tickets.routing.selectors.teams import team_for
from tickets.services.files import keep
from tickets.services.properties import MAX_TAGS
from tickets.services.receiving import Incoming, Opening, continue_ticket, open_ticket

ACKNOWLEDGEMENTS_PER_DAY = 5


@transaction.atomic
def receive(arrival: Arrival, *, by: Actor) -> Received:
    """Resolve the customer, then continue their conversation or open a ticket: graded, in a queue, in one transaction.

    Called any number of times with the same `external_id` it makes one message. Locks sender → customer → ticket.
    """
    lock_senders(arrival.known)
    earlier = _known_already(arrival)
    if earlier is not None:
        return Received(earlier.ticket, earlier, is_new_ticket=False, is_duplicate=True)
    customer = resolve_customer(arrival.known, by=by, name=arrival.name, language=arrival.language, is_locked=True)
    continuation = find_continuation(arrival, customer)
    incoming = _incoming(arrival, customer, continuation)
    if continuation.ticket is not None and not continuation.as_follow_up:
        message = continue_ticket(continuation.ticket.pk, incoming, by=by)
        return Received(message.ticket, message, is_new_ticket=False)
    return _open(arrival, customer, incoming, continuation, by)


def _known_already(arrival: Arrival) -> Message | None:
    if not arrival.external_id:
        return None
    with connection.cursor() as cursor:
        # asked for every arrival, and hardly ever found
        cursor.execute(
            "SELECT id FROM tickets_message WHERE account_id = %s AND external_id = %s AND direction = 'in'",
            [arrival.account.pk, arrival.external_id[:250]],
        )
        found = cursor.fetchone()
    return Message.objects.select_related("ticket").get(pk=found[0]) if found else None


def _incoming(arrival: Arrival, customer: Customer, continuation: Continuation) -> Incoming:
    return Incoming(
        account=arrival.account,
        customer=customer,
        text=arrival.text,
        subject=arrival.subject,
        quoted=arrival.quoted,
        html=arrival.html,
        language=arrival.language,
        author_name=arrival.name,
        author_address=arrival.author_address,
        answer_to=arrival.answer_to,
        external_id=arrival.external_id,
        rfc_message_id=arrival.rfc_message_id,
        rfc_references=" ".join(arrival.thread.references),
        recipients=arrival.recipients,
        sent_at=arrival.sent_at,
        inbound_event_id=arrival.inbound_event_id,
        is_auto=arrival.is_auto,
        may_start_new=continuation.is_new_subject,
        attachments=[keep(file) for file in arrival.files],
    )


def _open(arrival: Arrival, customer: Customer, incoming: Incoming, continuation: Continuation, by: Actor) -> Received:
    seen = recognise_arrival(_words(arrival, customer), arrival.account, customer)
    graded = grade(kind=seen.kind, level=customer.level, is_urgent=seen.outcome.is_urgent)
    spam_reason = spam_verdict(arrival, customer)
    language = incoming.language or customer.language
    ticket, message = open_ticket(
        incoming,
        Opening(
            team=seen.team() or _team(arrival, continuation),
            subject=arrival.subject or _first_line(arrival.text),
            kind=seen.kind,
            grade=graded.grade,
            priority=seen.outcome.priority or graded.priority,
            tone=seen.tone,
            tags=_tags(arrival, seen),
            fields=arrival.fields,
            is_spam=bool(spam_reason),
            spam_reason=spam_reason,
            follow_up_of=continuation.ticket or continuation.stranger_to,
            link_kind=LinkKind.FOLLOW_UP if continuation.ticket else LinkKind.RELATED,
            acknowledgement=(lambda ticket: acknowledgement(arrival.account, ticket.number, language))
            if not spam_reason and _is_acknowledged(arrival)
            else None,
        ),
        by=by,
    )
    keep_recognition(ticket, seen)
    return Received(ticket, message, is_new_ticket=True)


def _words(arrival: Arrival, customer: Customer) -> Words:
    return Words(
        subject=arrival.subject,
        text=arrival.text,
        sender=arrival.author_address,
        language=arrival.language or customer.language,
        kind=arrival.kind,
        tags=arrival.tags,
        file_names=[file.name for file in arrival.files],
        is_from_machine=arrival.account.kind == ChannelKind.EMAIL and (arrival.is_auto or not arrival.may_be_answered),
    )


def _tags(arrival: Arrival, seen: Arriving) -> list[str]:
    """The sender's and the rules'; what goes beyond the limit is left out, since a mail is never refused for a rule."""
    return list(dict.fromkeys([*arrival.tags, *seen.outcome.tags]))[: max(MAX_TAGS, len(arrival.tags))]


def _team(arrival: Arrival, continuation: Continuation) -> Team:
    """A follow-up goes to the team that had the first ticket, as long as it works; everything else by its account."""
    earlier = continuation.ticket.team if continuation.as_follow_up and continuation.ticket else None
    return earlier if earlier is not None and earlier.is_active else team_for(arrival.account)


def _first_line(text: str) -> str:
    """A subject for channels that have none."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line[:80]


def _is_acknowledged(arrival: Arrival) -> bool:
    """Whether to say that the message has arrived: never to a machine, and never more than a few a day."""
    config = arrival.account.config
    if arrival.account.kind not in {ChannelKind.EMAIL, ChannelKind.FORM} or not config.get("acknowledge", True):
        return False
    if arrival.is_auto or not arrival.may_be_answered or not arrival.author_address:
        return False
    # counted for the address that gets the mail, so that nobody can point us at a third person
    address = arrival.answer_to[1] if arrival.answer_to else arrival.author_address
    return throttle.count(f"acknowledge:{address.lower()}", per=timedelta(days=1)) <= ACKNOWLEDGEMENTS_PER_DAY


def acknowledgement(account: ChannelAccount, number: str, language: str) -> str:
    """The account's own words in the customer's language when it has some (`{number}` and `{address}` are filled in), else
    ours."""
    address = f"{settings.PUBLIC_URL}/portal/requests/{number}/"
    is_chinese = language.startswith("zh")
    own = str((account.config.get("acknowledgement") or {}).get("zh" if is_chinese else "en") or "")
    if own:
        return own.replace("{number}", number).replace("{address}", address)
    with translation.override("zh-hans" if is_chinese else "en"):
        return _(
            "Thank you for your message. We have received it as request %(number)s and will answer as soon as we can.\n\n"
            "You can read and add to it at any time: %(address)s\n\n"
            "To add anything, simply answer this mail."
        ) % {"number": number, "address": address}
