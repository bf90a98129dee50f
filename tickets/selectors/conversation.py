"""A ticket's conversation as a page shows it: messages with their files and delivery states, newest 20 first loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_UNMASK, REPLY
from helpdesk.core.models import ChannelKind, DeliveryStatus
from helpdesk.core.reasons import tell
from helpdesk.core.templatetags.ui import lang_of
from helpdesk.customers.identities import mask_text, shown_address
from tickets.models import Attachment, Message, MessageDelivery, Ticket, Visibility
from tickets.models.labels import in_language

PAGE_SIZE = 20
IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
KINDS = (
    ("image/", "image"),
    ("application/pdf", "pdf"),
    ("audio/", "audio"),
    ("video/", "video"),
    ("text/", "text"),
    ("application/zip", "zip"),
    ("application/x-7z", "zip"),
    ("application/vnd.ms-excel", "sheet"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml", "sheet"),
)
# What the delivery status says to people: words, look, icon.
DELIVERY_WORDS: dict[str, tuple[Any, str, str]] = {
    DeliveryStatus.QUEUED: (pgettext_lazy("delivery", "Sending"), "", "clock"),
    DeliveryStatus.SENT: (pgettext_lazy("delivery", "Sent"), "", "check"),
    DeliveryStatus.DELIVERED: (pgettext_lazy("delivery", "Delivered"), "", "checks"),
    DeliveryStatus.READ: (pgettext_lazy("delivery", "Read"), "ok", "checks"),
    DeliveryStatus.FAILED: (pgettext_lazy("delivery", "Not sent"), "bad", "alert"),
}
CHANGED_CHANNEL = {
    ChannelKind.EMAIL: gettext_lazy("%(name)s continued by e-mail"),
    ChannelKind.PORTAL: gettext_lazy("%(name)s continued in the portal"),
    ChannelKind.FORM: gettext_lazy("%(name)s continued by web form"),
    ChannelKind.SMS: gettext_lazy("%(name)s continued by SMS"),
}


@dataclass
class People:
    """Who watches a ticket, and the names and teams of those who wrote notes on it."""

    watchers: list[Person] = field(default_factory=list)
    by_id: dict[int, Person] = field(default_factory=dict)


@dataclass
class Conversation:
    """Part of a conversation, oldest first. `earlier` is the id to continue before, None at the beginning."""

    items: list[SimpleNamespace]
    earlier: int | None
    last_id: int
    messages: list[Any]
    people: People


def conversation_of(
    ticket: Ticket, staff: Staff, *, before: int | None = None, after: int | None = None
) -> Conversation:
    """The newest messages, those before an id, or those after one; four queries whatever their number."""
    messages = _messages(ticket, before=before, after=after)
    more = len(messages) > PAGE_SIZE and after is None
    messages = messages[:PAGE_SIZE] if after is None else messages
    messages.sort(key=lambda message: message.pk)
    ids = [message.pk for message in messages]
    files, deliveries = _files(ids), _deliveries(ids)
    people = people_of(ticket, messages)
    items = _items(ticket, staff, messages, files, deliveries, people)
    last = max(ids, default=after or 0)
    return Conversation(items, messages[0].pk if more and messages else None, last, messages, people)


def item_of(ticket: Ticket, staff: Staff, message_id: int) -> SimpleNamespace | None:
    """One message as it stands now (sent, taken back, failed …); None when it is gone from the conversation."""
    messages = _messages(ticket, only=[message_id])
    if not messages:
        return None
    people = people_of(ticket, messages)
    return _items(ticket, staff, messages, _files([message_id]), _deliveries([message_id]), people)[-1]


def items_of(ticket: Ticket, staff: Staff, ids: Sequence[int]) -> list[SimpleNamespace]:
    """These messages as they stand now, without day lines and dividers."""
    messages = sorted(_messages(ticket, only=ids), key=lambda message: message.pk)
    found = [message.pk for message in messages]
    people = people_of(ticket, messages)
    items = _items(ticket, staff, messages, _files(found), _deliveries(found), people)
    return [item for item in items if item.look in {"letter", "bubble", "note"}]


# What a page needs of a message; whether its HTML is worth a frame of its own is asked of the first 20,000 characters.
_COLUMNS = (
    "pk", "ticket_id", "direction", "visibility", "author_kind", "author_id", "author_name", "author_address", "channel_kind",
    "subject", "text", "quoted", "language", "recipients", "is_auto", "may_start_new", "mentions", "consultation", "created_at",
    "release_at", "released_at", "withdrawn_at",
)  # fmt: skip
_IS_RICH = RawSQL("lower(left(tickets_message.html, 20000)) ~ '<(img|table)'", (), output_field=BooleanField())


def _messages(
    ticket: Ticket, *, before: int | None = None, after: int | None = None, only: Sequence[int] | None = None
) -> list[Any]:
    rows = Message.objects.filter(ticket_id=ticket.pk, withdrawn_at__isnull=True)
    rows = rows.only(*_COLUMNS).annotate(is_rich=_IS_RICH)
    if only is not None:
        return list(rows.filter(pk__in=list(only)))
    if after is not None:
        return list(rows.filter(pk__gt=after).order_by("pk")[:100])
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE_SIZE + 1])


def _files(ids: Sequence[int]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.filter(message_id__in=ids).order_by("pk"):
        found.setdefault(file.message_id or 0, []).append(file)
    return found


@dataclass(frozen=True)
class DeliveryState:
    """What became of a message's delivery."""

    status: str
    reason: str
    is_maybe_doubled: bool


