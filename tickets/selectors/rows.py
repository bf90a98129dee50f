"""Rows of a ticket list. A row is the same for every reader of a language, so its HTML is kept by ticket, versions,
language and label generation; a list costs its keys and one look into the cache, and only what is missing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.core.cache import cache
from django.db.models import F, Subquery
from django.template import engines
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from helpdesk.accounts.models import Staff
from helpdesk.core import keyset
from helpdesk.core.templatetags.ui import lang_of
from tickets.models import LabelGeneration, Ticket
from tickets.querysets import TicketQuerySet
from tickets.selectors.filters import Filters, apply
from tickets.selectors.views import DeskView

PAGE_SIZE = 50
KEPT = 24 * 3600
TEMPLATE = "components/ticket_row.html"
# Orders that an index serves: key → (column, newest first).
SORTS = {
    "activity": ("last_activity_at", True),
    "waiting": ("last_activity_at", False),
    "created": ("created_at", True),
    "oldest": ("created_at", False),
}
DEFAULT_SORT = "activity"


@dataclass(frozen=True)
class ListPage:
    """One page of rendered rows and the cursor of the next (None at the end)."""

    rows: list[SafeString]
    ids: list[int]
    next: str | None


def list_page(
    view: DeskView, staff: Staff, *, filters: Filters, sort: str = DEFAULT_SORT, cursor: str | None = None
) -> ListPage:
    """A page of a view with further filters, in the given order."""
    column, newest_first = SORTS.get(sort, SORTS[DEFAULT_SORT])
    rows = narrowed(view, staff, filters=filters)
    page = keyset.page(_stubs(rows, column), cursor, by=column, size=PAGE_SIZE, newest_first=newest_first)
    return ListPage(rendered(page.rows), [row.pk for row in page.rows], page.next)


def narrowed(view: DeskView, staff: Staff, *, filters: Filters) -> TicketQuerySet:
    """The tickets of a view that match further filters."""
    rows = apply(view.rows(staff), view.filters, staff)
    return apply(rows, filters, staff)


def rows_of(ids: Sequence[int], view: DeskView, staff: Staff, *, filters: Filters) -> dict[int, SafeString]:
    """Of these tickets, those that lie in the view and may be seen, rendered; the others are gone from it."""
    wanted = narrowed(view, staff, filters=filters).filter(pk__in=list(ids))
    found = list(_stubs(wanted, "last_activity_at").order_by("last_activity_at", "pk"))
    return {stub.pk: row for stub, row in zip(found, rendered(found), strict=True)}


def rows_in_order(ids: Sequence[int], staff: Staff) -> list[SafeString]:
    """These tickets, as far as the person may see them, in the given order (found by a search)."""
    stubs = {stub.pk: stub for stub in _stubs(Ticket.objects.visible_to(staff).filter(pk__in=list(ids)), "created_at")}
    return rendered([stubs[pk] for pk in ids if pk in stubs])


def _stubs(rows: Any, column: str) -> Any:
    """As much of each ticket as its place in the list and its cache key need."""
    generation = LabelGeneration.objects.values("number")[:1]
    return rows.only("pk", "row_version", column).annotate(
        customer_version=F("customer__row_version"), generation=Subquery(generation)
    )


def _key(stub: Any, language: str) -> str:
    return f"row:{language}:{stub.generation}:{stub.pk}:{stub.row_version}:{stub.customer_version}"


def rendered(stubs: Sequence[Any]) -> list[SafeString]:
    """The rows' HTML, from the cache where it is, else rendered and kept for a day."""
    language = get_language() or "en"
    keys = {stub.pk: _key(stub, language) for stub in stubs}
    kept = cache.get_many(list(keys.values())) if keys else {}
    missing = [stub for stub in stubs if keys[stub.pk] not in kept]
    fresh: dict[str, str] = {}
    if missing:
        template = engines["django"].get_template(TEMPLATE)
        full = Ticket.objects.for_rows().filter(pk__in=[stub.pk for stub in missing])
        for ticket in full:
            fresh[keys[ticket.pk]] = str(template.render({"row": row_of(ticket)}))
        cache.set_many(fresh, timeout=KEPT)
    # A ticket that vanished between the two queries has no row; its place stays empty.
    return [mark_safe(kept.get(keys[stub.pk]) or fresh.get(keys[stub.pk], "")) for stub in stubs]


def row_of(ticket: Any) -> SimpleNamespace:
    """What the row component shows of a ticket loaded with `for_rows`."""
    return SimpleNamespace(
        id=ticket.pk,
        number=ticket.number,
        subject=ticket.subject,
        customer_name=ticket.customer.display_name,
        customer_level=ticket.customer.level,
        customer_lang=lang_of(ticket.subject),
        preview=ticket.preview,
        channel_kind=ticket.channel_kind,
        priority=ticket.priority,
        status_category=ticket.status_category,
        status_label=ticket.status.label,
        tags=ticket.tags,
        owner_id=ticket.owner_id,
        owner_name=ticket.owner.name if ticket.owner else "",
        is_unread=ticket.is_unread,
        last_activity_at=ticket.last_activity_at,
        has_attachments=ticket.has_attachments,
        clocks=[],
        url=f"/tickets/{ticket.number}/",
        version=ticket.row_version,
        order=int(ticket.last_activity_at.timestamp()),
    )
