"""Editing what a ticket is about: subject, kind, priority, tags, custom fields, spam."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import EDIT, REPLY, SPAM
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from tickets.models import CustomField, FieldType, Kind, Priority, Ticket, TicketFieldValue
from tickets.services.changing import Change, changing, field_changes
from tickets.services.indexing import index_subject

MAX_TAGS = 20
MAX_SOLUTION = 300
_TAG = re.compile(r"^[\w][\w .:+-]{0,39}$", re.UNICODE)


def edit_ticket(ticket_id: int, *, by: Actor, edit_version: int | None = None, **values: Any) -> Ticket:
    """Set any of subject, kind, priority, tags, solution, fields in one step; announces ticket.edited with the changed names."""
    with changing(ticket_id, "edit", by=by, permission=EDIT, edit_version=edit_version) as change:
        apply_edit(change, **values)
    return change.ticket


def apply_edit(change: Change, **values: Any) -> None:
    """The same as a part of another change; unknown names are a programming error."""
    for name, value in values.items():
        if name == "fields":
            change.set(fields={**change.ticket.fields, **clean_fields(value, kind=change.get("kind"))})
            change.after_write.append(lambda: index_fields(change.ticket, change.get("fields")))
        else:
            change.set(**{name: _CLEAN[name](value)})
    if change.changed("subject") and not change.is_new:
        change.after_write.append(lambda: index_subject(change.ticket, change.get("subject")))
    data, personal = field_changes(change, *values)
    if data:
        change.announce("ticket.edited", personal=personal, **data)


def clean_subject(subject: Any) -> str:
    """One line of at most 250 characters without control characters."""
    text = re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", str(subject)).strip()
    if not text:
        raise Invalid(fields={"subject": _("Write a subject.")})
    return text[:250]


def clean_solution(solution: Any) -> str:
    """One line of at most 300 characters, or nothing: what settled the matter, as the customer reads it too."""
    text = re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", str(solution)).strip()
    if len(text) > MAX_SOLUTION:
        raise Invalid(fields={"solution": _("Please use at most 300 characters.")})
    return text


def clean_tags(tags: Iterable[Any]) -> list[str]:
    """Trimmed, unique, in their order; at most 20 of at most 40 characters."""
    found = list(dict.fromkeys(str(tag).strip() for tag in tags if str(tag).strip()))
    if len(found) > MAX_TAGS or any(not _TAG.match(tag) for tag in found):
        raise Invalid(
            fields={"tags": _("Use at most 20 tags of letters, digits, spaces and . : + -, up to 40 characters each.")}
        )
    return found


def _one_of(choices: type[Kind] | type[Priority], name: str) -> Any:
    def clean(value: Any) -> str:
        if value not in choices.values:
            raise Invalid(fields={name: _("Choose one of: %(words)s.") % {"words": ", ".join(choices.values)}})
        return str(value)

    return clean


_CLEAN = {
    "subject": clean_subject,
    "kind": _one_of(Kind, "kind"),
    "priority": _one_of(Priority, "priority"),
    "tags": clean_tags,
    "solution": clean_solution,
}


def clean_fields(values: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
    """Custom field values by key, each checked by its type; unknown keys are refused."""
    known = {field.key: field for field in CustomField.objects.filter(is_active=True, kind__in=["", kind])}
    cleaned: dict[str, Any] = {}
    for key, value in values.items():
        field = known.get(key)
        if field is None:
            raise Invalid(fields={f"fields.{key}"[:80]: _("There is no such field for this kind of ticket.")})
        cleaned[key] = clean_field(field, value)
    return cleaned


def clean_field(field: CustomField, value: Any) -> Any:
    """One value as it is stored in JSON: text, number as text of a decimal, ISO date, one of the choices, or a boolean."""
    if value is None or value == "":
        return None
    try:
        if field.type == FieldType.NUMBER:
            number = Decimal(str(value))
            if not number.is_finite() or abs(number) >= 10**14:
                raise ValueError
            return str(number.normalize())
        if field.type == FieldType.DATE:
            parsed = parse_date(str(value))
            if parsed is None:
                raise ValueError
            return parsed.isoformat()
        if field.type == FieldType.BOOLEAN:
            if str(value).lower() not in {"true", "false"}:
                raise ValueError
            return str(value).lower() == "true"
        if field.type == FieldType.CHOICE and value not in field.choices:
            raise ValueError
    except (ValueError, InvalidOperation):
        raise Invalid(fields={f"fields.{field.key}": _("This value does not fit the field.")}) from None
    return str(value).replace("\x00", "")[:2000]


def index_fields(ticket: Ticket, fields: Mapping[str, Any] | None = None) -> None:
    """Write the ordered index rows of the ticket's number and date fields; `fields` are those it is about to have."""
    types = dict(CustomField.objects.filter(type__in=[FieldType.NUMBER, FieldType.DATE]).values_list("key", "type"))
    TicketFieldValue.objects.filter(ticket=ticket).delete()
    rows = []
    for key, value in (ticket.fields if fields is None else fields).items():
        if value is None or key not in types:
            continue
        if types[key] == FieldType.NUMBER:
            rows.append(TicketFieldValue(ticket=ticket, key=key, number=Decimal(value)))
        else:
            moment = datetime.combine(date.fromisoformat(value), time(), tzinfo=timezone.get_default_timezone())
            rows.append(TicketFieldValue(ticket=ticket, key=key, moment=moment))
    TicketFieldValue.objects.bulk_create(rows)


def mark_spam(ticket_id: int, *, is_spam: bool, by: Actor, reason: str = "") -> Ticket:
    """Move a ticket into the spam view or back; nothing is deleted. Announces ticket.marked_spam or ticket.unmarked_spam."""
    with changing(ticket_id, "mark_spam", by=by, permission=SPAM) as change:
        if is_spam and change.ticket.is_sub:
            raise Invalid(fields={"spam": _("A sub-ticket is a task of ours, and no spam. Solve it instead.")})
        change.set(is_spam=is_spam, spam_reason=reason[:200] if is_spam else "")
        if change.changed("is_spam"):
            change.announce("ticket.marked_spam" if is_spam else "ticket.unmarked_spam")
    return change.ticket


def mark_read(ticket_id: int, *, by: Actor) -> None:
    """Somebody who can answer or work on it has opened it: the unread dot goes. Announces ticket.read once.

    Who only looks (quality, other departments) leaves it as it is, else a ticket would seem read that no agent has seen.
    """
    with changing(ticket_id, "mark_read", by=by, permission=None) as change:
        works = by.staff is not None and (by.staff.can(REPLY) or by.staff.can(EDIT))
        if works and change.ticket.is_unread:
            change.set(is_unread=False)
            change.announce("ticket.read")