def _deliveries(ids: Sequence[int]) -> dict[int, DeliveryState]:
    """The delivery that matters of each message: a failed one before any other."""
    rows = MessageDelivery.objects.filter(message_id__in=ids).order_by("pk")
    found: dict[int, DeliveryState] = {}
    columns = ("message_id", "delivery__status", "delivery__reason", "delivery__is_maybe_doubled")
    for message_id, *state in rows.values_list(*columns):
        if message_id not in found or state[0] == DeliveryStatus.FAILED:
            found[message_id] = DeliveryState(*state)
    return found


@dataclass(frozen=True)
class Person:
    """Somebody of the staff who watches a ticket or takes part in its notes, with their first team."""

    pk: int
    name: str
    is_watching: bool
    team_name: str
    team_name_zh: str


_PEOPLE = """
SELECT s.id, s.name, w.id IS NOT NULL, coalesce(t.name, ''), coalesce(t.name_zh, '')
FROM accounts_staff s
LEFT JOIN tickets_watcher w ON w.staff_id = s.id AND w.ticket_id = %(ticket)s
LEFT JOIN LATERAL (
    SELECT team.name, team.name_zh FROM accounts_membership m JOIN accounts_team team ON team.id = m.team_id
    WHERE m.staff_id = s.id ORDER BY team.position, team.id LIMIT 1
) t ON true
WHERE s.id = ANY(%(ids)s) OR s.id IN (SELECT staff_id FROM tickets_watcher WHERE ticket_id = %(ticket)s)
ORDER BY s.id
"""


def people_of(ticket: Ticket, messages: Iterable[Any] = ()) -> People:
    """Watchers, and everybody who wrote or is called in these messages; one query."""
    ids = {message.author_id for message in messages if message.author_kind == "staff"}
    ids |= {pk for message in messages for pk in message.mentions}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"ticket": ticket.pk, "ids": sorted(ids)})
        found = [Person(*row) for row in cursor.fetchall()]
    return People([person for person in found if person.is_watching], {person.pk: person for person in found})


# --- From rows to what the components show ---------------------------------------------------------------------------
def _items(
    ticket: Ticket,
    staff: Staff,
    messages: Sequence[Any],
    files: dict[int, list[Attachment]],
    deliveries: dict[int, Any],
    people: People,
) -> list[SimpleNamespace]:
    found: list[SimpleNamespace] = []
    day, channel = None, ""
    may_reply = staff.can(REPLY)
    for message in messages:
        moment = timezone.localtime(message.created_at)
        if moment.date() != day:
            day = moment.date()
            found.append(SimpleNamespace(look="day", at=message.created_at))
        if message.direction == "in" and message.channel_kind:
            if channel and channel != message.channel_kind:
                found.append(_divider(channel, message))
            channel = message.channel_kind
        found.append(_item(ticket, staff, message, files.get(message.pk, []), deliveries.get(message.pk), people))
        if message.may_start_new and may_reply:
            found.append(SimpleNamespace(look="split", message_id=message.pk, number=ticket.number))
    return found


def _divider(before: str, message: Any) -> SimpleNamespace:
    words = CHANGED_CHANNEL.get(message.channel_kind, gettext_lazy("%(name)s continued on another channel"))
    return SimpleNamespace(
        look="divider",
        old=before,
        new=message.channel_kind,
        text=words % {"name": message.author_name or _("Customer")},
    )


def _item(
    ticket: Ticket, staff: Staff, message: Any, files: list[Attachment], delivery: Any, people: People
) -> SimpleNamespace:
    if message.visibility == Visibility.INTERNAL:
        return _note(ticket, message, files, people)
    is_mail = message.channel_kind == ChannelKind.EMAIL
    plain, pictures = _split_files(ticket, message, files, as_letter=is_mail)
    address = f"/tickets/{ticket.number}/messages/{message.pk}/"
    names, is_open = message.recipients or {}, staff.can(CUSTOMER_UNMASK)
    return SimpleNamespace(
        look="letter" if is_mail else "bubble",
        id=message.pk,
        direction=message.direction,
        lang=message.language or lang_of(message.text),
        author_id="bot" if message.is_auto else (message.author_id or message.author_kind),
        author_name=_author_name(message, is_open),
        author_address=shown_address(message.author_address, is_open),
        to=_addresses(names.get("to"), is_open) if message.direction == "out" else "",
        cc=_addresses(names.get("cc"), is_open),
        bcc=_addresses(names.get("bcc"), is_open),
        at=message.created_at,
        text=message.text,
        html="",
        channel_kind=message.channel_kind,
        quoted=message.quoted,
        frame_url=f"{address}html/" if message.is_rich and message.direction == "in" else "",
        attachments=plain,
        images=pictures,
        delivery=_delivery(ticket, staff, message, delivery),
        is_pending=message.is_waiting,
        is_auto=message.is_auto,
        menu_url=f"{address}menu/",
    )


