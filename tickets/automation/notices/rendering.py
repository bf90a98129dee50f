"""The mail: one line for each ticket and matter, the gravest first, as plain text and as HTML, in the reader's language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from helpdesk.accounts.models import Notification, Staff
from helpdesk.accounts.noticing import NoticeGroup, group_of
from helpdesk.core.company import company_name
from helpdesk.core.errors import NotNeeded
from helpdesk.core.models import Delivery
from helpdesk.core.outgoing import PlainMessage
from tickets.automation.notices.mailing import zone_of
from tickets.models import Ticket
from tickets.notice_words import WORDS
from tickets.sla.metrics import metrics

# So many lines of one group are spelled out; the rest is counted.
MOST_LINES = 20


@dataclass(frozen=True)
class Line:
    """One ticket and what is to be said of it."""

    number: str
    subject: str
    words: str
    at: Any
    url: str


@dataclass(frozen=True)
class Part:
    """The lines of one group; `more` are only counted."""

    label: str
    lines: list[Line]
    more: int

    @property
    def more_words(self) -> str:
        return ngettext("and %(n)d more", "and %(n)d more", self.more) % {"n": self.more} if self.more else ""


def render_notices(delivery: Delivery) -> PlainMessage:
    """The mail of a delivery; `NotNeeded` when the person has left, has another address, or may see none of it any more."""
    staff = Staff.objects.filter(pk=delivery.subject_id, is_active=True, email=delivery.address).first()
    if staff is None:
        raise NotNeeded("this person is no longer active or has another address")
    rows = list(Notification.objects.filter(delivery_id=delivery.pk).order_by("pk"))
    ids = {row.ticket_id for row in rows if row.ticket_id}
    tickets = {
        ticket.pk: ticket for ticket in Ticket.objects.visible_to(staff).filter(pk__in=ids).only("pk", "subject")
    }
    rows = [row for row in rows if row.ticket_id in tickets or row.data.get("url")]
    if not rows:
        raise NotNeeded("nothing of this may be seen by this person any more")
    language = staff.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(zone_of(staff)):
        return _message(staff, rows, tickets, language)


def _message(staff: Staff, rows: Sequence[Notification], tickets: dict[int, Ticket], language: str) -> PlainMessage:
    parts = parts_of(rows, tickets)
    context = {
        "name": staff.name,
        "parts": parts,
        "company": company_name(),
        "all_url": f"{settings.PUBLIC_URL}/notifications/",
        "settings_url": f"{settings.PUBLIC_URL}/profile/notifications/",
    }
    return PlainMessage(
        subject=subject_of(rows, tickets, parts),
        text=render_to_string("automation/notices_mail.txt", context).strip() + "\n",
        html=render_to_string("automation/notices_mail.html", context),
        language=language,
        to_name=staff.name,
        is_generated=True,
        headers=_headers(),
    )


def _headers() -> tuple[tuple[str, str], ...]:
    """RFC 2919 and RFC 2369: a list of its own, so that people can sort it and find where to end it."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return (
        ("List-Id", f"<notices.{host}>"),
        ("List-Unsubscribe", f"<{settings.PUBLIC_URL}/profile/notifications/>"),
        ("X-Auto-Response-Suppress", "All"),
    )


def parts_of(rows: Sequence[Notification], tickets: dict[int, Ticket]) -> list[Part]:
    """By group, in their order; of several notices about one ticket and matter the last is said."""
    groups: dict[str, NoticeGroup] = {}
    said: dict[str, dict[tuple[int, str, str], Notification]] = defaultdict(dict)
    for row in rows:
        group = group_of(row.kind)
        if group is None or row.ticket_id is None:
            continue
        groups[group.name] = group
        said[group.name][(row.ticket_id, row.kind, str(row.data.get("metric") or ""))] = row
    parts = []
    for group in sorted(groups.values(), key=lambda one: one.order):
        found = list(said[group.name].values())
        lines = [line_of(row, tickets.get(row.ticket_id or 0)) for row in found[:MOST_LINES]]
        parts.append(Part(str(group.label), lines, len(found) - len(lines)))
    return parts


def line_of(row: Notification, ticket: Ticket | None) -> Line:
    """Of a record whose ticket the person may not see, only what it is and where."""
    if ticket is None:
        number = str(row.data.get("number") or "")
        return Line(number, words_of(row), "", row.created_at, f"{settings.PUBLIC_URL}{row.address}")
    return Line(ticket.number, ticket.subject, words_of(row), row.created_at, f"{settings.PUBLIC_URL}{row.address}")


def words_of(row: Notification) -> str:
    """What happened, with the deadline that it is about."""
    words = str(WORDS[row.kind][1]) if row.kind in WORDS else row.kind
    metric = str(row.data.get("metric") or "")
    return f"{words} ({metrics.get(metric).label})" if metric in metrics else words


def subject_of(rows: Sequence[Notification], tickets: dict[int, Ticket], parts: Sequence[Part]) -> str:
    """One notice by its ticket, several by what they are."""
    if len(parts) == 1 and len(parts[0].lines) == 1 and not parts[0].more:
        line = parts[0].lines[0]
        if not line.words:
            return f"{line.number}: {line.subject}" if line.number else line.subject
        return f"{line.number}: {words_of(rows[-1])} – {line.subject}"
    told = ", ".join(f"{part.label} ({len(part.lines) + part.more})" for part in parts[:3])
    number = sum(len(part.lines) + part.more for part in parts)
    return ngettext("%(n)d notice: %(told)s", "%(n)d notices: %(told)s", number) % {
        "n": number,
        "told": told + ("…" if len(parts) > 3 else ""),
    }