def _author_name(message: Any, is_open: bool) -> str:
    if message.author_name:
        return str(message.author_name)
    if message.is_auto:
        return _("Automatic message")
    address = shown_address(message.author_address, is_open)
    return str(address or (_("Customer") if message.direction == "in" else _("Our team")))


def _addresses(pairs: Any, is_open: bool) -> str:
    shown = [(name, shown_address(address, is_open)) for name, address in pairs or []]
    return ", ".join(f"{name} <{address}>" if name else address for name, address in shown)


def _note(ticket: Ticket, message: Any, files: list[Attachment], people: People) -> SimpleNamespace:
    author = people.by_id.get(message.author_id) if message.author_kind == "staff" else None
    plain, _pictures = _split_files(ticket, message, files, as_letter=True)
    return SimpleNamespace(
        look="note",
        id=message.pk,
        author_name=message.author_name or _("Automatic note"),
        team_name=_team_name(author),
        at=message.created_at,
        lang=lang_of(message.text),
        text=message.text,
        html=with_mentions(message.text, [people.by_id[pk].name for pk in message.mentions if pk in people.by_id]),
        attachments=plain,
        is_consultation=message.consultation_id is not None,
    )


def _team_name(person: Any) -> str:
    return in_language(person.team_name or "", person.team_name_zh or "") if person is not None else ""


def with_mentions(text: str, names: Sequence[str]) -> SafeString:
    """The note's text, escaped, with the people who are called by `@name` marked."""
    safe: str = escape(text)
    for name in sorted(set(names), key=len, reverse=True):
        called = re.escape(escape(f"@{name}"))
        safe = re.sub(called, lambda found: format_html('<b class="mention">{}</b>', mark_safe(found[0])), safe)
    return mark_safe(safe)


def _split_files(
    ticket: Ticket, message: Any, files: list[Attachment], *, as_letter: bool
) -> tuple[list[SimpleNamespace], list[SimpleNamespace]]:
    """Files as chips and, in bubbles, pictures apart; a mail's inline pictures stand in its frame."""
    plain, pictures = [], []
    for file in files:
        shown = file_item(ticket, file)
        if as_letter:
            if not (file.is_inline and message.is_rich):
                plain.append(shown)
        elif shown.preview_url:
            pictures.append(SimpleNamespace(url=shown.preview_url, thumb_url="", name=file.name))
        else:
            plain.append(shown)
    return plain, pictures


def kind_of(content_type: str) -> str:
    """The kind of file that the chip's icon shows."""
    return next((kind for start, kind in KINDS if content_type.startswith(start)), "")


def file_item(ticket: Ticket, file: Attachment) -> SimpleNamespace:
    """A file as its chip shows it; only pictures that browsers draw safely have a preview."""
    url = f"/tickets/{ticket.number}/files/{file.pk}/"
    is_picture = file.content_type in IMAGES
    return SimpleNamespace(
        id=file.pk,
        name=file.name,
        size=file.size,
        url=url,
        kind=kind_of(file.content_type),
        preview_url=f"{url}?show=1" if is_picture else "",
        is_blocked=False,
        warning=file.warning,
    )


def _delivery(ticket: Ticket, staff: Staff, message: Any, delivery: Any) -> dict[str, Any] | None:
    """The state in words, with what can be done about it; None for what came in."""
    if message.direction == "in":
        return None
    address = f"/tickets/{ticket.number}/messages/{message.pk}/"
    if message.is_waiting:
        return _waiting(message, staff, address)
    if delivery is None:
        return {"label": _("In the portal"), "look": "", "icon": "check"} if message.released_at else None
    label, look, icon = DELIVERY_WORDS[delivery.status]
    found: dict[str, Any] = {"label": label, "look": look, "icon": icon}
    if delivery.status == DeliveryStatus.FAILED:
        reason = delivery.reason[:300]
        shown = reason if staff.can(CUSTOMER_UNMASK) else mask_text(reason)
        told = tell(shown)
        found["detail"] = f"{told.words}\n{shown}" if told.code else shown
        if staff.can(REPLY):
            found |= {"action_label": _("Send again"), "action_url": f"{address}send-again/"}
    elif delivery.is_maybe_doubled:
        found |= {"look": "warn", "icon": "warning", "label": _("Sent, perhaps twice")}
    return found


def _waiting(message: Any, staff: Staff, address: str) -> dict[str, Any]:
    soon = message.release_at - timezone.now()
    is_scheduled = soon.total_seconds() > 60
    found: dict[str, Any] = {
        "label": _("Will be sent %(when)s") % {"when": _moment(message.release_at)} if is_scheduled else _("Sending"),
        "look": "",
        "icon": "clock",
    }
    if message.author_id == staff.pk or staff.sees_all_tickets:
        found |= {"action_label": _("Take back"), "action_url": f"{address}withdraw/"}
    return found


def _moment(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
